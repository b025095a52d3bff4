// The command line's side of the control socket.
#pragma once

#include "mailban/control/protocol.h"
#include "mailban/result.h"

#include <cstdint>
#include <functional>
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

// Sends a request to follow and hands over one line after the other, without its newline: first the
// reply, then what follows, until `take` returns false or the daemon ends. Why it ended:
// not_running also where the daemon was stopped meanwhile; `line` is empty.
Reply follow_daemon(const std::string& socket_path, const Request& request,
                    const std::function<bool(const std::string& line)>& take);

}  // namespace mailban::io
