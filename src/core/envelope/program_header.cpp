#include "mailban/envelope/program_header.h"

#include "mailban/scan.h"

#include <algorithm>

namespace mailban {

namespace {

// A '0' of `shape` stands for any digit.
bool has_shape(std::string_view text, std::string_view shape) noexcept
{
    if (text.size() < shape.size()) return false;
    return std::equal(shape.begin(), shape.end(), text.begin(), [](char wanted, char c) {
        return wanted == '0' ? is_digit(c) : wanted == c;
    });
}

constexpr std::string_view kSlashes = "0000/00/00 00:00:00 ";
constexpr std::string_view kDay = "[0000-00-00 00:00:00";
constexpr std::string_view kIso = "[0000-00-00T00:00:00";

constexpr CharacterSet kOfThreads = kDigits.with("ABCDEF:-");

// Eats "[000738:000027-00007F1164C23700] ", "[28325:00010-3735542592] "
bool take_domino_thread(std::string_view& text) noexcept
{
    auto rest = text;
    if (!take(rest, "[")) return false;
    const auto thread = take_until(rest, ']');
    const bool is_thread = thread.find(':') != std::string_view::npos &&
                           thread.find('-') != std::string_view::npos &&
                           kOfThreads.has_all_of(thread);
    if (!is_thread || !take(rest, "] ")) return false;
    text = rest;
    return true;
}

// The length of a date and a time as Domino's host prints them; 0: they are not there.
std::size_t domino_stamp_length(std::string_view text) noexcept
{
    if (has_shape(text, "00-00-0000 00:00:00 ") || has_shape(text, "0000-00-00 00:00:00 ") ||
        has_shape(text, "00.00.0000 00:00:00 "))
        return 19;
    // Of "11/12/2026" nobody knows the month, but those who write AM and PM put it first.
    const bool is_american =
        has_shape(text, "00/00/0000 00:00:00 AM ") || has_shape(text, "00/00/0000 00:00:00 PM ");
    return is_american ? 22 : 0;
}

// Eats "[smtp_server:12] ", "[12] ", in colours or not
bool take_postal_process(std::string_view& text) noexcept
{
    auto rest = text;
    skip_colours(rest);
    if (!take(rest, "[")) return false;
    const auto process = take_until(rest, ']');
    const bool is_process = !process.empty() && process.find(' ') == std::string_view::npos;
    if (!is_process || !take(rest, "]")) return false;
    skip_colours(rest);
    if (!take(rest, " ")) return false;
    text = rest;
    return true;
}

bool is_apache_stamp(std::string_view text) noexcept
{
    // "[Mon Nov 23 22:30:58"
    return text.size() > 27 && text[0] == '[' && text[4] == ' ' && text[8] == ' ' &&
           has_shape(text.substr(11), " 00:00:00");
}

// The place of the time in `{"reqId":"…","level":2,"time":"2026-…`; 0: this is no such line.
std::size_t nextcloud_time(std::string_view text) noexcept
{
    constexpr std::string_view kRequest = "{\"reqId\":\"";
    auto rest = text;
    if (!take(rest, kRequest)) return 0;
    const auto request = take_until(rest, '"');
    if (request.find('\\') != std::string_view::npos || !take(rest, "\",\"level\":")) return 0;
    if (!take_number<unsigned>(rest) || !take(rest, ",\"time\":\"")) return 0;
    return text.size() - rest.size();
}

// Where the message begins, of a line whose form is known; nullopt: the header does not end.
std::optional<std::string_view> message_behind(ProgramForm form, std::string_view line) noexcept
{
    auto text = line;
    switch (form) {
    case ProgramForm::nginx: return text.substr(kSlashes.size());
    case ProgramForm::nextcloud: return text;
    case ProgramForm::domino:
        take_domino_thread(text);
        text.remove_prefix(domino_stamp_length(text));
        text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ')));
        return text;
    case ProgramForm::postal: take_postal_process(text); [[fallthrough]];
    case ProgramForm::python:
    case ProgramForm::snappymail:
    case ProgramForm::apache: break;
    }
    take_until(text, ']');
    if (!take(text, "]")) return std::nullopt;
    // "[69105e66]": the request.
    if (form == ProgramForm::snappymail && take(text, "[")) {
        take_until(text, ']');
        if (!take(text, "]")) return std::nullopt;
    }
    if (!take(text, " ")) return std::nullopt;
    return text;
}

// "2026" and so on, of given widths, each within its bounds.
class Fields {
public:
    explicit Fields(std::string_view text) : text_(text) {}

