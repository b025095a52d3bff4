// What `mailban import` reads of fail2ban and csf: their files, fail2ban's database, and whether
// they run.
#pragma once

#include "mailban/config/config.h"
#include "mailban/discover/all_sources.h"
#include "mailban/import/csf.h"
#include "mailban/import/fail2ban.h"
#include "mailban/result.h"

#include <string>
#include <vector>

namespace mailban::io {

// The *.conf and *.local files of fail2ban's folder, of jail.d and fail2ban.d below it, and those
// that [INCLUDES] of these names. An error where the folder cannot be read.
Result<Fail2banFiles> read_fail2ban_files(const std::string& folder);

// csf's files in `folder` (/etc/csf), and the temporary lists in `state` (/var/lib/csf).
Result<CsfFiles> read_csf_files(const std::string& folder, const std::string& state);

// The bans of fail2ban's database, which is only read; it may be in use.
Result<std::vector<Fail2banRow>> read_fail2ban_bans(const std::string& path);

// Whether a process with the number in this file runs.
bool is_running(const std::string& pid_file);

// How a log, or the files that a pattern fits, stand here.
LogState log_state(const std::string& path, const Config& config, const Found& found);

}  // namespace mailban::io
