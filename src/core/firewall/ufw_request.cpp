#include "mailban/firewall/ufw_request.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace mailban {

namespace {

using Verb = UfwRequest::Verb;

constexpr std::size_t kMaxErrorText = 500;
constexpr std::string_view kOk = "ok";
constexpr std::string_view kError = "error ";
constexpr std::array<std::pair<Verb, std::string_view>, 2> kWithPrefix{{
    {Verb::ban, "ban "},
    {Verb::unban, "unban "},
}};

std::string printed(const Prefix& prefix, PortGroup group)
{
    return prefix.to_string() + (group == 0 ? "" : ',' + std::to_string(group));
}

// Only as we print it ourselves.
std::optional<Held> parse_printed(std::string_view text)
{
    const auto comma = std::min(text.find(','), text.size());
    const auto prefix = Prefix::parse(text.substr(0, comma));
    if (!prefix) return std::nullopt;
    Held held{*prefix, {}, 0};
    const auto number = text.substr(std::min(comma + 1, text.size()));
    std::from_chars(number.data(), number.data() + number.size(), held.group);
    if (printed(held.prefix, held.group) != text) return std::nullopt;
    return held;
}

std::string one_line(std::string_view text)
{
    std::string line(text.substr(0, kMaxErrorText));
    const auto is_strange = [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
    };
    std::replace_if(line.begin(), line.end(), is_strange, ' ');
    return line;
}

}  // namespace

Result<UfwRequest> parse_ufw_request(std::string_view line)
{
    if (line == "list") return UfwRequest{};
    for (const auto& [verb, word] : kWithPrefix) {
        if (!line.starts_with(word)) continue;
        const auto ban = parse_printed(line.substr(word.size()));
        if (!ban) return Error{"the text after the verb is not one prefix in mailban's notation"};
        return UfwRequest{verb, ban->prefix, ban->group};
    }
    return Error{"a request is 'list', 'ban PREFIX' or 'unban PREFIX'"};
}

std::string to_line(const UfwRequest& request)
{
    for (const auto& [verb, word] : kWithPrefix)
        if (verb == request.verb)
            return std::string(word) + printed(request.prefix, request.group) + '\n';
    return "list\n";
}

std::string ufw_reply(const Result<std::vector<Held>>& answer)
{
    if (!answer) return std::string(kError) + one_line(answer.error().message) + '\n';
    std::string line(kOk);
    for (const auto& held : *answer)
        line.append(" ").append(printed(held.prefix, held.group));
    return line += '\n';
}

Result<std::vector<Held>> parse_ufw_reply(std::string_view line)
{
    if (line.starts_with(kError)) return Error{one_line(line.substr(kError.size()))};
    const Error strange{"the ufw helper sent an unexpected reply", std::string(kNoUfwAnswer)};
    if (!line.starts_with(kOk)) return strange;
    line.remove_prefix(kOk.size());
    std::vector<Held> bans;
    while (!line.empty()) {
        if (line.front() != ' ') return strange;
        line.remove_prefix(1);
        const auto word = line.substr(0, line.find(' '));
        const auto ban = parse_printed(word);
        if (!ban) return strange;
        bans.push_back(*ban);
        line.remove_prefix(word.size());
    }
    return bans;
}

}  // namespace mailban
