// `mailban explain FILE`: what became of the lines of logs, and which kinds were not understood.
#pragma once

#include "cli/log_choice.h"
#include "mailban/parse/assurances.h"
#include "mailban/parse/mail_servers.h"

#include <cstddef>
#include <optional>

namespace mailban::cli {

struct ExplainLogsOptions : LogChoice {
    std::optional<MailServers> servers{};  // nullopt: as the configuration says, or any
    Assurances assured{};
    std::size_t top = 20;  // 0: all, those too that do not look like a failed login
    bool json = false;
};

// Reads them and prints what was found; the exit code.
int explain_logs(const ExplainLogsOptions& options);

}  // namespace mailban::cli
