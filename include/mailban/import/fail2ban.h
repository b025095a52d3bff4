// fail2ban's configuration and its standing bans, as mailban would have them.
#pragma once

#include "mailban/import/imported.h"
#include "mailban/result.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mailban {

// The texts of its files by their paths below its folder: "jail.conf", "jail.d/mail.local".
using Fail2banFiles = std::map<std::string, std::string, std::less<>>;

struct Fail2banJail {
    std::string name{};
    std::string filter{};  // without its options
    std::string mode{};    // "normal", "auth", ...
    Rule rule{};           // without kinds; its ports as the jail says them
    bool is_forever = false;
    std::vector<std::string> logs{};
    bool reads_journal = false;
    // Of the mail servers that mailban reads.
    bool is_mail = false;
};

struct Fail2ban {
    std::vector<Fail2banJail> jails{};  // enabled ones, by name
    Imported imported{};
    // From fail2ban.conf, for whoever looks for them; empty where it does not say.
    std::string database{};
    std::string pid_file{};
};

// An error where the folder has no jail.conf and no jail.local, or the jails cannot be read.
Result<Fail2ban> read_fail2ban(const Fail2banFiles& files);

// The order in which fail2ban reads them: NAME.conf, NAME.d/*.conf, NAME.local, NAME.d/*.local,
// each with what its [INCLUDES] names before and after it. Names of included files that are not
// there go into `absent`.
std::vector<std::string> reading_order(const Fail2banFiles& files, const std::string& name,
                                       std::vector<std::string>& absent);

// Seconds as fail2ban writes them: "600", "10m", "1h 30m", "1.5 hours", "-1" (less than nothing is
// for ever). nullopt: not a time.
std::optional<double> fail2ban_seconds(std::string_view text);

// A row of the table bips, or bans of an older version.
struct Fail2banRow {
    std::string ip{};
    std::string jail{};
    std::int64_t time_of_ban = 0;  // seconds since 1970
    std::int64_t length = 0;       // seconds; negative: for ever
    bool has_length = true;        // version 3 of the database and older have none
};

// Those that stand at `now` and are of a mail server's jail; of one address and jail the one that
// ends last. The rest is counted in `imported.notes`.
void add_standing_bans(const std::vector<Fail2banRow>& rows, Timestamp now, Fail2ban& into);

}  // namespace mailban
