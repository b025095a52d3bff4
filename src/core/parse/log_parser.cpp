#include "mailban/parse/log_parser.h"

#include "mailban/envelope/repeated_line.h"
#include "mailban/time/log_stamp.h"

#include <algorithm>
#include <utility>

#include "routing.h"

namespace mailban {

namespace {

void multiply_attempts(Event& event, std::uint32_t times)
{
    constexpr auto kMost = LogParser::kMostRepeats;
    const auto all = std::uint64_t{event.attempts} * times;
    event.attempts = static_cast<std::uint32_t>(std::min<std::uint64_t>(all, kMost));
}

}  // namespace

LogParser::LogParser(MailServers servers, Zone zone, const std::vector<PatternSpec>& patterns,
                     const Assurances& assured, std::uint64_t hash_seed)
    : servers_(servers), zone_(std::move(zone))
{
    std::get<EximParser>(parsers_) = EximParser(hash_seed);
    std::get<ZimbraParser>(parsers_) = ZimbraParser(assured);
    std::get<RoundcubeParser>(parsers_) = RoundcubeParser(assured);
    // Else it reads them all the same, to say that they are not believed.
    if (servers.contains(MailServer::sogo)) std::get<SogoParser>(parsers_) = SogoParser(assured);
    if (servers.contains(MailServer::horde)) std::get<HordeParser>(parsers_) = HordeParser(assured);
    for (const auto& spec : patterns) {
        if (auto pattern = Pattern::compile(spec)) patterns_.push_back(std::move(*pattern));
    }
}

std::optional<Event> LogParser::parse(std::string_view line, Timestamp now)
{
    raised_.reset();
    auto event = parse_line(line, now);
    if (raised_) concerns_.note(raised_->server, raised_->concern);
    return event;
}

std::optional<Event> LogParser::parse_line(std::string_view line, Timestamp now)
{
    auto header = read_line_header(line);
    if (!header) {
        last_.reset();
        return read_patterns({line, header, zone_, now});
    }
    if (read_last_repeated(*header)) return repeat_last(*header, now);
    const auto repetition = unwrap_repeated(*header);
    auto event = parse_any(line, header, now);
    // Of a message that was cut, the account may be missing its end.
    if (event && repetition.is_cut) event->account.reset();
    remember(*header, event);
    if (event) multiply_attempts(*event, repetition.times);
    return event;
}

std::optional<Event> LogParser::parse(const LogMessage& entry)
{
    const std::optional<LineHeader> header = LineHeader{.style = HeaderStyle::journal,
                                                        .host = entry.host,
                                                        .program = entry.program,
                                                        .pid = entry.pid,
                                                        .message = entry.text,
                                                        .time = entry.time};
    raised_.reset();
    auto event = parse_any(entry.text, header, entry.time);
    if (raised_) concerns_.note(raised_->server, raised_->concern);
    return event;
}

std::optional<Event> LogParser::parse_any(std::string_view line,
                                          const std::optional<LineHeader>& header, Timestamp now)
{
    confine_to_writer_of(*header, now);
    const auto server = reader_of(*header);
    auto event = server ? parse_message(*server, *header, now) : std::nullopt;
    if (event) return event;
    event = read_patterns({line, header, zone_, now});
    // A pattern has read what the server's parser could not.
    if (event && raised_ && raised_->concern == Concern::ambiguous) raised_.reset();
    return event;
}

void LogParser::raise(MailServer server, Concern concern)
{
    raised_ = LogConcerns::Entry{server, concern, 1};
}

std::optional<Event> LogParser::read_patterns(const PatternLine& line)
{
    std::optional<Event> event;
    for (const auto& pattern : patterns_) {
        auto other = pattern.read(line);
        if (!other) continue;
        if (event && (event->ip != other->ip || event->kind != other->kind)) {
            raise(MailServer::pattern, Concern::ambiguous);
            return std::nullopt;
        }
        if (!event) event = std::move(other);
    }
    return event;
}

Reading LogParser::read_line(std::string_view line, Timestamp now)
{
    Reading reading{.header = read_line_header(line)};
    if (reading.header) {
        unwrap_repeated(*reading.header);
        reading.server = reader_of(*reading.header);
    }
    reading.event = parse(line, now);
    if (raised_) reading.concern = raised_->concern;
    return reading;
}

std::optional<MailServer> LogParser::reader_of(const LineHeader& header) const
{
    auto server = servers_.only();
    if (!server) server = server_of(header);
    if (!server) return std::nullopt;
    const bool is_left_out = *server == MailServer::sogo || *server == MailServer::horde;
    const bool is_to_be_told = is_left_out && servers_.contains(MailServers::any());
    if (!servers_.contains(*server) && !is_to_be_told) return std::nullopt;
    if (confined_ && confined_ != server) return std::nullopt;
    return server;
}

// One line decides for all that follow: it has to be whole.
void LogParser::confine_to_writer_of(const LineHeader& header, Timestamp now)
{
    if (confined_ || servers_.only()) return;
    const auto writer = raw_writer_of(header);
    if (writer && time_of(*writer, header, now)) confined_ = writer;
}

std::optional<Timestamp> LogParser::time_of(const Reading& reading, Timestamp now) const
{
    if (!reading.header) return std::nullopt;
    if (!reading.server) return header_time(*reading.header, zone_, now);
    return time_of(*reading.server, *reading.header, now);
}

// The event stays remembered: the line before may go on being repeated.
std::optional<Event> LogParser::repeat_last(const LineHeader& header, Timestamp now) const
{
    const auto repeated = read_last_repeated(header);
    const auto time = header_time(header, zone_, now);
    if (!repeated || !time || !last_ || last_host_ != repeated->host) return std::nullopt;
    auto event = last_;
    event->time = *time;
    multiply_attempts(*event, repeated->times);
    return event;
}

void LogParser::remember(const LineHeader& header, const std::optional<Event>& event)
{
    if (event && header.style != HeaderStyle::plain) {
        last_ = event;
        last_host_ = header.host;
    } else {
        last_.reset();
    }
}

std::optional<Event> LogParser::parse_message(MailServer server, const LineHeader& header,
                                              Timestamp now)
{
    std::optional<Event> event;
    const auto try_one = [&](auto& parser) {
        if (parser.kServer != server) return false;
        event = read(parser, header, now);
        return true;
    };
    std::apply([&](auto&... parser) { (try_one(parser) || ...); }, parsers_);
    return event;
}

template <class Parser>
std::optional<Event> LogParser::read(Parser& parser, const LineHeader& header, Timestamp now)
{
    if (!Parser::may_matter(header)) return std::nullopt;
    const auto time = time_of(Parser::kServer, header, now);
    if (!time) return std::nullopt;
    ParseResult result = parser.read({.time = *time,
                                      .host = header.host,
                                      .program = header.program,
                                      .pid = header.pid,
                                      .text = header.message,
                                      .read_at = now});
    if (result.concern) raise(Parser::kServer, *result.concern);
    if (result.dispelled) concerns_.dispel(Parser::kServer, *result.dispelled);
    auto& event = result.event;
    if (!event) return std::nullopt;
    event->time = *time;
    event->server = Parser::kServer;
    if (!event->pid) event->pid = header.pid;
    return std::move(event);
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
