// The login failure settings and lists of ConfigServer Firewall (csf and lfd), as mailban would
// have them.
#pragma once

#include "mailban/import/imported.h"
#include "mailban/result.h"

#include <map>
#include <string>

namespace mailban {

// The texts of its files by their names: "csf.conf", "csf.allow", "csf.ignore", "csf.deny",
// "csf.dyndns", "csf.tempban", "csf.tempallow", and those that an "Include /path" of a list names,
// by their path.
using CsfFiles = std::map<std::string, std::string, std::less<>>;

// An error where there is no csf.conf. Takes any bytes.
Result<Imported> read_csf(const CsfFiles& files, Timestamp now);

// The paths that a list includes.
std::vector<std::string> csf_includes(std::string_view list);

}  // namespace mailban
