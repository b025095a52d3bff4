#include "mailban/parse/haraka.h"

#include "mailban/parse/scan.h"

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

#include "haraka_line.h"

namespace mailban {

namespace {

// The longest command that Haraka takes is 64 KiB; no line of interest is near it.
constexpr std::size_t kLongestMessage = std::size_t{16} * 1024;
constexpr std::size_t kLongestUuid = 64;

// Through syslog, Haraka's own stamp may stand in front.
std::string_view without_stamp(std::string_view text) noexcept
{
    constexpr std::size_t kStampLength = 24;  // "2026-11-23T22:54:01.115Z"
    const bool is_stamped = text.size() > kStampLength && text[4] == '-' && text[10] == 'T' &&
                            text[kStampLength - 1] == 'Z' && text[kStampLength] == ' ';
    return is_stamped ? text.substr(kStampLength + 1) : text;
}

// A refusal in Haraka's own words.
EventKind kind_of_refusal(std::string_view reply) noexcept
{
    if (reply.starts_with("535")) return EventKind::auth_failure;
    // Said when no plugin has claimed the recipient: neither ours, nor may the client relay.
    if (reply.starts_with("550 I cannot deliver mail for ")) return EventKind::relay_denied;
    if (reply.starts_with("504 Invalid AUTH string")) return EventKind::abuse;
    return EventKind::rejected;
}

bool is_worth_an_event(std::string_view reply) noexcept
{
    return reply.size() > 4 && (reply.starts_with("535") || reply.starts_with("550 ") ||
                                reply.starts_with("554 ") || reply.starts_with("504 "));
}

// "535 5.7.8 Authentication failed", "535-5.7.8 …"
void set_reply(std::string_view reply, Event& event)
{
    event.reply = ReplyCode::parse(reply.substr(0, 3));
    auto rest = reply.substr(4);
    event.enhanced = EnhancedStatus::parse(take_until(rest, ' '));
}

// "1.068": seconds
std::optional<Duration> duration_of(std::string_view text)
{
    const auto seconds = take_number<std::uint32_t>(text);
    if (!seconds) return std::nullopt;
    return std::chrono::seconds(*seconds);
}

}  // namespace

bool HarakaParser::may_matter(const LineHeader& header) noexcept
{
    const auto text = without_stamp(header.message);
    const auto has = [&](std::string_view part) {
        return text.find(part) != std::string_view::npos;
    };
    return (text.starts_with('[') || text.starts_with("level=") ||
            text.starts_with("{\"level\"")) &&
           (has("connect") || has("delaying for "));
}

HarakaParser::Connection& HarakaParser::connection_of(std::string_view uuid)
{
    if (connections_.empty()) connections_.resize(kSlots);
    const std::uint64_t key = std::hash<std::string_view>()(uuid);
    const std::span choices(&connections_[key % (kSlots / kChoices) * kChoices], kChoices);
    const auto found = std::find_if(choices.begin(), choices.end(), [&](const auto& known) {
        return known.order != 0 && known.key == key;
    });
    if (found != choices.end()) return *found;
    auto& connection = *std::min_element(
        choices.begin(), choices.end(),
        [](const auto& left, const auto& right) { return left.order < right.order; });
    connection = {.key = key, .order = ++begun_};
    return connection;
}

std::optional<Event> HarakaParser::read_disconnect(std::string_view uuid,
                                                   const HarakaFields& fields)
{
    const auto connection = std::exchange(connection_of(uuid), Connection());
    const auto address = fields.get("ip");
    const auto reply = fields.get("lr");
    if (!address || !reply || !is_worth_an_event(*reply)) return std::nullopt;
    const auto ip = IpAddress::parse(*address);
    if (!ip) return std::nullopt;
    Event event;
    event.ip = *ip;
    event.kind = kind_of_refusal(*reply);
    event.service = Service::smtp;
    event.teller = Teller::summary;
    set_reply(*reply, event);
    if (event.kind == EventKind::auth_failure)
        event.attempts = std::max<std::uint32_t>(1, connection.failures);
    event.client_port = connection.port;
    if (const auto time = fields.get("time")) event.lasted = duration_of(*time);
    if (!uuid.empty()) event.session.emplace(uuid.substr(0, kLongestUuid));
    return event;
}

std::optional<Event> HarakaParser::read(const LogMessage& message)
{
    if (message.text.size() > kLongestMessage) return std::nullopt;
    const auto line = read_haraka_line(without_stamp(message.text));
    if (!line) return std::nullopt;
    if (line->message == "disconnect") return read_disconnect(line->uuid, line->fields);
    if (line->message == "connect") {
        auto port = line->fields.get("port").value_or("");
        connection_of(line->uuid).port = take_number<std::uint16_t>(port);
    } else if (line->message.starts_with("delaying for ")) {
        ++connection_of(line->uuid).failures;
    }
    return std::nullopt;
}

}  // namespace mailban
