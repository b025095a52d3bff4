#include "csf_lists.h"

#include "mailban/characters.h"
#include "mailban/words.h"

#include <algorithm>
#include <charconv>

namespace mailban {

namespace {

constexpr std::string_view kCsfBlanks = " \t\r";
constexpr std::size_t kMostEntries = 1'000'000;

std::string_view take_line(std::string_view& text)
{
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return trimmed(line, kCsfBlanks);
}

std::string_view included(std::string_view line)
{
    constexpr std::string_view kInclude = "Include";
    if (!line.starts_with(kInclude) || line.size() <= kInclude.size()) return {};
    const auto rest = line.substr(kInclude.size());
    return contains(kCsfBlanks, rest.substr(0, 1)) ? trimmed(rest, kCsfBlanks) : std::string_view();
}

void add_entries(const CsfFiles& files, const std::string& name, bool may_include,
                 std::vector<CsfEntry>& into, std::vector<std::string>& absent)
{
    const auto file = files.find(name);
    if (file == files.end()) return absent.push_back(name);
    std::string_view text = file->second;
    for (int number = 1; !text.empty() && into.size() < kMostEntries; ++number) {
        const auto line = take_line(text);
        if (const auto path = included(line); !path.empty()) {
            // One level: an include of an include could lead back to itself.
            if (may_include) add_entries(files, std::string(path), false, into, absent);
            continue;
        }
        const auto sign = std::min(line.find('#'), line.size());
        const auto entry = trimmed(line.substr(0, sign), kCsfBlanks);
        if (entry.empty()) continue;
        const auto comment = line.substr(std::min(sign + 1, line.size()));
        into.push_back({name + ':' + std::to_string(number), std::string(entry),
                        std::string(trimmed(comment, kCsfBlanks))});
    }
}

// "110,143" or "2000_3000"
PortSet ports_of(std::string_view text)
{
    PortSet ports;
    for (const std::uint16_t port : PortSet(FirewallConfig().ports).ports) {
        std::string_view rest = text;
        while (!rest.empty()) {
            const auto end = std::min(rest.find(','), rest.size());
            const auto word = trimmed(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
            const auto dash = word.find('_');
            unsigned first = 0;
            unsigned last = 0;
            const auto low = word.substr(0, dash);
            const auto high = dash == std::string_view::npos ? low : word.substr(dash + 1);
            const auto is_number = [](std::string_view digits, unsigned& number) {
                return std::from_chars(digits.data(), digits.data() + digits.size(), number).ec ==
                       std::errc();
            };
            if (is_number(low, first) && is_number(high, last) && first <= port && port <= last)
                ports = ports.united_with({false, {port}});
        }
    }
    return ports;
}

std::vector<std::string_view> fields_of(std::string_view text)
{
    std::vector<std::string_view> fields;
    while (true) {
        const auto end = std::min(text.find('|'), text.size());
        fields.push_back(trimmed(text.substr(0, end)));
        if (end == text.size()) return fields;
        text.remove_prefix(end + 1);
    }
}

}  // namespace

std::vector<std::string> csf_includes(std::string_view list)
{
    std::vector<std::string> paths;
    while (!list.empty())
        if (const auto path = included(take_line(list)); !path.empty()) paths.emplace_back(path);
    return paths;
}

std::vector<CsfEntry> csf_entries(const CsfFiles& files, const std::string& name,
                                  std::vector<std::string>& absent)
{
    std::vector<CsfEntry> entries;
    if (files.contains(name)) add_entries(files, name, true, entries, absent);
    return entries;
}

// tcp/udp/icmp|in/out|s/d=port|s/d=ip|u=uid; without protocol and direction they are tcp and in.
CsfSubject read_csf_subject(std::string_view text)
{
    CsfSubject subject;
    if (!contains(text, "|")) {
        subject.text = text;
        return subject;
    }
    subject.is_filter = true;
    bool has_mail_port = false;
    for (const auto field : fields_of(text)) {
        const auto word = lower_case(field);
        if (is_one_of(word, {"udp", "icmp"}))
            subject.problem = "a filter for " + word + ", not TCP";
        if (word == "out") subject.problem = "a filter for outgoing connections";
        if (begins_with_any(word, {"u=", "g="})) subject.problem = "a filter for a local user";
        const bool has_value = begins_with_any(word, {"s=", "d="});
        if (!has_value) continue;
        const auto value = field.substr(2);
        const bool is_port = kDigits.with("_,").has_all_of(value);
        if (is_port && word[0] == 'd') has_mail_port = !ports_of(value).ports.empty();
        if (!is_port && word[0] == 's') subject.text = value;
    }
    if (!subject.problem.empty()) return subject;
    if (subject.text.empty()) subject.problem = "a filter without a source address";
    if (!has_mail_port) subject.problem = "a filter without a mail port";
    return subject;
}

}  // namespace mailban
