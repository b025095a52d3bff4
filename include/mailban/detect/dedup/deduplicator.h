// Deduplicator: attempts are counted, not lines (invariant 4).
//
// One wrong password may be told by several lines: twice in one log (RepeatedLines), in several
// logs (CrossLog), by several password databases (Chains), by the server that spoke with the client
// as well as the one that compared the password, by PAM, and to mailban itself (FrontAndBack), and
// once for each of two mechanisms (Repetitions). Its state is a function of the events it was
// shown, in their order.
#pragma once

#include "mailban/detect/chains.h"
#include "mailban/detect/dedup/cross_log.h"
#include "mailban/detect/dedup/front_and_back.h"
#include "mailban/detect/dedup/repeated_lines.h"
#include "mailban/detect/repetitions.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace mailban {

// How much of an event's attempts is new, and how much the other side had told before. And an event
// of before, with one attempt, that this one shows to have been none.
struct NewAttempts {
    std::uint32_t fresh = 0;
    std::uint32_t paired = 0;
    std::optional<Event> withdrawn{};
    bool operator==(const NewAttempts&) const = default;
};

class Deduplicator {
public:
    // Each part remembers the newest `capacity` events.
    Deduplicator(Seed seed, std::size_t capacity)
        : repeated_lines_(seed),
          cross_log_(seed, capacity),
          chains_(std::min(capacity, kMostShort), seed.value),
          repetitions_(std::min(capacity, kMostShort), seed.value),
          front_and_back_(seed, capacity),
          modules_(seed, std::min(capacity, kMostShort)),
          failure_reports_(seed, std::min(capacity, kMostShort)),
          login_reports_(seed, std::min(capacity, kMostShort))
    {
    }
    // As many as a busy server has in an hour.
    static constexpr std::size_t kUsualCapacity = 65536;
    explicit Deduplicator(Seed seed) : Deduplicator(seed, kUsualCapacity) {}

    // From now on servers report attempts to mailban itself, too, or no longer do.
    void expect_reports(bool is_reported) noexcept { is_reported_ = is_reported; }
    // Between the first line and the last of a connection that logs in: servers end it after some
    // minutes (Dovecot after three, Exim and Postfix five after the last command).
    static constexpr Duration kLongestConnection = std::chrono::hours(1);
    // What follows are all events of so many old logs, merged by their times.
    void expect_old_logs(std::size_t logs) noexcept
    {
        if (logs <= 1) cross_log_.expect_one_log();
        repetitions_.forget_after(kLongestConnection);
        front_and_back_.forget_after(kLongestConnection);
        modules_.forget_after(kLongestConnection);
    }
    // What `event` adds to what is known, given that log number `source` reports it.
    NewAttempts weigh(const Event& event, std::uint32_t source);
    // The same of a reported attempt that is no guess; where a line of it has counted already, that
    // is withdrawn.
    NewAttempts weigh_no_guess(const Event& report);
    // Whether a database that is not asked last does not know the user, as far as the log has
    // shown. The next one, or the server that spoke with the client, tells if the password was
    // wrong.
    bool is_passed_on(const Event& event, std::uint32_t source) const
    {
        return event.is_unknown_user && chains_.is_passed_on(event, source);
    }
    // An attempt without an answer turned out to be a guess: the back end may tell of it later.
    void expect(const Event& event)
    {
        front_and_back_.expect(event);
        modules_.expect(event);
        if (is_reported_) failure_reports_.expect(event);
    }
    // How many of its attempts are new.
    std::uint32_t admit(const Event& event, std::uint32_t source)
    {
        return weigh(event, source).fresh;
    }

private:
    // Of what is over within seconds.
    static constexpr std::size_t kMostShort = 16384;

    NewAttempts weigh_line(const Event& event, std::uint32_t source);
    NewAttempts weigh_report(const Event& event);
    void pair_with_report(const Event& event, NewAttempts& admission);
    void excuse_report(const Event& event, NewAttempts& admission);
    FrontAndBack* reports_of(EventKind kind) noexcept;
    NewAttempts pair(const Event& event, std::uint32_t told);
    std::uint32_t admit_attempts(const Event& event, std::uint32_t told, bool repeats);

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
               event.server == MailServer::dovecot && event.reporter == Reporter::summary;
    }
    NewAttempts weigh_earlier(Event event, std::uint32_t source)
    {
        --event.attempts;
        event.account.reset();
        return weigh_line(event, source);
    }

    RepeatedLines repeated_lines_;
    CrossLog cross_log_;
    Chains chains_;
    Repetitions repetitions_;
    FrontAndBack front_and_back_;
    FrontAndBack modules_;  // PAM's on one side, on the other whoever else tells
    // A server's reports on one side, on the other what the logs have told of the same.
    FrontAndBack failure_reports_;
    FrontAndBack login_reports_;
    bool is_reported_ = false;
};

}  // namespace mailban
