// What `mailban show ACCOUNT` tells: from where an account was used and attacked. And which bans
// concern an account.
#pragma once

#include "mailban/ban/ban.h"
#include "mailban/control/evidence.h"
#include "mailban/net/ip_address.h"
#include "mailban/time/time.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

// One address that tried the account.
struct AccountClient {
    IpAddress ip{};
    std::uint64_t logins = 0;    // events; of those that repeat within an hour not all are stored
    std::uint64_t failures = 0;  // attempts, each counted once
    Timestamp first{};
    Timestamp last{};
    std::optional<Timestamp> last_login{};
    std::vector<Ban> bans{};  // active ones that cover the address
};

struct AccountReport {
    std::string account{};
    Timestamp since{};
    std::uint64_t logins = 0;
    std::uint64_t failures = 0;
    std::uint64_t addresses = 0;
    std::uint64_t banned = 0;              // of these addresses
    std::vector<AccountClient> clients{};  // banned ones first, then the latest first
};

// Takes what is recorded of one account, in order of time.
class AccountSurvey {
public:
    AccountSurvey(std::string account, Timestamp since);

    // An event of another account is passed over.
    void add(const Evidence& evidence);
    // At most `top` clients. `bans`: those that are active.
    AccountReport report(const std::vector<Ban>& bans, std::size_t top) const;

private:
    AccountReport report_{};
    std::map<IpAddress, AccountClient> clients_{};
};

// One line of JSON without a newline.
std::string to_json(const AccountReport& report);

// Which bans concern an account: those that cover an address from which it was tried.
//
// First every use of any account is shown to note_address(), then the bans to note_ban(), then the
// uses once more to note_others().
class AccountBans {
public:
    explicit AccountBans(std::string_view account);

    void note_address(const IpAddress& ip, std::string_view account, bool is_login);
    void note_ban(const Ban& ban);
    void note_others(const IpAddress& ip, std::string_view account);

    // The bans that concern the account, in the order in which they were noted.
    const std::vector<Ban>& all() const noexcept { return bans_; }
    // Whether these clients have only this account in mind: they logged in to it, or tried no other
    // one. Only such a ban ends if the account is unbanned; the others are of guessers.
    bool is_own(const Ban& ban) const;

private:
    std::string account_;
    std::set<IpAddress> addresses_{};
    std::set<IpAddress> users_{};  // that logged in to it
    std::vector<Ban> bans_{};
    std::set<Prefix> guessers_{};  // prefixes of these bans
};

}  // namespace mailban
