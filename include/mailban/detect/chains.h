// Chains: one attempt of which several password databases tell, one after the other.
//
// Dovecot asks one database after the other, and PAM one module after the other, until one of them
// accepts the password. With auth_verbose each that refuses it writes a line, though the next may
// accept it. So the lines of one session and account that follow each other at once and come from
// different databases are one attempt; and where the session then logs in to that account, the
// attempt was none that failed.
//
// Whoever logs in knows the password, so that nothing is hidden but this: of one session, one
// attempt is withdrawn, and only if it is the only one, or if fewer databases refuse it than the
// one before it. Where the refusal says that the user is unknown, another database has accepted the
// login: that is certain. "Password mismatch" may be the user's own slip, made right at once; it is
// withdrawn if the log has shown that another database is asked after this one.
#pragma once

#include "mailban/net/seeded_hash.h"
#include "mailban/parse/event.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

namespace mailban {

class Chains {
public:
    // Between the first refusal and the last, and the login, of one attempt.
    static constexpr Duration kChain = std::chrono::seconds(2);
    // PAM holds back that it refuses a password, for up to 3 s (pam_fail_delay).
    static constexpr Duration kPamDelay = std::chrono::seconds(5);
    // Between a refusal of an unknown user and the login: another database may be slow.
    static constexpr Duration kSlowest = std::chrono::seconds(30);

    // Remembers the newest `capacity` attempts.
    Chains(std::size_t capacity, std::uint64_t hash_seed)
        : capacity_(capacity), hash_{hash_seed}, attempts_(0, SeededHash{hash_seed})
    {
    }

    // Whether the event is a refusal that a login may follow.
    static bool is_refusal(const Event& event) noexcept;

    // Notes a refusal that log number `source` tells. True: another line has told of this attempt.
    // `line` is the caller's name for it.
    bool continues(const Event& event, std::uint32_t source, std::uint64_t line = 0);
    // The refusal that was noted last counted as an attempt.
    void count(const Event& event);

    // A login. What it withdraws: the event that had counted, and the lines that told of it.
    struct Withdrawn {
        std::optional<Event> counted{};
        std::vector<std::uint64_t> lines{};
    };
    std::optional<Withdrawn> accept(const Event& login, std::uint32_t source);

    // Whether the log has shown that another database is asked after the one that refuses.
    bool is_passed_on(const Event& event, std::uint32_t source) const;

private:
    struct Attempt {
        Timestamp first{};
        Timestamp last{};
        std::vector<NameMark> databases{};
        std::vector<std::uint64_t> lines{};
        std::optional<Event> counted{};
        std::vector<NameMark> before{};  // databases of the session's attempt before this one
        std::optional<NameMark> mechanism{};
        std::uint32_t number = 0;  // of the session's attempts
        bool is_unknown_user = true;
    };
    using Passed = std::pair<std::uint32_t, NameMark>;  // a database that is not the last one

    static bool is_next(const Attempt& attempt, const Event& event);
    static bool is_only_or_shorter(const Attempt& attempt);
    // A hash of the client, the account, and the session or none (dedup/event_key.h has the odds of
    // a mistake).
    using Key = std::uint64_t;
    Key key_of(const Event& event, Reporter reporter, bool has_session) const noexcept;
    bool may_be_withdrawn(const Attempt& attempt, const Event& login, Reporter reporter,
                          bool has_session, std::uint32_t source) const;
    void learn(const Attempt& attempt, std::uint32_t source);

    std::size_t capacity_;
    SeededHash hash_;
    boost::unordered_flat_map<Key, Attempt, SeededHash> attempts_;
    std::deque<Key> order_{};  // keys of attempts_, oldest first
    boost::unordered_flat_set<Passed> passed_on_{};
};

}  // namespace mailban
