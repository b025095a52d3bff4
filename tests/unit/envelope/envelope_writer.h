// A server's line as every syslog daemon, container engine and logger would print it. Written from
// their formats, independently of what reads them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban::test {

// What a server has said, and how it prints that where nobody else does.
struct ServerLine {
    std::string program{};
    std::string tag{};      // "postfix/smtpd[152]"
    std::string pid = "-";  // "152"
    std::string message{};
    std::string own{};  // with the header that the server, or the syslog daemon beside it, writes
};

// Takes a line of a log apart that has a header; `program`: whose own log it is, if it is one.
std::optional<ServerLine> server_line(std::string_view line, const std::string& program);

struct EnvelopeForm {
    std::string name{};
    std::vector<std::string> (*print)(const ServerLine& line);
};

// Every form, by name. A line may become several of the log.
const std::vector<EnvelopeForm>& envelope_forms();

}  // namespace mailban::test
