// Amendment: some settings that a configuration should have, and its text with them.
#pragma once

#include "mailban/config/config.h"
#include "mailban/config/load.h"
#include "mailban/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

struct Amendment {
    // A rule of the same name gets limit, within, ban and ports of this one; a new name is added.
    std::vector<Rule> rules{};
    // What the allowlist does not hold yet is added.
    AllowConfig allow{};
    // Files besides what is followed already.
    std::vector<std::string> files{};
    std::optional<double> escalation_factor{};
    std::optional<Duration> escalation_max{};
    std::optional<Backend> backend{};
    std::optional<Timestamp> watch_until{};  // a day: midnight, UTC
    bool ends_watch = false;                 // no such day any more
    std::optional<PolicySettings> policy{};  // where mail servers ask, and how they are answered
    bool operator==(const Amendment&) const = default;
};

// The configuration as it should be then.
Config amended(Config config, const Amendment& amendment);

// The text of a configuration, changed so that it says just this more; all else stays byte for
// byte, and a text that says all of it already stays as it is. An error where the text has
// mistakes, or cannot be changed so (config_text.h): it says what to do by hand. `file` and
// `shipped` are those of load_config().
Result<std::string> amend(std::string_view text, std::string_view file, const PatternFiles& shipped,
                          const Amendment& amendment);

// The same as YAML to write by hand.
std::string to_yaml(const Amendment& amendment);

}  // namespace mailban
