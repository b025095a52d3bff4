// Enhanced mail system status codes "class.subject.detail" (RFC 3463; registry of RFC 5248).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailban {

struct EnhancedStatus {
    std::uint16_t status_class = 0;  // 2 success, 4 persistent transient failure, 5 permanent
    std::uint16_t subject = 0;       // 0..999
    std::uint16_t detail = 0;        // 0..999

    // "5.7.8" and nothing else; no leading zeros, class 2, 4 or 5.
    static std::optional<EnhancedStatus> parse(std::string_view text);

    bool is_temporary() const noexcept { return status_class == 4; }
    std::string to_string() const;

    auto operator<=>(const EnhancedStatus&) const = default;
};

}  // namespace mailban
