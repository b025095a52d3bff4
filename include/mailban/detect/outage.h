// Outage: is it the clients that are wrong, or our own back end?
//
// While the password service is down, every customer fails. It is taken to be down when it said so
// to several clients within a span, or when many known users begin to fail within a span, more than
// log in. It is taken to be up again when more logins have succeeded than users fail, or when
// nothing has spoken for an outage for long.
#pragma once

#include "mailban/detect/watch.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace mailban {

struct OutageSettings {
    std::uint32_t unavailable = 3;  // clients that were told so within the span
    std::uint32_t failing = 5;      // known users that begin to fail within the span
    Duration within = std::chrono::minutes(5);
    std::uint32_t recovered = 3;  // logins since, or since our back end last said that it is down
    Duration linger = std::chrono::minutes(30);
    bool operator==(const OutageSettings&) const = default;
};

class Outage {
public:
    Outage(const OutageSettings& settings, std::uint64_t hash_seed);

    // How a known user fails: for the first time in a while, or as it always does.
    enum class Failing : std::uint8_t { begins, goes_on };

    // What a client met: our own back end down; a wrong password though it is a known user; a
    // login.
    void note_unavailable(const IpAddress& client, Timestamp at);
    void note_failing_user(const IpAddress& client, Failing how, Timestamp at);
    void note_login(Timestamp at);
    // Ends an outage of which nothing has been heard for long.
    void advance(Timestamp now);
    // The clock was set back to `at`: see Watch::set_back.
    void set_back(Timestamp at);

    // Since when; nullopt: there is none.
    const std::optional<Timestamp>& since() const noexcept { return since_; }
    const std::string& cause() const noexcept { return cause_; }

private:
    void begin(Timestamp at, const char* cause);
    void note_sign(Timestamp at);
    std::size_t failing(Timestamp at) const;
    std::size_t lately_logged_in(Timestamp at) const;

    OutageSettings settings_;
    std::uint64_t hash_seed_;
    Watch unavailable_;
    Watch failing_;
    std::deque<Timestamp> logins_{};      // the latest ones
    std::uint32_t logins_in_outage_ = 0;  // or since the last that was told it is down
    std::optional<Timestamp> since_{};
    Timestamp last_sign_{};
    std::string cause_{};
};

}  // namespace mailban
