// What the daemon would tell mail servers that ask of an account now, for `mailban show ACCOUNT`.
#pragma once

#include "cli/command.h"
#include "mailban/net/ip_address.h"

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace mailban::cli {

// The daemon's answer (docs/json.md, Door) for this client; nullopt: for one that nobody knows.
// Null where no daemon runs or answers, and where no server may ask.
nlohmann::ordered_json door_answers(const DaemonOptions& options, const std::string& account,
                                    const std::optional<IpAddress>& address);

// "allow", "deny", "deny imap, delay pop3": what is not allowed comes first; "-" of null.
std::string door_cell(const nlohmann::ordered_json& answers);
// "deny imap (account under attack), allow pop3, submission, smtp, sieve".
std::string door_sentence(const nlohmann::ordered_json& answers);

}  // namespace mailban::cli
