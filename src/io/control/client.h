// The command line's side of the control socket.
#pragma once

#include "mailban/control/protocol.h"
#include "mailban/result.h"

#include <string>

namespace mailban::io {

// Why there is no reply.
enum class NoReply : std::uint8_t { not_running, failed };

struct Reply {
    std::string line{};  // JSON, without its newline; empty where there is none
    NoReply why = NoReply::failed;
    std::string error{};
};

// Sends one request to the daemon on `socket_path` and waits for its reply, at most 60 seconds.
Reply ask_daemon(const std::string& socket_path, const Request& request);

}  // namespace mailban::io
