#include "mailban/smtp/smtp_reply.h"

#include <algorithm>

namespace mailban {

namespace {

// "5.7.8", or "#5.7.8" as some servers write it, up to a blank or the end.
std::optional<EnhancedStatus> take_enhanced(std::string_view& text) noexcept
{
    auto word = text.substr(0, text.find(' '));
    const auto length = word.size();
    if (word.starts_with('#')) word.remove_prefix(1);
    const auto enhanced = EnhancedStatus::parse(word);
    if (enhanced) text.remove_prefix(std::min(text.size(), length + 1));
    return enhanced;
}

std::optional<ReplyCode> take_code(std::string_view& text) noexcept
{
    constexpr std::size_t kDigits = 3;
    if (text.size() > kDigits && text[kDigits] != ' ' && text[kDigits] != '-') return std::nullopt;
    const auto code = ReplyCode::parse(text.substr(0, kDigits));
    if (code) text.remove_prefix(std::min(text.size(), kDigits + 1));
    return code;
}

}  // namespace

std::optional<SmtpReply> SmtpReply::parse(std::string_view line) noexcept
{
    SmtpReply reply;
    reply.code = take_code(line);
    reply.enhanced = take_enhanced(line);
    reply.text = line;
    if (!reply.code && !reply.enhanced) return std::nullopt;
    return reply;
}

bool SmtpReply::contradicts_itself() const noexcept
{
    return code && enhanced && code->value() / 100 != enhanced->status_class;
}

bool SmtpReply::is_temporary() const noexcept
{
    return code ? code->is_temporary() : enhanced->is_temporary();
}

bool SmtpReply::is_permanent() const noexcept
{
    return code ? code->is_permanent() : enhanced->status_class == 5;
}

}  // namespace mailban
