// SmtpReply: what a server answered, "535 5.7.8 Authentication failed", taken apart.
#pragma once

#include "mailban/smtp/enhanced_status.h"
#include "mailban/smtp/reply_code.h"

#include <optional>
#include <string_view>

namespace mailban {

struct SmtpReply {
    // One of the two is always there.
    std::optional<ReplyCode> code{};
    std::optional<EnhancedStatus> enhanced{};
    std::string_view text{};  // what follows the codes

    // "535 text", "535-text" (not the last line of a reply), "535 5.7.8 text", "550 #5.1.0 text",
    // "5.7.8 text", each also without text. nullopt: it begins with neither code.
    static std::optional<SmtpReply> parse(std::string_view line) noexcept;

    // The code and the enhanced code speak of different classes, "550 4.7.1": a mistake of the
    // server's, and the code is what clients go by.
    bool contradicts_itself() const noexcept;
    bool is_temporary() const noexcept;
    bool is_permanent() const noexcept;
};

}  // namespace mailban
