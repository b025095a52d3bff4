#include "mailban/config/config.h"

#include <algorithm>
#include <array>

#include "sections.h"

namespace mailban {

namespace {
constexpr std::array<std::string_view, 6> kBackendNames{"auto", "nftables", "firewalld",
                                                        "ufw",  "command",  "dry-run"};
}

std::vector<Rule> default_rules()
{
    using std::chrono::days;
    using std::chrono::hours;
    using std::chrono::minutes;
    return {{"password-guessing", {EventKind::auth_failure}, 5, minutes(10), hours(1)},
            {"slow-guessing", {EventKind::auth_failure}, 15, days(1), days(1)}};
}

std::vector<std::string_view> backend_names()
{
    return {kBackendNames.begin(), kBackendNames.end()};
}

std::string_view to_string(Backend backend) noexcept
{
    return kBackendNames[static_cast<std::size_t>(backend)];
}

Duration longest_window(const Config& config) noexcept
{
    Duration longest{};
    for (const auto& rule : config.rules)
        longest = std::max(longest, rule.within);
    return longest;
}

Duration event_retention(const Config& config) noexcept
{
    return std::max(config.state.keep_events, longest_window(config));
}

}  // namespace mailban
