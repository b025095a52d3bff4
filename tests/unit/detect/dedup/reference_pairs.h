// The straightforward FrontAndBack: whole texts in maps. What the compact one is compared with.
#pragma once

#include "mailban/net/seeded_hash.h"
#include "mailban/parse/event.h"
#include "mailban/time/slow_clock.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include <boost/container/deque.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

// Pairs: one attempt that two servers tell of.
//
// Who speaks with the client (Exim, Postfix, Dovecot's login) and who compares the password
// (Dovecot's auth) each write a line of their own, seconds apart and in logs of their own. An
// attempt that one side tells is looked for among those of the other side that have no counterpart
// yet: the same client, nothing that contradicts (account, service, session, port), and close in
// time. So an attempt counts once whichever side is read first, and each side's attempts that the
// other does not tell count, too.
//
// Except in one case. Dovecot's login processes also count as failed what the client took back or
// left unanswered; its auth process tells of passwords alone, of all of them or (auth_verbose = no)
// of none. Where it has told of a session, what that session's summary has above it were none.

namespace mailban::reference {

class Pairs {
public:
    // Remembers the newest `capacity` lines that told of an attempt.
    Pairs(std::size_t capacity, std::uint64_t hash_seed)
        : capacity_(capacity), clients_(0, SeededHash{hash_seed})
    {
    }

    // Forgets what is more than an hour older than what comes.
    void expect_order_of_time() noexcept { is_in_order_ = true; }

    // How many of `attempts` that `event` tells of the other side has not told.
    //
    // An attempt without an answer (Event::unanswered) is none that the front end could tell of
    // again. It is not new where the back end has told of it; else nothing is remembered of it
    // until expect().
    //
    // `forgiven`: a new one will not count, because it repeats an attempt (Repetitions).
    enum class Side : std::uint8_t { front, back };
    std::uint32_t admit(const Event& event, std::uint32_t attempts)
    {
        return admit(event, attempts, side_of(event), false);
    }
    std::uint32_t admit(const Event& event, std::uint32_t attempts, Side side, bool forgiven);
    static Side side_of(const Event& event) noexcept
    {
        return event.reporter == Reporter::back_end ? Side::back : Side::front;
    }

    // The counterpart that admit() has found last; nullopt: it has found none.
    struct Counterpart {
        Timestamp time{};
        std::optional<std::string> account{};
        bool is_forgiven = false;
    };
    const std::optional<Counterpart>& counterpart() const noexcept { return counterpart_; }

    // The back end may tell of this unanswered attempt from now on: it compares the password when
    // its delay is over. That will not be new.
    void expect(const Event& event);

private:
    // Attempts that one side told and the other has not.
    struct OneSided {
        Timestamp from{};  // between which times the other side may tell of them
        Timestamp to{};
        std::uint32_t attempts = 0;
        Service service = Service::unknown;
        std::optional<std::uint16_t> port{};
        std::optional<std::string> session{};
        std::optional<std::string> account{};
        bool is_known_at_back = false;  // the back end has told of this session
        bool is_forgiven = false;
        Timestamp time{};          // its own
        std::uint64_t number = 0;  // the how-manieth of all

        bool agrees_with(const OneSided& other) const;
        bool is_of_session(const OneSided& other) const
        {
            return session && session == other.session;
        }
    };
    // In order of `to`. Unlike the standard library's, this queue takes no memory while it is
    // empty, and most clients' are: half a kilobyte each, and again whenever the table grows.
    using OneSidedQueue = boost::container::deque<OneSided>;
    struct Client {
        OneSidedQueue at_front{};
        OneSidedQueue at_back{};
    };
    // Which was told in which order; also of those that have found their counterparts since.
    struct Turn {
        IpAddress client{};
        std::uint64_t number = 0;
        Timestamp time{};
    };

    void insert(const IpAddress& ip, Side side, OneSided telling);
    static OneSided telling_of(const Event& event, std::uint32_t attempts, Side side);
    void settle(OneSided& telling, OneSidedQueue& others);
    void make_room(Timestamp at);

    std::size_t capacity_;
    bool is_in_order_ = false;
    SlowClock clock_{};
    std::uint64_t count_ = 0;
    boost::unordered_flat_map<IpAddress, Client, SeededHash> clients_;
    std::deque<Turn> order_{};  // oldest first
    std::optional<Counterpart> counterpart_{};
};

}  // namespace mailban::reference

