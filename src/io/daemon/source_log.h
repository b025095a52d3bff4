// One log that is or was followed: what Sources keeps of it. For Sources alone.
#pragma once

#include "io/daemon/glance.h"
#include "io/daemon/sources.h"
#include "io/daemon/system.h"

#include <utility>
#include <variant>

namespace mailban::io {

struct Sources::Pattern {
    const SourceConfig& config;  // one of configs_
    std::unique_ptr<LogGlob> glob{};
    // What the newest of its logs have shown: so tomorrow's log will be stamped.
    std::optional<LearnedClock> learned{};
    bool has_read_before = false;  // one of them was read by an earlier run
};

struct Sources::Log {
    // The third: at rest.
    using Tail =
        std::variant<std::unique_ptr<FileTail>, std::unique_ptr<JournalTail>, std::monostate>;

    Log(SourceId log_number, std::string log_name, const SourceConfig& source, LogZone log_clock)
        : number(log_number),
          name(std::move(log_name)),
          config(source),
          clock(std::move(log_clock)),
          parser(source.parser, clock.zone(), source.patterns, source.assured, random_seed())
    {
    }

    bool is_followed() const noexcept { return !std::holds_alternative<std::monostate>(tail); }

    SourceId number;
    std::string name;
    const SourceConfig& config;
    LogZone clock;
    LogParser parser;
    Tail tail{};
    Pattern* pattern = nullptr;  // of several files, which may come to rest
    LogPosition position{};      // of a file: the last that was told
    std::uint64_t events = 0;
    std::uint64_t known = 0;              // lines of a mail server
    std::function<Glance()> look_back{};  // at what is there already
    bool had_known = false;
    bool is_new = false;
    bool was_gone = false;      // when it was looked for last
    bool was_given_up = false;  // a found log that is no longer there
    std::optional<Timestamp> last_line{};
    std::optional<Timestamp> last_event{};
    std::optional<Timestamp> last_stamp_read{};  // when it was
    std::optional<Duration> lag{};
    Duration longest_pause{};
};

}  // namespace mailban::io
