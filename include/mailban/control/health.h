// Health: whether mailban guards this machine, judged in one place for everybody who says so:
// `mailban status`, `mailban health`, systemd, the log and the hooks.
#pragma once

#include "mailban/time/time.h"
#include "mailban/time/zone.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

struct SourceReport;
struct StatusReport;

// In the order of the exit codes that monitoring plugins have.
enum class HealthGrade : std::uint8_t { ok, warning, critical, unknown };
inline constexpr std::size_t kHealthGrades = 4;

struct HealthFinding {
    HealthGrade grade = HealthGrade::ok;
    std::string name{};  // for programs: "blind", "firewall", "source", …
    std::string text{};  // a sentence without its full stop
    bool operator==(const HealthFinding&) const = default;
};

struct Health {
    HealthGrade grade = HealthGrade::ok;    // the worst of the findings
    std::vector<HealthFinding> findings{};  // the worst first; what is ok is not among them
    std::optional<Duration> lag{};          // the longest of all logs
    bool operator==(const Health&) const = default;
};

// What the logs give to see.
enum class Sight : std::uint8_t {
    sees,   // at least one has a line of a mail server
    waits,  // none has, but one is so new that this means nothing yet
    blind,  // nobody will be banned
};

Sight judge_sight(const std::vector<SourceReport>& sources);
// "none of the 5 logs exists", "mail.log has lines, but none of a mail server that mailban knows":
// why nothing is seen.
std::string why_blind(const std::vector<SourceReport>& sources);
// Times in the texts are those of `zone`.
Health judge_health(const StatusReport& report, const Zone& zone = {});

// What the log of mailban and systemd should say, too; the others are said there already.
bool is_for_the_log(const HealthFinding& finding) noexcept;

std::string_view to_string(HealthGrade grade) noexcept;
// "CRITICAL: no log …; the firewall …", at most about `longest` bytes.
std::string summary_of(const Health& health, std::size_t longest);

}  // namespace mailban
