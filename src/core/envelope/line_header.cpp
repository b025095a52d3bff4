#include "mailban/envelope/line_header.h"

#include "mailban/envelope/program_header.h"
#include "mailban/scan.h"
#include "mailban/time/log_stamp.h"

namespace mailban {

namespace {

constexpr std::size_t kRfc3164StampLength = 15;

bool looks_like_rfc3164_stamp(std::string_view text) noexcept
{
    return text.size() > kRfc3164StampLength && text[3] == ' ' && text[6] == ' ' &&
           text[9] == ':' && text[12] == ':' && text[15] == ' ';
}

bool looks_like_iso_stamp(std::string_view text) noexcept
{
    return text.size() > 19 && text[4] == '-' && text[7] == '-' && text[10] == 'T' &&
           text[13] == ':' && text[16] == ':';
}

// A host's name or address. What else stands there belongs to the message of a program that writes
// none: `{"level":"NOTICE",…"helo":"x exim[1]: …`, or `auth(a b,192.0.2.7,…)<…>: …` of Dovecot's
// own log, must not become a host and a program.
bool is_host(std::string_view text) noexcept
{
    return text.find_first_of("{}[]()<>\"'=,;") == std::string_view::npos;
}

// "prog[pid]: " or "prog: ". The program's name holds none of the characters that end it.
bool take_tag(std::string_view& text, LineHeader& header) noexcept
{
    const auto length = text.find_first_of(" [:(");
    if (length == 0 || length == std::string_view::npos) return false;
    if (text[length] == ' ' || text[length] == '(') return false;
    header.program = text.substr(0, length);
    text.remove_prefix(length);
    if (take(text, "[")) {
        header.pid = take_number<std::uint32_t>(text);
        if (!header.pid || !take(text, "]")) return false;
    }
    if (!take(text, ":")) return false;
    take(text, " ");
    header.message = text;
    return true;
}

// "host prog[pid]: "; some writers leave the host out. A server may stamp a log of its own alike.
bool take_host_and_tag(std::string_view text, LineHeader& header) noexcept
{
    auto without_host = text;
    const auto host = take_until(text, ' ');
    if (host.ends_with(':')) return take_tag(without_host, header);
    header.host = host;
    return is_host(host) && take(text, " ") && take_tag(text, header);
}

// "<38>"
bool take_priority(std::string_view& text) noexcept
{
    auto rest = text;
    if (!take(rest, "<") || !take_number<std::uint16_t>(rest) || !take(rest, ">")) return false;
    text = rest;
    return true;
}

// One "[id name="value" …]"; within a value, backslash takes the next character's meaning away.
bool take_structured_element(std::string_view& text) noexcept
{
    bool quoted = false;
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (quoted && text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            quoted = !quoted;
        } else if (text[at] == ']' && !quoted) {
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

// "[23/Nov/2026 22:30:58] ", "[23-Nov-2026 22:30:58 +0100]: "
std::optional<LineHeader> read_bracketed(std::string_view line) noexcept
{
    constexpr std::size_t kBare = 21;
    if (line.size() <= kBare || (line[3] != '/' && line[3] != '-') || line[7] != line[3] ||
        line[12] != ' ' || line[15] != ':' || line[18] != ':' || !is_digit(line[1])) {
        return std::nullopt;
    }
    LineHeader header;
    header.style = line[3] == '/' ? HeaderStyle::slashes : HeaderStyle::hyphens;
    header.stamp = line;
    take_until(line, ']');
    if (!take(line, "]: ") && !take(line, "] ")) return std::nullopt;
    header.message = line;
    return header;
}

std::optional<LineHeader> read_rfc5424(std::string_view text) noexcept
{
    LineHeader header;
    header.style = HeaderStyle::rfc5424;
    header.stamp = text;
    if (!looks_like_iso_stamp(text)) return std::nullopt;
    take_until(text, ' ');
    if (!take(text, " ")) return std::nullopt;
    header.host = take_until(text, ' ');
    if (!take(text, " ")) return std::nullopt;
    header.program = take_until(text, ' ');
    if (!take(text, " ")) return std::nullopt;
    auto process = take_until(text, ' ');
    header.pid = take_number<std::uint32_t>(process);
    if (!take(text, " ")) return std::nullopt;
    take_until(text, ' ');  // message id
    if (!take(text, " ") || !take_structured_data(text)) return std::nullopt;
    take(text, " ");
    take(text, "\xef\xbb\xbf");
    header.message = text;
    return header;
}

std::optional<LineHeader> read_usual_header(std::string_view line) noexcept
{
    if (take_priority(line) && take(line, "1 ")) return read_rfc5424(line);

    if (line.starts_with('[')) return read_bracketed(line);
    LineHeader header;
    header.stamp = line;
    if (const auto length = plain_stamp_length(line); length > 0) {
        header.style = HeaderStyle::plain;
        header.message = line.substr(length);
        return header;
    }
    if (looks_like_rfc3164_stamp(line)) {
        line.remove_prefix(kRfc3164StampLength);
    } else if (looks_like_iso_stamp(line)) {
        header.style = HeaderStyle::iso;
        take_until(line, ' ');
    } else {
        return std::nullopt;
    }
    if (!take(line, " ")) return std::nullopt;
    if (take_host_and_tag(line, header)) return header;
    return LineHeader{.style = header.style, .stamp = header.stamp, .message = line};
}

}  // namespace

std::size_t plain_stamp_length(std::string_view text) noexcept
{
    constexpr std::size_t kBare = 19;
    if (text.size() <= kBare || text[4] != '-' || text[7] != '-' || text[10] != ' ' ||
        text[13] != ':' || text[16] != ':' || !is_digit(text[0])) {
        return 0;
    }
    auto rest = text.substr(kBare);
    if (take(rest, ".") || take(rest, ",")) take_until(rest, ' ');
    if (rest.size() > 6 && (rest.starts_with(" +") || rest.starts_with(" -")) && rest[6] == ' ')
        rest.remove_prefix(6);
    return take(rest, " ") ? text.size() - rest.size() : 0;
}

std::optional<LineHeader> read_line_header(std::string_view line) noexcept
{
    if (auto header = read_usual_header(line)) return header;
    return read_program_header(line);
}

std::optional<Timestamp> header_time(const LineHeader& header, const Zone& zone, Timestamp now)
{
    if (header.style == HeaderStyle::journal) return header.time;
    const auto read = [&]() -> std::optional<LogStamp> {
        switch (header.style) {
        case HeaderStyle::rfc3164: return read_syslog_stamp(header.stamp, zone, now);
        case HeaderStyle::iso:
        case HeaderStyle::rfc5424: return read_iso_stamp(header.stamp, zone);
        case HeaderStyle::plain: return read_plain_stamp(header.stamp, zone);
        case HeaderStyle::slashes:
        case HeaderStyle::hyphens: return read_bracketed_stamp(header.stamp, zone);
        case HeaderStyle::program: return read_program_stamp(header.stamp, zone);
        case HeaderStyle::journal: break;
        }
        return std::nullopt;
    };
    const auto stamp = read();
    if (!stamp) return std::nullopt;
    return stamp->time;
}

}  // namespace mailban
