// FrontAndBack: one attempt that two servers tell of.
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
//
// Many servers have one such log only. As long as one side alone has told of anything, nobody is
// looked for, so what it tells is kept in its order and sorted by clients when the other side first
// speaks.
#pragma once

#include "mailban/detect/dedup/short_queue.h"
#include "mailban/keyed_pool.h"
#include "mailban/net/seed.h"
#include "mailban/net/seeded_hash.h"
#include "mailban/parse/event.h"
#include "mailban/pool.h"
#include "mailban/time/slow_clock.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mailban {

class FrontAndBack {
public:
    // Remembers the newest `capacity` lines that told of an attempt.
    FrontAndBack(Seed seed, std::size_t capacity)
        : seed_(seed), capacity_(capacity), clients_(SeededHash{seed.value})
    {
    }

    // From now on the events of each host come in order of time, but for some minutes: what is
    // older than that, by the time of all of the newest (SlowClock), is forgotten.
    void forget_after(Duration age) noexcept { longest_ = age; }

    // How many of `attempts` that `event` tells of the other side has not told. Events of one kind
    // each: failures, or logins.
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
    // The name of an account, which takes an allocation only where it is longer than most are.
    class Name {
    public:
        void set(std::string_view name);
        std::string_view text() const noexcept
        {
            return long_ ? std::string_view(*long_) : std::string_view(short_.data(), size_);
        }

    private:
        static constexpr std::size_t kShort = 31;
        std::array<char, kShort> short_{};
        std::uint8_t size_ = 0;
        std::unique_ptr<std::string> long_{};
    };
    // Attempts that one side told and the other has not: 88 bytes.
    struct OneSided {
        Timestamp from{};  // between which times the other side may tell of them
        Timestamp to{};
        Timestamp time{};         // its own
        std::uint64_t session{};  // a hash
        Name account{};
        std::uint32_t attempts = 0;  // 0: the other side has told of all of them
        Slot client = kNoSlot;       // of clients_; it stays while it has attempts here
        std::uint16_t port = 0;
        Service service = Service::unknown;
        bool has_session : 1 = false;
        bool has_account : 1 = false;
        bool has_port : 1 = false;
        bool is_at_back : 1 = false;
        bool is_known_at_back : 1 = false;  // the back end has told of this session
        bool is_forgiven : 1 = false;

        bool agrees_with(const OneSided& other) const;
        bool contradicts(const OneSided& other) const noexcept;
        bool is_of_session(const OneSided& other) const noexcept
        {
            return has_session && other.has_session && session == other.session;
        }
    };
    // Of tellings_, in order of `to`. Of the two of a client one is mostly empty.
    using Queue = ShortQueue<Slot>;
    struct Client {
        IpAddress key{};
        Queue at_front{};
        Queue at_back{};
        bool empty() const noexcept { return at_front.empty() && at_back.empty(); }
    };

    OneSided telling_of(const Event& event, std::uint32_t attempts, Side side) const;
    void note_side(Side side);
    void settle(OneSided& telling, Queue& others);
    void insert(OneSided&& telling, const IpAddress& client, Slot known);
    void sort_in(Slot slot, const IpAddress& client, Slot known);
    Queue& queue_of(const OneSided& telling)
    {
        Client& client = clients_[telling.client];
        return telling.is_at_back ? client.at_back : client.at_front;
    }
    void make_room(Timestamp at);
    void forget_oldest();
    void take_out(Slot slot);

    Seed seed_;
    std::size_t capacity_;
    std::optional<Duration> longest_{};
    SlowClock clock_{};
    KeyedPool<Client, SeededHash> clients_;
    Pool<OneSided> tellings_{};
    std::deque<Slot> order_{};         // those in use, oldest first
    std::optional<Side> only_side_{};  // that has told of anything, as long as it is but one
    bool has_both_sides_ = false;
    std::deque<IpAddress> unsorted_{};  // until then whose each of order_ is
    std::optional<Counterpart> counterpart_{};
};

}  // namespace mailban
