// Config: everything /etc/mailban/mailban.yaml can say, typed, with the shipped defaults.
#pragma once

#include "mailban/ban/ledger.h"
#include "mailban/detect/judge.h"
#include "mailban/firewall/command.h"
#include "mailban/firewall/plan.h"
#include "mailban/hook/hook_event.h"
#include "mailban/net/prefix_lengths.h"
#include "mailban/parse/assurances.h"
#include "mailban/parse/mail_servers.h"
#include "mailban/parse/pattern.h"
#include "mailban/place.h"
#include "mailban/policy/settings.h"
#include "mailban/time/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

// Either a file or a part of the journal; never both, never neither.
struct SourceConfig {
    std::string file{};                      // an absolute path or a glob
    std::vector<std::string> units{};        // systemd units, "postfix@-.service"
    std::vector<std::string> identifiers{};  // syslog identifiers, "postfix/smtpd"
    std::vector<std::string> containers{};   // containers by name, "mailserver", "mail*"
    std::string directory{};                 // of journal files; empty: this machine's journal
    MailServers parser = MailServers::any();
    std::vector<PatternSpec> patterns{};  // that `parser` names
    Assurances assured{};
    bool found = false;  // by `auto`: the administrator has not named it
    std::string zone{};  // of stamps without an offset; empty: the machine's own
    Place zone_place{};
    Place place{};
    bool operator==(const SourceConfig&) const = default;
};

struct AllowConfig {
    std::vector<Prefix> prefixes{};
    std::vector<std::string> files{};  // one address or prefix a line; read by the shell
    std::vector<std::string> names{};  // host names, in lower case; resolved by the shell
    bool operator==(const AllowConfig&) const = default;
};

enum class Backend : std::uint8_t {
    automatic,
    nftables,
    firewalld,
    ufw,
    command,
    dry_run,
    door,  // none: bans hold only where mail servers ask
};
enum class OnStop : std::uint8_t { keep, remove };

struct FirewallConfig {
    Backend backend = Backend::automatic;
    PortSet ports{false, {25, 110, 143, 465, 587, 993, 995, 4190}};
    Forward forward = Forward::automatic;
    OnStop on_stop = OnStop::keep;
    CommandSet command{};
    // With dry_run: the day at which `status` proposes to switch bans on; nothing depends on it.
    std::optional<Timestamp> watch_until{};
    std::vector<PortSet> rule_ports{};  // the different `ports` of rules, put here by the loader
    bool operator==(const FirewallConfig&) const = default;
};

struct StateConfig {
    std::string directory = "/var/lib/mailban";
    Duration keep_events = std::chrono::days(30);
    std::uint64_t max_size = std::uint64_t{1} << 30U;  // bytes of the database
    bool operator==(const StateConfig&) const = default;
};

struct ControlConfig {
    std::string socket = "/run/mailban/control.sock";
    std::string group = "mailban";  // its members may ask
    std::string admins{};           // the group whose members may change things; empty: none
    std::uint16_t mode = 0660;      // of the socket: 0660, or 0600 for its owner alone
    bool operator==(const ControlConfig&) const = default;
};

struct Limits {
    std::size_t tracked = 1'000'000;  // addresses under watch at once
    std::size_t bans = 200'000;       // active bans at once
    std::size_t known = 500'000;      // accounts that are known of a client or a network
    bool operator==(const Limits&) const = default;
};

enum class LogLevel : std::uint8_t { debug, info, warning, error };

// The rules where the configuration names none. docs/configuration.md says what each is for.
std::vector<Rule> default_rules();

struct Config {
    std::vector<SourceConfig> sources{};  // that the administrator names
    // Besides, the mail logs that this machine turns out to have: `sources: auto`, `auto` among the
    // elements, or no such key.
    bool discover = false;
    std::vector<PatternSpec> patterns{};  // all that there are
    std::vector<Rule> rules{};
    JudgeSettings judgement{};
    AllowConfig allow{};
    Proxies proxies{};  // each source has them, too, put there by the loader
    Escalation escalation{};
    PrefixLengths prefix{};
    FirewallConfig firewall{};
    std::vector<HookConfig> hooks{};
    PolicySettings policy{};
    std::optional<ListenAddress> http{};  // of metrics and health; nullopt: nowhere
    StateConfig state{};
    ControlConfig control{};
    Limits limits{};
    LogLevel log_level = LogLevel::info;
    // Of the text: "mailban.yaml:12:3: key 'linger' in outage was renamed; change it to ...".
    std::vector<std::string> warnings{};
    bool operator==(const Config&) const = default;
};

std::string_view to_string(Backend backend) noexcept;

// The different `ports` of rules, in their order.
std::vector<PortSet> ports_of_rules(const std::vector<Rule>& rules);
// All sets of ports that bans may close.
PortGroups port_groups(const FirewallConfig& config);

// The longest `within` of all rules; zero without rules.
Duration longest_window(const Config& config) noexcept;

// How long events are kept: as long as `state.keep_events` says, and never shorter than a window
// that still needs them.
Duration event_retention(const Config& config) noexcept;

}  // namespace mailban
