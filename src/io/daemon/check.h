// What of a configuration works on this machine: logs, their parser, the clock, the firewall.
// Looks only; changes nothing.
#pragma once

#include "mailban/config/config.h"
#include "mailban/parse/concern.h"
#include "mailban/service/sandbox.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

struct Finding {
    enum class Grade : std::uint8_t { well, warning, wrong };
    Grade grade = Grade::well;
    std::string subject{};  // "log /var/log/exim4/mainlog", "clock", "firewall"
    std::string text{};
};

// A warning for each of the concerns that the end of a log has raised.
void add_concerns(const std::string& subject, const LogConcerns& concerns,
                  std::vector<Finding>& findings);

// `sandbox`: of the unit that runs with this configuration, where it is to be judged, too.
std::vector<Finding> check_machine(const Config& config, const std::string& config_path,
                                   const std::optional<Sandbox>& sandbox = std::nullopt);

// Why the sandbox does not show a path to the service, with the way out; nullopt: it does, as far
// as is known.
std::optional<std::string> hidden_text(const std::string& path,
                                       const std::optional<Sandbox>& sandbox);

}  // namespace mailban::io
