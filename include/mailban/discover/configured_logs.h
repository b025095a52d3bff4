// Where servers' own configurations have them log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

// A piece of a server's configuration: a path, or a pattern where it is in several.
struct KnownConfiguration {
    enum class Server : std::uint8_t { dovecot, exim, postfix };
    Server server = Server::dovecot;
    std::string_view path{};
};
const std::vector<KnownConfiguration>& known_configurations();

// The files that a piece of a server's configuration names as its logs: absolute paths, patterns
// where the server puts a date into the name (Exim's %D). A name that is put together from
// variables is none. Takes any bytes.
std::vector<std::string> configured_logs(KnownConfiguration::Server server, std::string_view text);

}  // namespace mailban
