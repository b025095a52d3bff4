#include "mailban/envelope/line_header.h"

#include "mailban/envelope/program_header.h"
#include "mailban/scan.h"
#include "mailban/time/log_stamp.h"

#include "header_fields.h"
#include "stamp_shape.h"

namespace mailban {

namespace {

using Header = std::optional<LineHeader>;

// The header of a line that begins with the stamp of that style, and has no further fields.
LineHeader bare(HeaderStyle style, std::string_view line, std::size_t stamp_length) noexcept
{
    auto message = line.substr(stamp_length);
    take(message, " ");
    return {.style = style, .stamp = line, .message = message};
}

// The same, and the fields that `take_fields` finds.
template <class TakeFields>
LineHeader with_fields(LineHeader header, TakeFields take_fields) noexcept
{
    const auto fields = header.message;
    if (take_fields(fields, header)) return header;
    return {.style = header.style, .stamp = header.stamp, .message = fields};
}

// "[23/Nov/2026 22:30:58] ", "[23-Nov-2026 22:30:58 +0100]: ", "[  123.456789] host prog: "
Header read_bracketed(std::string_view line) noexcept
{
    if (const auto length = monotonic_stamp_shape(line); length > 0)
        return with_fields(bare(HeaderStyle::monotonic, line, length), take_journalctl_fields);
    const auto length = bracketed_stamp_shape(line);
    if (length == 0) return std::nullopt;
    LineHeader header;
    header.style = line[3] == '/' ? HeaderStyle::slashes : HeaderStyle::hyphens;
    header.stamp = line;
    line.remove_prefix(length);
    if (!take(line, ": ") && !take(line, " ")) return std::nullopt;
    header.message = line;
    return header;
}

Header read_rfc5424(std::string_view text) noexcept
{
    const auto length = iso_stamp_shape(text);
    if (length == 0) return std::nullopt;
    auto header = bare(HeaderStyle::rfc5424, text, length);
    if (!take_rfc5424_fields(header.message, header)) return std::nullopt;
    return header;
}

// Without "<PRI>1 ", the number of the process has to tell RFC 5424 from words of a message.
bool looks_like_rfc5424(const LineHeader& header) noexcept
{
    auto text = header.message;
    for (int field = 0; field < 2; ++field) {
        if (take_until(text, ' ').find_first_of("[]():") != std::string_view::npos) return false;
        if (!take(text, " ")) return false;
    }
    if (take(text, "- ")) return true;
    return take_number<std::uint32_t>(text) && text.starts_with(' ');
}

LineHeader read_iso(std::string_view line, std::size_t length) noexcept
{
    auto header = bare(HeaderStyle::iso, line, length);
    const auto fields = header.message;
    // A container's log: a line of its own follows.
    if (begins_with_stamp(fields)) return header;
    if (take_host_and_tag(fields, header)) return header;
    header = bare(HeaderStyle::iso, line, length);
    if (!looks_like_rfc5424(header)) return header;
    header.style = HeaderStyle::rfc5424;
    if (take_rfc5424_fields(fields, header)) return header;
    return bare(HeaderStyle::iso, line, length);
}

// "Mon Nov 23 22:30:58 2026 [1795473058.123] mail.warn prog[pid]: " (OpenWrt), or journalctl's.
LineHeader read_weekday(std::string_view line, std::size_t length) noexcept
{
    auto stamped = bare(HeaderStyle::weekday, line, length);
    auto rest = stamped.message;
    if (take(rest, "[")) {
        const auto seconds = take_until(rest, ']');
        const bool is_number = seconds.find_first_not_of("0123456789.") == std::string_view::npos;
        if (is_number && take(rest, "] ")) stamped.message = rest;
    }
    return with_fields(stamped, take_journalctl_fields);
}

Header read_by_first_character(std::string_view line) noexcept
{
    if (line.empty()) return std::nullopt;
    if (line.front() == '[') return read_bracketed(line);
    if (const auto length = syslog_stamp_shape(line); length > 0)
        return with_fields(bare(HeaderStyle::rfc3164, line, length), take_host_and_tag);
    if (const auto length = iso_stamp_shape(line); length > 0) return read_iso(line, length);
    if (const auto length = plain_stamp_shape(line); length > 0)
        return bare(HeaderStyle::plain, line, length);
    if (const auto length = weekday_stamp_shape(line); length > 0)
        return read_weekday(line, length);
    if (const auto length = unix_stamp_shape(line); length > 0)
        return with_fields(bare(HeaderStyle::unix_time, line, length), take_journalctl_fields);
    return std::nullopt;
}

}  // namespace

std::size_t plain_stamp_length(std::string_view text) noexcept
{
    const auto length = plain_stamp_shape(text);
    return length > 0 ? length + 1 : 0;
}

std::optional<LineHeader> read_line_header(std::string_view line) noexcept
{
    take_priority(line);
    auto behind_version = line;
    if (take(behind_version, "1 ")) return read_rfc5424(behind_version);
    if (auto header = read_by_first_character(line)) return header;
    return read_program_header(line);
}

std::optional<LogStamp> header_stamp(const LineHeader& header, const Zone& zone, Timestamp now)
{
    switch (header.style) {
    case HeaderStyle::rfc3164: return read_syslog_stamp(header.stamp, zone, now);
    case HeaderStyle::iso:
    case HeaderStyle::rfc5424:
    case HeaderStyle::plain:
        return plain_stamp_shape(header.stamp) > 0 ? read_plain_stamp(header.stamp, zone, now)
                                                   : read_iso_stamp(header.stamp, zone, now);
    case HeaderStyle::slashes:
    case HeaderStyle::hyphens: return read_bracketed_stamp(header.stamp, zone, now);
    case HeaderStyle::weekday: return read_weekday_stamp(header.stamp, zone, now);
    case HeaderStyle::unix_time: return read_unix_stamp(header.stamp);
    case HeaderStyle::program: return read_program_stamp(header.stamp, zone, now);
    case HeaderStyle::journal:
    case HeaderStyle::monotonic:
    case HeaderStyle::untimed: break;
    }
    return std::nullopt;
}

std::optional<Timestamp> header_time(const LineHeader& header, const Zone& zone, Timestamp now)
{
    if (header.time) return header.time;
    const auto stamp = header_stamp(header, zone, now);
    if (!stamp) return std::nullopt;
    return stamp->time;
}

std::string_view stamp_of(const LineHeader& header) noexcept
{
    const auto& text = header.stamp;
    for (const auto shape :
         {syslog_stamp_shape, iso_stamp_shape, plain_stamp_shape, bracketed_stamp_shape,
          weekday_stamp_shape, unix_stamp_shape, monotonic_stamp_shape}) {
        if (const auto length = shape(text); length > 0) return text.substr(0, length);
    }
    if (header.style != HeaderStyle::program) return {};
    const auto stamp = read_program_stamp(text, Zone(), Timestamp());
    return text.substr(0, stamp ? stamp->length : 0);
}

}  // namespace mailban
