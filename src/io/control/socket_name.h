// The name of a Unix socket that this process is about to bind.
#pragma once

#include "io/asio.h"
#include "mailban/result.h"

#include <string>

namespace mailban::io {

// Makes the directory if need be, and removes what an earlier process has left of its socket. An
// error: another process answers there, or the path is no socket. `subject` begins each error
// ("control socket"), `setting` names the key of the configuration.
Status clear_socket_name(asio::io_context& context, const std::string& path,
                         const std::string& subject, const std::string& setting);

// Whether somebody listens at this socket. `path` is short enough for one. Waits while a listener's
// queue is full.
bool is_answered(asio::io_context& context, const std::string& path);

}  // namespace mailban::io
