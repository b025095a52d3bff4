#include "mailban/parse/haraka.h"

#include "mailban/net/seeded_hash.h"
#include "mailban/scan.h"

#include <algorithm>
#include <utility>

#include "haraka_line.h"

namespace mailban {

namespace {

// The longest command that Haraka takes is 64 KiB; no line of interest is near it.
constexpr std::size_t kLongestHaraka = std::size_t{16} * 1024;
constexpr std::size_t kLongestUuid = 64;

// Through syslog, Haraka's own stamp may stand in front.
std::string_view without_stamp(std::string_view text) noexcept
{
    constexpr std::size_t kStampLength = 24;  // "2026-11-23T22:54:01.115Z"
    const bool is_stamped = text.size() > kStampLength && text[4] == '-' && text[10] == 'T' &&
                            text[kStampLength - 1] == 'Z' && text[kStampLength] == ' ';
    return is_stamped ? text.substr(kStampLength + 1) : text;
}

// A refusal in Haraka's own words; nullopt: it is not worth an event.
std::optional<EventKind> haraka_refusal(std::string_view reply) noexcept
{
    if (reply.size() <= 4) return std::nullopt;
    if (reply.starts_with("535")) return EventKind::auth_failure;
    // Said when no plugin has claimed the recipient: neither ours, nor may the client relay.
    if (reply.starts_with("550 I cannot deliver mail for ")) return EventKind::relay_denied;
    if (reply.starts_with("504 Invalid AUTH string")) return EventKind::abuse;
    const bool refuses =
        reply.starts_with("550 ") || reply.starts_with("554 ") || reply.starts_with("504 ");
    return refuses ? std::optional(EventKind::rejected) : std::nullopt;
}

// "535 5.7.8 Authentication failed", "535-5.7.8 …"
void set_reply(std::string_view reply, Event& event)
{
    event.reply = ReplyCode::parse(reply.substr(0, 3));
    auto rest = reply.substr(4);
    event.enhanced = EnhancedStatus::parse(take_until(rest, ' '));
}

// "delaying for 2 seconds", and no more: other plugins may tell what a client has written.
bool is_delay(std::string_view message)
{
    return take(message, "delaying for ") && take_number<std::uint32_t>(message) &&
           message == " seconds";
}

std::uint64_t hash_of(std::string_view uuid) noexcept
{
    return SeededHash{}(uuid);
}

Event event_of(EventKind kind, const IpAddress& ip, std::optional<std::uint16_t> port,
               std::string_view uuid)
{
    Event event;
    event.kind = kind;
    event.ip = ip;
    event.service = Service::smtp;
    event.client_port = port;
    if (!uuid.empty()) event.session.emplace(uuid.substr(0, kLongestUuid));
    return event;
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

std::span<HarakaParser::Connection> HarakaParser::slots_of(std::uint64_t key)
{
    if (connections_.empty()) connections_.resize(kSlots);
    return {&connections_[key % (kSlots / kChoices) * kChoices], kChoices};
}

HarakaParser::Connection* HarakaParser::find(std::string_view uuid)
{
    const auto key = hash_of(uuid);
    const auto slots = slots_of(key);
    const auto found = std::find_if(slots.begin(), slots.end(), [&](const auto& known) {
        return known.order != 0 && known.key == key;
    });
    return found == slots.end() ? nullptr : &*found;
}

HarakaParser::Connection& HarakaParser::connection_of(std::string_view uuid)
{
    if (auto* const known = find(uuid)) return *known;
    const auto key = hash_of(uuid);
    const auto slots = slots_of(key);
    auto& connection = *std::min_element(slots.begin(), slots.end(), goes_before);
    connection = {.key = key, .order = ++begun_};
    return connection;
}

// Which of two makes room first. Nobody can push out failures with connections that have none.
bool HarakaParser::goes_before(const Connection& left, const Connection& right) noexcept
{
    const auto rank = [](const Connection& one) {
        if (one.order == 0) return 0;
        if (one.ended) return 1;
        return one.failures == 0 ? 2 : 3;
    };
    return std::pair(rank(left), left.order) < std::pair(rank(right), right.order);
}

// The client of a connection that goes on is not known for certain: its failures wait for the end.
std::optional<Event> HarakaParser::read_delay(std::string_view uuid)
{
    auto& connection = connection_of(uuid);
    if (connection.ended)
        return event_of(EventKind::auth_failure, *connection.ended, connection.port, uuid);
    ++connection.failures;
    return std::nullopt;
}

// What is known of a connection, which from now on is over.
HarakaParser::Connection HarakaParser::end(std::string_view uuid, const IpAddress& ip)
{
    auto* const slot = find(uuid);
    if (slot == nullptr) return {};
    const auto ended = slot->ended ? Connection() : *slot;
    slot->failures = 0;
    slot->ended = ip;
    return ended;
}

std::optional<Event> HarakaParser::read_disconnect(std::string_view uuid,
                                                   const HarakaFields& fields)
{
    const auto ip = IpAddress::parse(fields.get("ip").value_or(""));
    if (!ip) return std::nullopt;
    const auto [key, order, port, failures, ended] = end(uuid, *ip);
    const auto reply = fields.get("lr").value_or("");
    const auto refusal = haraka_refusal(reply);
    if (!refusal && failures == 0) return std::nullopt;
    const auto kind = failures > 0 ? EventKind::auth_failure : *refusal;
    auto event = event_of(kind, *ip, port, uuid);
    event.reporter = Reporter::summary;
    event.attempts = std::max<std::uint32_t>(1, failures);
    if (refusal == kind) set_reply(reply, event);
    if (const auto time = fields.get("time")) event.lasted = duration_of(*time);
    return event;
}

std::optional<Event> HarakaParser::read(const LogMessage& message)
{
    if (message.text.size() > kLongestHaraka) return std::nullopt;
    const auto line = read_haraka_line(without_stamp(message.text));
    if (!line) return std::nullopt;
    if (line->message == "disconnect") return read_disconnect(line->uuid, line->fields);
    if (is_delay(line->message)) return read_delay(line->uuid);
    if (line->message == "connect") {
        auto port = line->fields.get("port").value_or("");
        auto& connection = connection_of(line->uuid);
        connection.port = take_number<std::uint16_t>(port);
        connection.ended.reset();
    }
    return std::nullopt;
}

}  // namespace mailban
