// Under which names mail servers run and log on the systems that mailban knows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailban {

// Whether a unit of systemd is a mail server's: "postfix@-.service", "dovecot.service". A template
// itself ("postfix@.service") is none.
bool is_mail_unit(std::string_view unit) noexcept;

// The units to follow, of those that a machine has: mail servers' each once, in order; of a
// template without an instance, the one that Debian's Postfix has ("postfix@-.service").
std::vector<std::string> mail_units_of(const std::vector<std::string>& units);

// The units that may have entries without a file of theirs, exactly, and what mail servers call
// themselves where they run in no unit of their own.
const std::vector<std::string_view>& mail_units();
const std::vector<std::string_view>& mail_identifiers();

}  // namespace mailban
