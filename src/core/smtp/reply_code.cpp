#include "mailban/smtp/reply_code.h"

namespace mailban {

std::optional<ReplyCode> ReplyCode::parse(std::string_view text)
{
    if (text.size() != 3) return std::nullopt;
    if (text[0] < '2' || text[0] > '5') return std::nullopt;
    if (text[1] < '0' || text[1] > '5') return std::nullopt;
    if (text[2] < '0' || text[2] > '9') return std::nullopt;
    const int value = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
    return ReplyCode(static_cast<std::uint16_t>(value));
}

}  // namespace mailban