    unsigned number(std::size_t width, unsigned lowest, unsigned highest) noexcept
    {
        unsigned value = 0;
        for (std::size_t index = 0; index < width; ++index) {
            if (text_.empty() || !is_digit(text_.front())) return fail();
            value = value * 10 + static_cast<unsigned>(text_.front() - '0');
            text_.remove_prefix(1);
        }
        return value < lowest || value > highest ? fail() : value;
    }
    void literal(std::string_view wanted) noexcept
    {
        if (!take(text_, wanted)) fail();
    }
    unsigned month() noexcept
    {
        constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
        const auto at =
            text_.size() < 3 ? std::string_view::npos : kMonths.find(text_.substr(0, 3));
        if (at == std::string_view::npos || at % 3 != 0) return fail();
        text_.remove_prefix(3);
        return static_cast<unsigned>(at / 3) + 1;
    }
    bool takes(std::string_view wanted) noexcept { return take(text_, wanted); }
    // Cut to microseconds; zero where there is none.
    std::chrono::microseconds fraction() noexcept
    {
        if (!take(text_, ".")) return {};
        std::int64_t micros = 0;
        std::size_t digits = 0;
        for (std::int64_t unit = 100'000; !text_.empty() && is_digit(text_.front()); unit /= 10) {
            micros += (text_.front() - '0') * unit;
            text_.remove_prefix(1);
            ++digits;
        }
        if (digits == 0 || digits > 9) fail();
        return std::chrono::microseconds(micros);
    }
    std::chrono::seconds clock() noexcept
    {
        const std::chrono::hours hour(number(2, 0, 23));
        literal(":");
        const std::chrono::minutes minute(number(2, 0, 59));
        literal(":");
        return hour + minute + std::chrono::seconds(number(2, 0, 60));
    }
    std::chrono::sys_days date(unsigned year, unsigned month, unsigned day) noexcept
    {
        const auto date = std::chrono::year(static_cast<int>(year)) / std::chrono::month(month) /
                          std::chrono::day(day);
        if (date.ok()) return date;
        fail();
        return {};
    }
    unsigned fail() noexcept
    {
        ok_ = false;
        return 0;
    }
    bool ok() const noexcept { return ok_; }
    std::size_t left() const noexcept { return text_.size(); }

private:
    std::string_view text_;
    bool ok_ = true;
};

std::optional<LogStamp> stamped(const Fields& fields, std::string_view text,
                                const std::optional<Timestamp>& time)
{
    if (!fields.ok() || !time) return std::nullopt;
    return LogStamp{*time, text.size() - fields.left(), false};
}

std::optional<LogStamp> read_slashes(std::string_view text, const Zone& zone, Timestamp now)
{
    Fields fields(text);
    const auto year = fields.number(4, 0, 9999);
    fields.literal("/");
    const auto month = fields.number(2, 1, 12);
    fields.literal("/");
    const auto day = fields.number(2, 1, 31);
    fields.literal(" ");
    const auto clock = fields.clock();
    const Timestamp local = fields.date(year, month, day) + clock;
    return stamped(fields, text, utc_of(local, zone, now));
}

// "23-11-2026 22:30:58", "23.11.2026 …", "2026-11-23 …", "11/23/2026 10:30:58 PM"
std::optional<LogStamp> read_domino(std::string_view text, const Zone& zone, Timestamp now)
{
    if (has_shape(text, "0000-")) return read_plain_stamp(text.substr(0, 19), zone, now);
    Fields fields(text);
    const bool is_american = has_shape(text, "00/");
    const auto first = fields.number(2, 1, 31);
    const std::string_view between = text.substr(2, 1);
    fields.literal(between);
    const auto second = fields.number(2, 1, 31);
    fields.literal(between);
    const auto year = fields.number(4, 0, 9999);
    fields.literal(" ");
    auto clock = fields.clock();
    if (is_american) {
        const bool is_afternoon = fields.takes(" PM");
        if (!is_afternoon) fields.literal(" AM");
        if (clock < std::chrono::hours(1) || clock >= std::chrono::hours(13)) fields.fail();
        if (clock >= std::chrono::hours(12)) clock -= std::chrono::hours(12);
        if (is_afternoon) clock += std::chrono::hours(12);
    }
    const auto month = is_american ? first : second;
    const auto day = is_american ? second : first;
    const Timestamp local = fields.date(year, month, day) + clock;
    return stamped(fields, text, utc_of(local, zone, now));
}

// "[Mon Nov 23 22:30:58.123456 2026]"
std::optional<LogStamp> read_apache(std::string_view text, const Zone& zone, Timestamp now)
{
    constexpr std::size_t kWeekday = 5;
    Fields fields(text.substr(kWeekday));
    const auto month = fields.month();
    fields.literal(" ");
    const auto day = fields.takes(" ") ? fields.number(1, 1, 9) : fields.number(2, 1, 31);
    fields.literal(" ");
    const auto clock = fields.clock();
    const auto fraction = fields.fraction();
    fields.literal(" ");
    const auto year = fields.number(4, 0, 9999);
    fields.literal("]");
    const Timestamp local = fields.date(year, month, day) + clock + fraction;
    return stamped(fields, text, utc_of(local, zone, now));
}

// "[2026-11-23 22:30:58,601]", "[2026-11-23 22:30:58 UTC]", "[2026-11-23T22:30:58.123]"
std::optional<LogStamp> read_in_brackets(std::string_view text, const Zone& zone, Timestamp now)
{
    constexpr std::string_view kUtc = " UTC";
    auto inside = text.substr(1, text.find(']') - 1);
    const bool is_utc = inside.ends_with(kUtc);
    if (is_utc) inside.remove_suffix(kUtc.size());
    const Zone used = is_utc ? Zone() : zone;
    const auto stamp = inside.find('T') == 10 ? read_iso_stamp(inside, used, now)
                                              : read_plain_stamp(inside, used, now);
    if (!stamp || stamp->length != inside.size()) return std::nullopt;
    return LogStamp{stamp->time, text.find(']') + 1, is_utc || stamp->has_offset};
}

}  // namespace

void skip_colours(std::string_view& text) noexcept
{
    while (text.starts_with("\x1b[")) {
        const auto end = text.find_first_not_of("0123456789;", 2);
        if (end == std::string_view::npos || text[end] != 'm') return;
        text.remove_prefix(end + 1);
    }
}

std::size_t nginx_stamp_length(std::string_view text) noexcept
{
    return has_shape(text, kSlashes) ? kSlashes.size() : 0;
}

std::optional<ProgramForm> program_form(std::string_view stamp) noexcept
{
    if (nginx_stamp_length(stamp) > 0) return ProgramForm::nginx;
    if (nextcloud_time(stamp) > 0) return ProgramForm::nextcloud;
    if (has_shape(stamp, kDay))
        return stamp.size() > kDay.size() && stamp[kDay.size()] == ',' ? ProgramForm::python
                                                                       : ProgramForm::snappymail;
    if (is_apache_stamp(stamp)) return ProgramForm::apache;
    auto rest = stamp;
    if (take_domino_thread(rest) && domino_stamp_length(rest) > 0) return ProgramForm::domino;
    rest = stamp;
    if (take_postal_process(rest) && has_shape(rest, kIso)) return ProgramForm::postal;
    return std::nullopt;
}

std::optional<LineHeader> read_program_header(std::string_view line) noexcept
{
    const auto form = program_form(line);
    if (!form) return std::nullopt;
    const auto message = message_behind(*form, line);
    if (!message) return std::nullopt;
    return LineHeader{.style = HeaderStyle::program, .stamp = line, .message = *message};
}

std::optional<LogStamp> read_program_stamp(std::string_view text, const Zone& zone, Timestamp now)
{
    const auto form = program_form(text);
    if (!form) return std::nullopt;
    auto rest = text;
    const auto behind = [&](std::optional<LogStamp> stamp) {
        if (stamp) stamp->length += text.size() - rest.size();
        return stamp;
    };
    switch (*form) {
    case ProgramForm::nginx: return read_slashes(text, zone, now);
    case ProgramForm::python:
    case ProgramForm::snappymail: return read_in_brackets(text, zone, now);
    case ProgramForm::apache: return read_apache(text, zone, now);
    case ProgramForm::nextcloud:
        rest.remove_prefix(nextcloud_time(text));
        return behind(read_iso_stamp(rest.substr(0, rest.find('"')), zone, now));
    case ProgramForm::postal:
        take_postal_process(rest);
        return behind(read_in_brackets(rest, zone, now));
    case ProgramForm::domino: take_domino_thread(rest); return behind(read_domino(rest, zone, now));
    }
    return std::nullopt;
}

std::optional<LogStamp> read_access_stamp(std::string_view text)
{
    Fields fields(text);
    const auto day = fields.number(2, 1, 31);
    fields.literal("/");
    const auto month = fields.month();
    fields.literal("/");
    const auto year = fields.number(4, 0, 9999);
    fields.literal(":");
    const auto clock = fields.clock();
    fields.literal(" ");
    const bool is_west = fields.takes("-");
    if (!is_west) fields.literal("+");
    const std::chrono::hours hours(fields.number(2, 0, 23));
    const auto offset = hours + std::chrono::minutes(fields.number(2, 0, 59));
    const Timestamp local = fields.date(year, month, day) + clock;
    return stamped(fields, text, is_west ? local + offset : local - offset);
}

}  // namespace mailban
