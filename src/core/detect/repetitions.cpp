#include "mailban/detect/repetitions.h"

#include "mailban/detect/account.h"
#include "mailban/net/prefix.h"

#include <string_view>

namespace mailban {

namespace {

constexpr Duration kForgottenAfter = std::chrono::days(1);
// A server may answer late; a client that was refused tries at once.
constexpr Duration kOneConnection = std::chrono::minutes(1);
// A process serves one client after the other. Dovecot delays one that fails by up to 19 s.
constexpr Duration kOneProcess = std::chrono::seconds(20);
// An address has many connections.
constexpr Duration kAtOnce = std::chrono::seconds(10);

enum class KnownBy : char { session = 's', port = 'p', process = 'i', address = 'a' };

// Dovecot's auth process answers for all clients.
KnownBy known_by(const Event& event)
{
    if (event.session) return KnownBy::session;
    if (event.client_port) return KnownBy::port;
    const bool is_own_process = event.pid && event.server != MailServer::dovecot;
    return is_own_process ? KnownBy::process : KnownBy::address;
}

bool is_certain(const Event& event)
{
    const auto by = known_by(event);
    return by == KnownBy::session || by == KnownBy::port;
}

Duration longest_pause(const Event& event)
{
    if (is_certain(event)) return kOneConnection;
    return known_by(event) == KnownBy::process ? kOneProcess : kAtOnce;
}

std::optional<std::uint64_t> account_of(const Event& event, const SeededHash& hash) noexcept
{
    if (!event.account) return std::nullopt;
    return folded_hash(*event.account, hash);
}

}  // namespace

Repetitions::Key Repetitions::connection_of(const Event& event) const noexcept
{
    const auto by = known_by(event);
    auto numbers = static_cast<std::uint64_t>(event.server) |
                   static_cast<std::uint64_t>(event.reporter) << 8U |
                   static_cast<std::uint64_t>(by) << 16U;
    if (by == KnownBy::port) numbers |= std::uint64_t{*event.client_port} << 32U;
    const Key key = SeededHash{hash_(event.ip)}(numbers);
    return by == KnownBy::session ? SeededHash{key}(std::string_view(*event.session)) : key;
}

IpAddress Repetitions::client_of(const Event& event)
{
    return event.ip.is_v4() ? event.ip : Prefix::of(event.ip, 64).base();
}

bool Repetitions::is_over_limit(const Event& event)
{
    const auto found = clients_.find(client_of(event));
    if (found == clients_.end()) return false;
    auto& forgiven = found->second;
    while (!forgiven.empty() && event.time - forgiven.front() > kForgottenAfter)
        forgiven.pop_front();
    return forgiven.size() >= kMostADay;
}

Repetitions::Connection& Repetitions::connection_at(Key key, Timestamp at)
{
    const Timestamp now = longest_ ? clock_.note(at) : Timestamp{};
    if (const auto found = connections_.find(key); found != connections_.end())
        return found->second;
    const auto is_past = [&] { return longest_ && now - order_.front().at > *longest_; };
    while (!order_.empty() && (order_.size() >= capacity_ || is_past())) {
        const Seen first = order_.front();
        order_.pop_front();
        // Where the address or the process is what is known, it may be seen all day.
        const auto known = connections_.find(first.connection);
        const bool has_room = order_.size() + 1 < capacity_;
        if (has_room && longest_ && now - known->second.last <= *longest_) {
            order_.push_back({first.connection, known->second.last});
        } else {
            connections_.erase(known);
        }
    }
    order_.push_back({key, at});
    return connections_[key];
}

bool Repetitions::repeats(const Event& event)
{
    const bool is_one_try = event.kind == EventKind::auth_failure && event.attempts == 1 &&
                            event.reporter != Reporter::summary && event.mechanism;
    if (!is_one_try) return false;
    Connection& known = connection_at(connection_of(event), event.time);
    Connection now{.last = event.time,
                   .mechanism = *event.mechanism,
                   .account = account_of(event, hash_),
                   .password = event.password,
                   .pid = known_by(event) == KnownBy::process ? event.pid : std::nullopt,
                   .has_forgiven = known.has_forgiven};
    const bool is_same = event.time >= known.last && known.pid == now.pid &&
                         event.time - known.last <= longest_pause(event);
    // Where only the address is known, a line without an account may be anybody's.
    const bool is_told = event.account || known_by(event) != KnownBy::address;
    const bool are_told_apart = known.password && now.password;
    const bool is_one_guess =
        are_told_apart ? known.password == now.password : known.mechanism != now.mechanism;
    const bool is_first = !known.has_forgiven;
    const bool repeats = is_same && is_told && is_one_guess && is_first &&
                         known.account == now.account && known.mechanism != 0;
    // Another connection, of another client of the process or of the address.
    if (!is_same && !is_certain(event)) now.has_forgiven = false;
    known = now;
    return repeats && !is_over_limit(event);
}

void Repetitions::forgive(const Event& event)
{
    const auto connection = connections_.find(connection_of(event));
    // Of an address, the next line may begin the next connection.
    if (connection != connections_.end()) {
        connection->second.has_forgiven = known_by(event) != KnownBy::address;
        connection->second.mechanism = 0;
    }
    const auto client = client_of(event);
    auto found = clients_.find(client);
    if (found == clients_.end()) {
        if (client_order_.size() >= capacity_) {
            clients_.erase(client_order_.front());
            client_order_.pop_front();
        }
        client_order_.push_back(client);
        found = clients_.emplace(client, Forgiven{}).first;
    }
    found->second.push_back(event.time);
}

}  // namespace mailban