namespace mailban::reference {

namespace {

// Dovecot's auth writes its line and then holds the answer back: 2 s by default
// (auth_failure_delay), a server under load longer.
constexpr Duration kHeldBack = std::chrono::seconds(20);
// Stamps of whole seconds, and clocks read by two processes.
constexpr Duration kSlack = std::chrono::seconds(2);
// Dovecot holds a client that has failed back for up to 15 s before it compares the next password
// (auth_penalty), after Postfix has given up.
constexpr Duration kLongestDelay = std::chrono::seconds(30);
// How long a connection may have lasted whose summary does not tell.
constexpr Duration kUsualConnection = std::chrono::minutes(5);
// A client that makes more attempts at once than this is not worth the search.
constexpr int kMostLookedAt = 64;
// Dovecot's login processes cut a long account name.
constexpr std::size_t kShortestCut = 64;

char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// "Bob", "bob" and "bob@example.com" are one account to somebody (auth_username_format), and so are
// a name and its first 64 bytes.
bool may_be_one_account(std::string_view one, std::string_view other) noexcept
{
    if (one.size() > other.size()) std::swap(one, other);
    const auto same = [](char a, char b) { return lower(a) == lower(b); };
    if (!std::equal(one.begin(), one.end(), other.begin(), same)) return false;
    return one.size() == other.size() || other[one.size()] == '@' || one.size() >= kShortestCut;
}

template <class Value>
bool contradict(const std::optional<Value>& one, const std::optional<Value>& other)
{
    return one && other && *one != *other;
}

}  // namespace

bool Pairs::OneSided::agrees_with(const OneSided& other) const
{
    const bool meet = from <= other.to && to >= other.from;
    if (!meet || contradict(port, other.port) || contradict(session, other.session)) return false;
    if (is_of_session(other)) return true;
    const bool both_serve = service != Service::unknown && other.service != Service::unknown;
    if (both_serve && service != other.service) return false;
    return !account || !other.account || may_be_one_account(*account, *other.account);
}

Pairs::OneSided Pairs::telling_of(const Event& event, std::uint32_t attempts, Side side)
{
    OneSided telling{.from = event.time,
                     .to = event.time,
                     .attempts = attempts,
                     .service = event.service,
                     .port = event.client_port,
                     .session = event.session,
                     .account = event.account};
    telling.time = event.time;
    if (side == Side::back) return telling;
    // A summary names the account of the last attempt only.
    if (event.attempts > 1) telling.account.reset();
    telling.to += kSlack;
    telling.from -= kHeldBack;
    if (event.reporter == Reporter::summary)
        telling.from -= event.lasted.value_or(kUsualConnection);
    return telling;
}

std::uint32_t Pairs::admit(const Event& event, std::uint32_t attempts, Side side, bool forgiven)
{
    counterpart_.reset();
    const bool tells = event.kind == EventKind::auth_failure || event.unanswered;
    if (!tells || attempts == 0) return attempts;
    OneSided telling = telling_of(event, attempts, side);
    telling.is_forgiven = forgiven;
    make_room(event.time);
    Client& client = clients_[event.ip];
    settle(telling, side == Side::back ? client.at_front : client.at_back);
    if (event.reporter == Reporter::summary && telling.is_known_at_back) telling.attempts = 0;
    const std::uint32_t fresh = telling.attempts;
    if (fresh > 0 && !event.unanswered) insert(event.ip, side, std::move(telling));
    return fresh;
}

void Pairs::expect(const Event& event)
{
    OneSided telling = telling_of(event, event.attempts, Side::front);
    telling.to += kLongestDelay;
    make_room(event.time);
    insert(event.ip, Side::front, std::move(telling));
}

void Pairs::insert(const IpAddress& ip, Side side, OneSided telling)
{
    Client& client = clients_[ip];
    OneSidedQueue& own = side == Side::back ? client.at_back : client.at_front;
    telling.number = ++count_;
    order_.push_back({ip, telling.number, telling.time});
    const auto place =
        std::upper_bound(own.begin(), own.end(), telling.to,
                         [](Timestamp to, const OneSided& other) { return to < other.to; });
    own.insert(place, std::move(telling));
}

// Takes counterparts from `others`, the earliest first, until every attempt has one or none is
// left.
void Pairs::settle(OneSided& telling, OneSidedQueue& others)
{
    auto other =
        std::lower_bound(others.begin(), others.end(), telling.from,
                         [](const OneSided& one, Timestamp from) { return one.to < from; });
    for (int seen = 0; seen < kMostLookedAt && other != others.end() && telling.attempts > 0;
         ++seen) {
        if (!telling.agrees_with(*other)) {
            ++other;
            continue;
        }
        const auto paired = std::min(telling.attempts, other->attempts);
        if (telling.is_of_session(*other)) telling.is_known_at_back = true;
        counterpart_ = {other->time, other->account, other->is_forgiven};
        telling.attempts -= paired;
        other->attempts -= paired;
        if (other->attempts > 0) continue;
        other = others.erase(other);
    }
}

void Pairs::make_room(Timestamp at)
{
    const Timestamp now = is_in_order_ ? clock_.note(at) : Timestamp{};
    const auto is_past = [&](const Turn& turn) {
        return is_in_order_ && now - turn.time > std::chrono::hours(1);
    };
    while (!order_.empty() && (order_.size() >= capacity_ || is_past(order_.front()))) {
        const Turn turn = order_.front();
        order_.pop_front();
        const auto is_it = [&](const OneSided& one) { return one.number == turn.number; };
        const auto client = clients_.find(turn.client);
        for (OneSidedQueue* queue : {&client->second.at_front, &client->second.at_back}) {
            const auto found = std::find_if(queue->begin(), queue->end(), is_it);
            if (found != queue->end()) queue->erase(found);
        }
    }
}

}  // namespace mailban::reference
