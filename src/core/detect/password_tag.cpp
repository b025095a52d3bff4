#include "mailban/detect/password_tag.h"

#include "mailban/detect/account.h"

namespace mailban {

Watch::Tag password_tag(const IpAddress& who, const std::optional<PasswordMark>& password,
                        std::uint64_t seed) noexcept
{
    const Watch::Tag half = tag_of(who, seed) & kWho;
    if (!password) return half | Watch::kNoMark;
    // Hashed with the secret seed: nobody can choose guesses that look alike here.
    const auto mixed = IpAddress::v4(
        static_cast<std::uint8_t>(*password >> 24U), static_cast<std::uint8_t>(*password >> 16U),
        static_cast<std::uint8_t>(*password >> 8U), static_cast<std::uint8_t>(*password));
    return half | (tag_of(mixed, seed) & kPassword & ~Watch::kNoMark);
}

}  // namespace mailban
