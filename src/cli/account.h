// What commands know of an account: from the state database, which only root and the daemon's user
// can read.
#pragma once

#include "cli/command.h"
#include "mailban/control/account_report.h"

#include <optional>
#include <string>

namespace mailban::cli {

// `mailban show ACCOUNT`.
struct AccountOptions {
    std::string account{};
    std::string config = kDefaultConfig;
    DaemonOptions daemon{};  // asked what it would tell mail servers, if it runs
};
int show_account(const AccountOptions& options);

// The active bans that concern an account. nullopt after the error was printed; `code` is the exit
// code then.
std::optional<AccountBans> bans_of_account(const std::string& account, const std::string& config,
                                           int& code);

}  // namespace mailban::cli
