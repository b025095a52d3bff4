// What of a configuration works on this machine: logs, their parser, the clock, the firewall.
// Looks only; changes nothing.
#pragma once

#include "mailban/config/config.h"
#include "mailban/parse/concern.h"

#include <cstdint>
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

std::vector<Finding> check_machine(const Config& config, const std::string& config_path);

}  // namespace mailban::io
