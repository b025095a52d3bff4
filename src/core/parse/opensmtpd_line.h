// One message of OpenSMTPD, of any version, taken apart.
#pragma once

#include "mailban/net/ip_address.h"
#include "mailban/smtp/enhanced_status.h"
#include "mailban/smtp/reply_code.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mailban {

enum class OpenSmtpdAct : std::uint8_t {
    connected,
    disconnected,
    authentication,  // `outcome` tells how it went
    failed_command,  // `reply` tells the answer
    bad_input,
};

enum class OpenSmtpdOutcome : std::uint8_t { unknown, ok, permfail, tempfail };

struct OpenSmtpdLine {
    std::string_view session{};  // 16 hexadecimal digits
    std::uint64_t id = 0;        // their value
    OpenSmtpdAct act = OpenSmtpdAct::connected;
    std::optional<IpAddress> client{};
    std::optional<std::string_view> user{};
    OpenSmtpdOutcome outcome = OpenSmtpdOutcome::unknown;
    std::string_view command{};  // raw; as OpenSMTPD abridges it for AUTH
    std::optional<ReplyCode> reply{};
    std::optional<EnhancedStatus> enhanced{};
};

// nullopt: a line of another kind, or one that its text leaves in doubt.
std::optional<OpenSmtpdLine> read_opensmtpd_line(std::string_view text) noexcept;

}  // namespace mailban
