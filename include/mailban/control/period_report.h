// What `mailban report` tells of a time: what the daemon saw and did in it, added up from its
// records. Its JSON is what `mailban scan` prints, and more (docs/report.md).
#pragma once

#include "mailban/ban/ban.h"
#include "mailban/survey/survey.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace mailban {

struct EventsTotal {
    std::string name{};  // of a server, or of a log
    std::uint64_t events = 0;
    std::uint64_t attempts = 0;  // wrong passwords, each counted once
};

struct RuleTotal {
    std::string rule{};  // empty: by hand
    std::uint64_t bans = 0;
    std::uint64_t active = 0;
    bool is_observed = false;  // `mode: observe`: these bans shut nobody out
};

struct PeriodReport {
    Timestamp since{};
    Timestamp until{};
    std::string account{};  // whose alone it is, and of which rule; empty: of all
    std::string rule{};
    Findings findings{};
    std::vector<EventsTotal> servers{};  // the most wrong passwords first, as in all lists
    std::vector<EventsTotal> logs{};
    std::uint64_t bans = 0;      // that were made
    std::uint64_t active = 0;    // that stand now, whenever they were made
    std::uint64_t observed = 0;  // that rules with `mode: observe` would have made
    std::vector<RuleTotal> rules{};
    std::vector<HourTotal> ban_hours{};  // bans that were made
};

// Takes records in the order in which they were made. Memory is bounded as a Survey's is.
class PeriodSurvey {
public:
    PeriodSurvey(Timestamp since, Timestamp until, std::uint64_t hash_seed);

    // What the report says of whom it is: it is given the records of these alone (ReportFilter).
    void only(const std::string& account, const std::string& rule);
    // An event at or after `since`; `counted`: how many of its attempts no other line had told.
    void add(const Event& event, const std::string& log, std::uint32_t counted);
    void add(const Ban& ban, bool is_standing);

    PeriodReport report(std::size_t top) const;

private:
    struct Total {
        std::uint64_t events = 0;
        std::uint64_t attempts = 0;
    };
    using Totals = std::map<std::string, Total, std::less<>>;

    static std::vector<EventsTotal> sorted(const Totals& totals, std::size_t top);

    PeriodReport report_{};
    Survey survey_;
    Totals servers_{};
    Totals logs_{};
    // By name, and whether it was only observed.
    std::map<std::pair<std::string, bool>, RuleTotal> rules_{};
    std::map<std::int64_t, std::uint64_t> ban_hours_{};  // hours since 1970
};

// "account bob, rule hopping"; empty: of all.
std::string subject_of(const PeriodReport& report);
// One line without a newline.
std::string to_json(const PeriodReport& report);

}  // namespace mailban
