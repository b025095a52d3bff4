// What reply codes and enhanced status codes mean, and what that means for a mail administrator.
//
// The reply codes of RFC 5321 and of SMTP's extensions, and the IANA registry of enhanced status
// codes (RFC 5248) with every entry up to X.7.30. The sentences are ours; `source` says where the
// code is defined.
#pragma once

#include "mailban/smtp/enhanced_status.h"
#include "mailban/smtp/reply_code.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace mailban {

struct ReplyCodeMeaning {
    std::uint16_t code = 0;
    std::string_view name{};     // a few words
    std::string_view meaning{};  // what the server says with it
    std::string_view advice{};   // what it means for an administrator
    std::string_view source{};   // "RFC 4954, 6": the document and its section
};

// In which classes the registry foresees a code. Servers do not always keep to it.
enum class StatusUse : std::uint8_t { any, success, temporary, permanent, failure };

// One entry serves its classes 2, 4 and 5.
struct EnhancedStatusMeaning {
    std::uint16_t subject = 0;
    std::uint16_t detail = 0;
    StatusUse use = StatusUse::any;
    std::string_view name{};
    std::string_view meaning{};
    std::string_view advice{};
    std::string_view source{};
};

// nullptr: no document that mailban knows of defines it.
const ReplyCodeMeaning* meaning_of(ReplyCode code) noexcept;
const EnhancedStatusMeaning* meaning_of(const EnhancedStatus& status) noexcept;

// Whether the registry foresees the status in its class.
bool is_foreseen(const EnhancedStatusMeaning& meaning, const EnhancedStatus& status) noexcept;

// "success", "go on", "temporary", "permanent": what the first digit says.
std::string_view class_name(std::uint16_t status_class) noexcept;
// What the second number of an enhanced code speaks of; empty: nothing that is registered.
std::string_view subject_name(std::uint16_t subject) noexcept;

// All there are, in ascending order: the enhanced ones up to X.4.7, and from X.5.0 on.
std::span<const ReplyCodeMeaning> reply_code_meanings() noexcept;
std::span<const EnhancedStatusMeaning> delivery_meanings() noexcept;
std::span<const EnhancedStatusMeaning> policy_meanings() noexcept;

}  // namespace mailban
