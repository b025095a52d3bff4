#include "mailban/parse/nextcloud.h"

#include "mailban/scan.h"

#include <nlohmann/json.hpp>

namespace mailban {

namespace {

constexpr std::string_view kNextcloudFailed = "Login failed: ";
constexpr std::string_view kRemote = " (Remote IP: ";

std::string_view without_quotes(std::string_view text) noexcept
{
    const bool is_quoted = text.size() > 1 && text.starts_with('\'') && text.ends_with('\'');
    return is_quoted ? text.substr(1, text.size() - 2) : text;
}

// "Login failed: bob (Remote IP: 192.0.2.7)"; each word may be in single quotes.
std::optional<Event> read_nextcloud_failure(std::string_view text)
{
    if (!take(text, kNextcloudFailed) || !text.ends_with(')')) return std::nullopt;
    text.remove_suffix(1);
    const auto at = text.rfind(kRemote);
    if (at == std::string_view::npos) return std::nullopt;
    const auto ip = IpAddress::parse(without_quotes(text.substr(at + kRemote.size())));
    if (!ip) return std::nullopt;
    Event event;
    event.ip = *ip;
    event.account.emplace(without_quotes(text.substr(0, at)));
    return event;
}

std::string nextcloud_text(const nlohmann::json& fields, const char* name)
{
    const auto found = fields.find(name);
    return found != fields.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_printed_as_it_is(const std::string& account, std::string_view line)
{
    const std::string before(kNextcloudFailed);
    return line.find(before + account + " (") != std::string_view::npos ||
           line.find(before + "'" + account + "' (") != std::string_view::npos;
}

}  // namespace

bool NextcloudParser::may_matter(const LineHeader& header) noexcept
{
    return header.message.find(kNextcloudFailed) != std::string_view::npos;
}

ParseResult NextcloudParser::read(const LogMessage& message) const
{
    const auto fields = nlohmann::json::parse(message.text, nullptr, false);
    if (!fields.is_object()) return {};
    auto event = read_nextcloud_failure(nextcloud_text(fields, "message"));
    // Both are the request's, as Nextcloud saw it.
    if (!event || IpAddress::parse(nextcloud_text(fields, "remoteAddr")) != event->ip) return {};
    if (!assured_.trusted_front_end) return Concern::forgeable;
    // With an escape in it, it is no name that anybody has.
    if (!is_printed_as_it_is(*event->account, message.text)) event->account.reset();
    return event;
}

}  // namespace mailban
