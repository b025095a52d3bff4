// SMTP reply codes (RFC 5321, 4.2; AUTH codes of RFC 4954): only the shape and what it implies.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mailban {

class ReplyCode {
public:
    // Three digits, the first 2..5, the second 0..5, and nothing else.
    static std::optional<ReplyCode> parse(std::string_view text);

    std::uint16_t value() const noexcept { return value_; }
    bool is_temporary() const noexcept { return value_ / 100 == 4; }
    bool is_permanent() const noexcept { return value_ / 100 == 5; }

    auto operator<=>(const ReplyCode&) const = default;

private:
    constexpr explicit ReplyCode(std::uint16_t value) : value_(value) {}
    std::uint16_t value_;
};

}  // namespace mailban
