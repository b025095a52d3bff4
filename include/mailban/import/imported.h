// Imported: the settings of another program that bans clients, as mailban would have them.
#pragma once

#include "mailban/config/amend.h"
#include "mailban/config/config.h"
#include "mailban/name_table.h"
#include "mailban/net/prefix.h"
#include "mailban/time/time.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

// What became of one setting.
struct ImportNote {
    enum class Fate : std::uint8_t {
        carried,      // mailban does the same with the changed configuration
        covered,      // mailban does it without a change
        not_carried,  // mailban does not do it; the text says why, and what to do
    };
    Fate fate = Fate::carried;
    std::string subject{};  // "postfix-sasl", "LF_SMTPAUTH", "csf.deny:12"
    std::string text{};
    bool operator==(const ImportNote&) const = default;
};
inline constexpr NameTable<ImportNote::Fate, 3> kImportFateNames({"carried", "covered",
                                                                  "not carried"});

// A rule under the name that it has if it is added, and the jail or key that it is from.
struct ImportedRule {
    Rule rule{};
    std::string from{};
    bool operator==(const ImportedRule&) const = default;
};

// A log that the other program reads.
struct ImportedLog {
    std::string path{};            // or a pattern
    std::string user{};            // the jail or key that reads it
    bool needs_assurance = false;  // clients can write into it (SOGo, Horde)
    bool operator==(const ImportedLog&) const = default;
};

// A ban that stands.
struct ImportedBan {
    Prefix prefix{};
    Until until{};
    std::string from{};    // "fail2ban:dovecot", "csf:csf.deny"
    std::string reason{};  // "CSF: login failures"; may be empty
    bool operator==(const ImportedBan&) const = default;
};

struct Imported {
    std::vector<ImportedRule> rules{};  // of one client each
    AllowConfig allow{};
    std::optional<double> escalation_factor{};
    std::optional<Duration> escalation_max{};
    std::vector<ImportedLog> logs{};
    std::vector<ImportedBan> bans{};
    std::vector<ImportNote> notes{};
};

// How a log of the other program stands here.
enum class LogState : std::uint8_t { followed, unfollowed, absent };
using LogStates = std::function<LogState(const std::string& path)>;

struct ImportPlan {
    Amendment amendment{};
    std::vector<ImportNote> notes{};
};

// What of it a configuration should say. Rules for wrong passwords of one client become the rule
// password-guessing where the configuration has it; of several, those stay that ban somebody whom
// no other would ban as early and as long. `log_state` is asked once for each log.
ImportPlan plan_import(const Imported& imported, const Config& config, const LogStates& log_state);

// The name of a jail or key as rules and bans may have it: letters, digits and "-_.", at most 40;
// others become "-".
std::string plain_import_name(std::string_view name);

// The numbers of ports, or their names as /etc/services has them for mail and the web, between
// blanks and commas; "0:65535" and "all" are all. Names and ranges that are none of these go into
// `unknown`.
PortSet read_port_names(std::string_view text, std::vector<std::string>& unknown);

// An entry of an allowlist: an address, a prefix with or without host bits, a prefix with a
// netmask, or a host name, added to `into`. False: it is none of these.
bool add_allowed(std::string_view text, AllowConfig& into);
// The block that the text names, host bits or not, with a length or a netmask.
std::optional<Prefix> read_block(std::string_view text);

}  // namespace mailban
