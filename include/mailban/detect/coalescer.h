// Coalescer: attempts are counted, not lines (invariant 4).
//
// One wrong password may be told by several lines: twice in one log (Doubles), in several logs
// (Copies), and by the server that spoke with the client as well as the one that compared the
// password (Pairs). Its state is a function of the events it was shown, in their order.
#pragma once

#include "mailban/detect/copies.h"
#include "mailban/detect/doubles.h"
#include "mailban/detect/pairs.h"

namespace mailban {

// How much of an event's attempts is new, and how much the other side had told before.
struct Admission {
    std::uint32_t fresh = 0;
    std::uint32_t paired = 0;
    bool operator==(const Admission&) const = default;
};

class Coalescer {
public:
    // Each part remembers the newest `capacity` events.
    explicit Coalescer(std::uint64_t hash_seed = 0, std::size_t capacity = 65536)
        : doubles_(hash_seed), copies_(capacity, hash_seed), pairs_(capacity, hash_seed)
    {
    }

    // What `event` adds to what is known, given that log number `source` reports it.
    Admission weigh(const Event& event, std::uint32_t source)
    {
        if (event.teller == Teller::copy || has_no_password(event)) return {};
        if (had_no_password_at_last(event)) return weigh_earlier(event, source);
        if (event.may_be_doubled && doubles_.is_second(event, source)) return {};
        const std::uint32_t told = copies_.admit(event, source);
        const std::uint32_t fresh = pairs_.admit(event, told);
        return {fresh, told - fresh};
    }
    // An attempt without an answer turned out to be a guess: the back end may tell of it later.
    void expect(const Event& event) { pairs_.expect(event); }
    // How many of its attempts are new.
    std::uint32_t admit(const Event& event, std::uint32_t source)
    {
        return weigh(event, source).fresh;
    }

private:
    // Courier's esmtpd logs as failed what a client took back, but without a name; and a connection
    // to Dovecot whose one attempt had no name had no password.
    static bool has_no_password(const Event& event)
    {
        if (event.kind != EventKind::auth_failure || event.account != "") return false;
        return event.server == MailServer::courier ||
               (had_no_password_at_last(event) && event.attempts <= 1);
    }
    // Dovecot's login processes name the account of a connection's last attempt, and count what the
    // client took back or left unanswered, too. An empty name says that the last one had no
    // password, and nothing of those before it.
    static bool had_no_password_at_last(const Event& event)
    {
        return event.kind == EventKind::auth_failure && event.account == "" &&
               event.server == MailServer::dovecot && event.teller == Teller::summary;
    }
    Admission weigh_earlier(Event event, std::uint32_t source)
    {
        --event.attempts;
        event.account.reset();
        return weigh(event, source);
    }

    Doubles doubles_;
    Copies copies_;
    Pairs pairs_;
};

}  // namespace mailban
