// RFC 5424 behind its stamp: "HOST APP PID MSGID [data] message".
#include "mailban/scan.h"

#include "header_fields.h"

namespace mailban {

namespace {

// One "[id name="value" …]"; within a value, backslash takes the next character's meaning away.
bool take_structured_element(std::string_view& text) noexcept
{
    bool is_quoted = false;
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (is_quoted && text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            is_quoted = !is_quoted;
        } else if (text[at] == ']' && !is_quoted) {
            text.remove_prefix(at + 1);
            return true;
        }
    }
    return false;
}

bool take_structured_data(std::string_view& text) noexcept
{
    if (take(text, "-")) return true;
    if (!text.starts_with('[')) return false;
    while (text.starts_with('[')) {
        if (!take_structured_element(text)) return false;
    }
    return true;
}

}  // namespace

bool take_rfc5424_fields(std::string_view text, LineHeader& header) noexcept
{
    const auto host = take_until(text, ' ');
    if (host.empty() || !take(text, " ")) return false;
    const auto program = take_until(text, ' ');
    if (program.empty() || !take(text, " ")) return false;
    auto process = take_until(text, ' ');
    if (!take(text, " ")) return false;
    take_until(text, ' ');  // message id
    if (!take(text, " ") || !take_structured_data(text)) return false;
    if (!text.empty() && !take(text, " ")) return false;
    // rsyslog keeps the blank that stood in front of the message.
    take(text, " ");
    take(text, "\xef\xbb\xbf");
    header.host = host;
    header.program = program;
    header.pid = take_number<std::uint32_t>(process);
    header.message = text;
    return true;
}

}  // namespace mailban
