#include "corpus/told_lines.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace mailban::test {

namespace {

std::string unescape(std::string_view text)
{
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\') {
            plain += text[at];
            continue;
        }
        switch (text.at(++at)) {
        case 'r': plain += '\r'; break;
        case 't': plain += '\t'; break;
        case '\\': plain += '\\'; break;
        case 'x':
            plain += static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16));
            at += 2;
            break;
        default: throw std::invalid_argument("unknown escape in " + std::string(text));
        }
    }
    return plain;
}

// The fields that an expectation may name, in the order in which they are printed.
struct Field {
    std::string_view name{};
    std::optional<std::string> Expectation::*value = nullptr;
    std::string (*of)(const Event&) = nullptr;
};

template <class Number>
std::string text_of(const std::optional<Number>& number)
{
    return number ? std::to_string(*number) : "-";
}

std::string seconds_of(const std::optional<Duration>& duration)
{
    if (!duration) return "-";
    return std::to_string(std::chrono::floor<std::chrono::seconds>(*duration).count());
}

const std::vector<Field>& fields()
{
    static const std::vector<Field> kFields{
        {"reply", &Expectation::reply,
         [](const Event& event) {
             return event.reply ? std::to_string(event.reply->value()) : std::string("-");
         }},
        {"enhanced", &Expectation::enhanced,
         [](const Event& event) {
             return event.enhanced ? event.enhanced->to_string() : std::string("-");
         }},
        {"port", &Expectation::port, [](const Event& event) { return text_of(event.client_port); }},
        {"local", &Expectation::local,
         [](const Event& event) { return text_of(event.local_port); }},
        {"pid", &Expectation::pid, [](const Event& event) { return text_of(event.pid); }},
        {"service", &Expectation::service,
         [](const Event& event) { return std::string(to_string(event.service)); }},
        {"teller", &Expectation::reporter,
         [](const Event& event) { return std::string(to_string(event.reporter)); }},
        {"attempts", &Expectation::attempts,
         [](const Event& event) { return std::to_string(event.attempts); }},
        {"lasted", &Expectation::lasted,
         [](const Event& event) { return seconds_of(event.lasted); }},
        {"session", &Expectation::session,
         [](const Event& event) { return event.session.value_or("-"); }},
        {"password", &Expectation::password,
         [](const Event& event) { return text_of(event.password); }},
        {"unanswered", &Expectation::unanswered,
         [](const Event& event) { return std::string(event.unanswered ? "yes" : "no"); }},
        {"account", &Expectation::account,
         [](const Event& event) { return event.account.value_or("-"); }}};
    return kFields;
}

void set_field(Expectation& expected, const std::string& word)
{
    const auto name = word.substr(0, word.find('='));
    for (const auto& field : fields()) {
        if (field.name != name) continue;
        const auto value = word.substr(name.size() + 1);
        const bool is_mark = name == "password" && value != "-";
        expected.*field.value = is_mark ? std::to_string(password_mark(value)) : value;
        return;
    }
    throw std::invalid_argument("unknown field " + word);
}

std::optional<Expectation> read_expectation(const std::string& text)
{
    if (text == "nothing") return std::nullopt;
    Expectation expected;
    const auto account = text.find(" account=");
    if (account != std::string::npos) expected.account = unescape(text.substr(account + 9));
    std::istringstream words(text.substr(0, account));
    std::string ip;
    std::string kind;
    words >> ip >> kind;
    expected.ip = IpAddress::parse(ip).value();
    expected.kind = parse_event_kind(kind).value();
    for (std::string word; words >> word;)
        set_field(expected, word);
    return expected;
}

Assurances assured_by(const std::string& title)
{
    const auto has = [&](const char* word) { return title.find(word) != std::string::npos; };
    Assurances assured{.trusted_front_end = has("[trusted_front_end]"),
                       .escaped_line_feeds = has("[escaped_line_feeds]")};
    if (has("[proxies]"))
        assured.proxies.prefixes = {*Prefix::parse("198.51.100.200"), *Prefix::parse("10.0.0.0/8")};
    if (has("[no proxies]")) assured.proxies.private_by_nature = false;
    return assured;
}

}  // namespace

std::vector<ToldLine> read_told_lines(const std::filesystem::path& path)
{
    std::vector<ToldLine> lines;
    std::ifstream file(path);
    bool begins_a_log = true;
    bool awaits_meaning = false;
    Assurances assured;
    int number = 0;
    for (std::string text; std::getline(file, text);) {
        ++number;
        if (text.empty() || text.starts_with('#')) continue;
        if (text.starts_with("--- ")) {
            begins_a_log = true;
            assured = assured_by(text);
        } else if (awaits_meaning != text.starts_with("=> ")) {
            throw std::invalid_argument("line and meaning do not alternate at " +
                                        std::to_string(number));
        } else if (awaits_meaning) {
            lines.back().expected = read_expectation(text.substr(3));
            awaits_meaning = false;
        } else {
            lines.push_back({number, begins_a_log, assured, unescape(text), std::nullopt});
            begins_a_log = false;
            awaits_meaning = true;
        }
    }
    if (awaits_meaning) throw std::invalid_argument("the last line has no meaning");
    return lines;
}

std::string describe(const std::optional<Event>& event, const std::optional<Expectation>& like)
{
    if (!event) return "nothing";
    auto text = event->ip.to_string() + " " + std::string(to_string(event->kind));
    if (!like) return text;
    for (const auto& field : fields()) {
        if (!((*like).*field.value)) continue;
        text.append(" ").append(field.name).append("=").append(field.of(*event));
    }
    return text;
}

std::string describe(const std::optional<Expectation>& expected)
{
    if (!expected) return "nothing";
    auto text = expected->ip.to_string() + " " + std::string(to_string(expected->kind));
    for (const auto& field : fields()) {
        if ((*expected).*field.value)
            text.append(" ").append(field.name).append("=").append(*((*expected).*field.value));
    }
    return text;
}

}  // namespace mailban::test
