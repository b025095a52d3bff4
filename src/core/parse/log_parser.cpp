#include "mailban/parse/log_parser.h"

#include "mailban/time/log_stamp.h"

#include "routing.h"

namespace mailban {

LogParser::LogParser(MailServers servers, Zone zone, const std::vector<PatternSpec>& patterns)
    : servers_(servers), zone_(std::move(zone))
{
    for (const auto& spec : patterns) {
        if (auto pattern = Pattern::compile(spec)) patterns_.push_back(std::move(*pattern));
    }
}

std::optional<Event> LogParser::parse(std::string_view line, Timestamp now)
{
    const auto header = read_line_header(line);
    auto event = header ? parse_behind(*header, now) : std::nullopt;
    return event ? event : read_patterns({line, header, zone_, now});
}

std::optional<Event> LogParser::parse(const LogMessage& entry)
{
    const std::optional<LineHeader> header = LineHeader{.style = HeaderStyle::journal,
                                                        .host = entry.host,
                                                        .program = entry.program,
                                                        .pid = entry.pid,
                                                        .message = entry.text,
                                                        .time = entry.time};
    auto event = parse_behind(*header, entry.time);
    return event ? event : read_patterns({entry.text, header, zone_, entry.time});
}

std::optional<Event> LogParser::read_patterns(const PatternLine& line) const
{
    std::optional<Event> event;
    for (const auto& pattern : patterns_) {
        auto other = pattern.read(line);
        if (!other) continue;
        if (event && (event->ip != other->ip || event->kind != other->kind)) return std::nullopt;
        if (!event) event = std::move(other);
    }
    return event;
}

std::optional<Event> LogParser::parse_behind(const LineHeader& header, Timestamp now)
{
    auto server = servers_.only();
    if (!server) server = server_of(header);
    if (!server || !servers_.contains(*server)) return std::nullopt;
    return parse_message(*server, header, now);
}

std::optional<Event> LogParser::parse_message(MailServer server, const LineHeader& header,
                                              Timestamp now)
{
    switch (server) {
    case MailServer::exim: return read(exim_, header, now);
    default: return std::nullopt;
    }
}

template <class Parser>
std::optional<Event> LogParser::read(Parser& parser, const LineHeader& header, Timestamp now)
{
    if (!Parser::may_matter(header)) return std::nullopt;
    const auto time = time_of(Parser::kServer, header, now);
    if (!time) return std::nullopt;
    auto event = parser.read({.time = *time,
                              .host = header.host,
                              .program = header.program,
                              .pid = header.pid,
                              .text = header.message});
    if (!event) return std::nullopt;
    event->time = *time;
    event->server = Parser::kServer;
    if (!event->pid) event->pid = header.pid;
    return event;
}

std::optional<Timestamp> LogParser::time_of(MailServer server, const LineHeader& header,
                                            Timestamp now) const
{
    // Traditional syslog's stamp has no year; Exim's own, behind it, has.
    if (server == MailServer::exim && header.style == HeaderStyle::rfc3164) {
        const auto own = split_exim_line(header.message).stamp;
        if (!own.empty()) {
            const auto stamp = read_plain_stamp(own, zone_);
            if (!stamp) return std::nullopt;
            return stamp->time;
        }
    }
    return header_time(header, zone_, now);
}

}  // namespace mailban
