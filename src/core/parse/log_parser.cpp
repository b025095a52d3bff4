#include "mailban/parse/log_parser.h"

#include "mailban/parse/exim.h"
#include "mailban/parse/line_header.h"
#include "mailban/time/log_stamp.h"

#include <algorithm>
#include <array>

namespace mailban {

namespace {

constexpr std::array<std::string_view, 2> kParserNames{"auto", "exim"};

// "exim", "exim4", "Exim-in": what syslog_processname is likely to be.
bool is_exim_program(std::string_view program) noexcept
{
    return program.starts_with("exim") || program.starts_with("Exim");
}

// Through syslog the header's stamp counts where it has a year and an offset; Exim's own has a
// year at least.
std::optional<Timestamp> time_of(const std::optional<LineHeader>& header, const EximLine& exim,
                                 const Zone& zone, Timestamp now)
{
    const auto own_stamp_is_better = !header || header->style == HeaderStyle::rfc3164;
    if (exim.stamp.empty() || !own_stamp_is_better) return header_time(*header, zone, now);
    const auto stamp = read_exim_stamp(exim.stamp, zone);
    if (!stamp) return std::nullopt;
    return stamp->time;
}

}  // namespace

std::optional<ParserName> parse_parser_name(std::string_view name) noexcept
{
    const auto* const found = std::find(kParserNames.begin(), kParserNames.end(), name);
    if (found == kParserNames.end()) return std::nullopt;
    return static_cast<ParserName>(found - kParserNames.begin());
}

std::string_view to_string(ParserName name) noexcept
{
    return kParserNames[static_cast<std::size_t>(name)];
}

std::span<const std::string_view> parser_names() noexcept
{
    return kParserNames;
}

LogParser::LogParser(ParserName name, Zone zone) : name_(name), zone_(std::move(zone)) {}

std::optional<Event> LogParser::parse(std::string_view line, Timestamp now)
{
    const auto header = read_line_header(line);
    if (header && name_ == ParserName::automatic && !is_exim_program(header->program))
        return std::nullopt;

    const auto exim = split_exim_line(header ? header->message : line);
    // Without any stamp the line is not the beginning of what Exim wrote: a remote server's reply
    // can hold a line feed.
    if (!header && (exim.stamp.empty() || exim.extent != EximExtent::whole)) return std::nullopt;
    if (exim.extent == EximExtent::later_piece) return std::nullopt;
    if (!may_be_exim_event(exim.message)) return std::nullopt;

    const auto time = time_of(header, exim, zone_, now);
    if (!time) return std::nullopt;
    EximScene scene{.extent = exim.extent, .time = *time};
    if (header) scene.host = header->host;
    scene.pid = exim.pid ? exim.pid : header ? header->pid : std::nullopt;
    auto event = read_exim_message(exim.message, scene, exim_peers_);
    if (!event) return std::nullopt;
    event->time = *time;
    event->pid = scene.pid;
    return event;
}

}  // namespace mailban
