#include "mailban/detect/password_tag.h"

#include "mailban/detect/account.h"

namespace mailban {

WindowTable::Value password_tag(const IpAddress& who, const std::optional<PasswordMark>& password,
                                std::uint64_t seed) noexcept
{
    const WindowTable::Value half = distinct_value(who, seed) & kWho;
    if (!password) return half | WindowTable::kNoMark;
    // Hashed with the secret seed: nobody can choose guesses that look alike here.
    const auto mixed = IpAddress::v4(
        static_cast<std::uint8_t>(*password >> 24U), static_cast<std::uint8_t>(*password >> 16U),
        static_cast<std::uint8_t>(*password >> 8U), static_cast<std::uint8_t>(*password));
    return half | (distinct_value(mixed, seed) & kPassword & ~WindowTable::kNoMark);
}

}  // namespace mailban
