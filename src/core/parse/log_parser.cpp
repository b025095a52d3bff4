#include "mailban/parse/log_parser.h"

#include "mailban/envelope/line_end.h"
#include "mailban/envelope/repeated_line.h"
#include "mailban/parse/consensus.h"
#include "mailban/time/log_stamp.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>
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

bool is_of_server(const LineHeader& header) noexcept
{
    return line_origin(header).server.has_value();
}

// syslog-ng shows so much of a repeated message.
constexpr std::size_t kBeginning = 20;

// Containers of one log that are told apart by whose log they write.
constexpr std::size_t kMostWriters = 256;

}  // namespace

// A line as it stands in the log, and what came out of its envelope.
struct LogParser::Text {
    std::string_view raw{};
    const Envelope& envelope;
};

LogParser::LogParser(MailServers servers, Zone zone, const std::vector<PatternSpec>& patterns,
                     const Assurances& assured, std::uint64_t hash_seed)
    : servers_(servers),
      only_(servers.only()),
      zone_(std::move(zone)),
      unwrapper_(is_of_server),
      filter_(servers)
{
    std::get<EximParser>(parsers_) = EximParser(hash_seed);
    std::get<ZimbraParser>(parsers_) = ZimbraParser(assured);
    std::get<RoundcubeParser>(parsers_) = RoundcubeParser(assured);
    std::get<NginxParser>(parsers_) = NginxParser(assured);
    std::get<SnappyMailParser>(parsers_) = SnappyMailParser(assured);
    std::get<NextcloudParser>(parsers_) = NextcloudParser(assured);
    std::get<PostfixAdminParser>(parsers_) = PostfixAdminParser(assured);
    std::get<MailcowParser>(parsers_) = MailcowParser(assured);
    // Else it reads them all the same, to say that they are not believed.
    if (servers.contains(MailServer::sogo)) std::get<SogoParser>(parsers_) = SogoParser(assured);
    if (servers.contains(MailServer::horde)) std::get<HordeParser>(parsers_) = HordeParser(assured);
    for (const auto& spec : patterns) {
        if (auto pattern = Pattern::compile(spec)) patterns_.push_back(std::move(*pattern));
    }
}

void LogParser::look_from(Timestamp now, bool is_live)
{
    zone_.look_from({.read_at = now, .previous = previous_, .is_live = is_live});
}

std::optional<Event> LogParser::parse(std::string_view line, Timestamp now)
{
    return read_fast(line, now, false);
}

std::optional<Event> LogParser::parse_live(std::string_view line, Timestamp now)
{
    return read_fast(line, now, true);
}

std::optional<Event> LogParser::read_whole(std::string_view line, Timestamp now, bool is_live)
{
    look_from(now, is_live);
    return parse_envelope({line, unwrapper_.open(line, {zone_, now, is_live})}, now);
}

std::optional<Event> LogParser::parse(const LogMessage& entry)
{
    const JournalMessage message{.time = entry.time,
                                 .host = entry.host,
                                 .program = entry.program,
                                 .pid = entry.pid,
                                 .text = entry.text,
                                 .container = entry.container,
                                 .is_unfinished = entry.is_unfinished};
    const auto& envelope = unwrapper_.open(message, {zone_, entry.time});
    return parse_envelope({entry.text, envelope}, entry.time);
}

std::optional<Event> LogParser::parse_envelope(const Text& text, Timestamp now)
{
    raised_.reset();
    writer_.reset();
    is_known_ = false;
    if (text.envelope.is_piece) return std::nullopt;
    if (!text.envelope.header) has_last_ = false;
    auto event = text.envelope.header ? parse_line(text, now) : read_patterns(text, now);
    if (event) previous_ = event->time;
    if (raised_) concerns_.note(raised_->server, raised_->concern);
    return event;
}

std::optional<Event> LogParser::parse_line(const Text& text, Timestamp now)
{
    const auto& envelope = text.envelope;
    const auto& header = *envelope.header;
    if (read_last_repeated(header)) return repeat_last(header, now);
    auto event = parse_any(text, header, now);
    // Of a message that was cut, the account may be missing its end.
    if (event && envelope.is_cut) event->account.reset();
    remember(header, envelope.outer, event);
    if (event) multiply_attempts(*event, envelope.times);
    return event;
}

std::optional<Event> LogParser::parse_any(const Text& text, const LineHeader& header, Timestamp now)
{
    const auto origin = line_origin(header);
    confine_to_writer_of(header, origin, now);
    writer_ = writer_of(header, origin);
    const auto server = reader_of(header, origin);
    auto event = server ? parse_message(*server, header, now) : std::nullopt;
    if (event && !writer_) writer_ = server;
    if (event) return event;
    event = read_patterns(text, now);
    // A pattern has read what the server's parser could not.
    if (event && raised_ && raised_->concern == Concern::ambiguous) raised_.reset();
    return event;
}

void LogParser::raise(MailServer server, Concern concern)
{
    raised_ = LogConcerns::Entry{server, concern, 1};
}

// What one of several patterns makes of a line. Details are those of the first one that reads it.
struct EventOfPattern {
    Event event{};

    bool contradicts(const EventOfPattern& other) const noexcept
    {
        return event.ip != other.event.ip || event.kind != other.event.kind;
    }
    void keep_common(const EventOfPattern&) noexcept {}
};
class LogParser::PatternConsensus : public Consensus<EventOfPattern> {};

// A pattern may be one of the line as it stands in the log, or of what stands in its envelope.
std::optional<Event> LogParser::read_patterns(const Text& text, Timestamp now)
{
    if (patterns_.empty()) return std::nullopt;
    PatternConsensus consensus;
    const auto& envelope = text.envelope;
    read_patterns({envelope.line, envelope.header, zone_, now}, consensus);
    if (envelope.outer) {
        read_patterns({text.raw, envelope.outer, zone_, now}, consensus);
    } else if (!envelope.layers.empty()) {
        const auto raw = without_line_end(text.raw);
        const auto header = read_line_header(raw);
        read_patterns({raw, header, zone_, now}, consensus);
    }
    if (consensus.is_contradicted()) raise(MailServer::pattern, Concern::ambiguous);
    if (consensus.agreed() == nullptr) return std::nullopt;
    return consensus.agreed()->event;
}

void LogParser::read_patterns(const PatternLine& line, PatternConsensus& consensus)
{
    for (const auto& pattern : patterns_) {
        if (!writer_ && pattern.may_read(line)) writer_ = MailServer::pattern;
        if (auto event = pattern.read(line)) consensus.add({std::move(*event)});
    }
}

Reading LogParser::read_line(std::string_view line, Timestamp now)
{
    return reading_of(read_whole(line, now, false));
}

Reading LogParser::read_entry(const LogMessage& entry)
{
    return reading_of(parse(entry));
}

Reading LogParser::reading_of(std::optional<Event> event) const
{
    Reading reading;
    reading.event = std::move(event);
    const auto& envelope = unwrapper_.last();
    reading.layers = envelope.layers;
    reading.header = envelope.header;
    reading.is_piece = envelope.is_piece;
    if (reading.header) reading.server = reader_of(*reading.header);
    if (raised_) reading.concern = raised_->concern;
    return reading;
}

std::optional<MailServer> LogParser::reader_of(const LineHeader& header) const
{
    return reader_of(header, line_origin(header));
}

std::optional<MailServer> LogParser::reader_of(const LineHeader& header,
                                               const LineOrigin& origin) const
{
    auto server = only_;
    if (!server) server = origin.server;
    if (!server) return std::nullopt;
    const bool is_left_out = *server == MailServer::sogo || *server == MailServer::horde;
    const bool is_to_be_told = is_left_out && servers_.contains(MailServers::any());
    if (!servers_.contains(*server) && !is_to_be_told) return std::nullopt;
    const auto* const writer = writer_in(header.container);
    if (writer != nullptr && *writer != server) return std::nullopt;
    return server;
}

const MailServer* LogParser::writer_in(std::string_view container) const noexcept
{
    for (const auto& [name, writer] : confined_)
        if (name == container) return &writer;
    return nullptr;
}

std::optional<MailServer> LogParser::writer_of(const LineHeader& header,
                                               const LineOrigin& origin) const
{
    const auto server = origin.server;
    if (!server) return header.program.empty() ? reader_of(header, origin) : std::nullopt;
    if (!servers_.contains(*server)) return std::nullopt;
    // Many programs begin their lines as Exim does.
    const bool is_plain = header.style == HeaderStyle::plain && *server == MailServer::exim;
    if (is_plain && !only_ && !is_exims_own(header.message)) return std::nullopt;
    return server;
}

// One line decides for all that follow: it has to be whole.
void LogParser::confine_to_writer_of(const LineHeader& header, const LineOrigin& origin,
                                     Timestamp now)
{
    if (only_) return;
    const auto writer = raw_writer_of(header, origin);
    if (!writer || writer_in(header.container) != nullptr || confined_.size() == kMostWriters)
        return;
    if (time_of(*writer, header, now)) confined_.emplace_back(header.container, *writer);
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
    if (!repeated || !time || !has_last_) return std::nullopt;
    if (repeated->host != last_host_ && repeated->host != last_outer_host_) return std::nullopt;
    if (!last_beginning_.starts_with(repeated->beginning)) return std::nullopt;
    auto event = last_;
    event.time = *time;
    multiply_attempts(event, repeated->times);
    return event;
}

void LogParser::remember(const LineHeader& header, const std::optional<LineHeader>& outer,
                         const std::optional<Event>& event)
{
    // What a server or the journal writes itself, no syslog daemon leaves out.
    const bool is_own = header.style == HeaderStyle::plain || header.style == HeaderStyle::journal;
    has_last_ = event && (!is_own || outer);
    if (!has_last_) return;
    last_ = *event;
    last_host_ = header.host;
    last_outer_host_ = outer ? outer->host : header.host;
    last_beginning_ = header.message.substr(0, kBeginning);
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
    const auto time = remembered_time_of(Parser::kServer, header, now);
    if (!time) return std::nullopt;
    // Two containers of one host may use the same process ids.
    const auto host = header.container.empty() ? header.host : header.container;
    ParseResult result = parser.read({.time = *time,
                                      .host = host,
                                      .program = header.program,
                                      .pid = header.pid,
                                      .text = header.message,
                                      .read_at = now,
                                      .container = header.container});
    if (result.concern) raise(Parser::kServer, *result.concern);
    if (result.dispelled) concerns_.dispel(Parser::kServer, *result.dispelled);
    auto& event = result.event;
    if (!event) return std::nullopt;
    event->time = *time;
    event->server = Parser::kServer;
    if (!event->pid) event->pid = header.pid;
    return std::move(event);
}

std::optional<Timestamp> LogParser::remembered_time_of(MailServer server, const LineHeader& header,
                                                       Timestamp now)
{
    const auto read = [&] { return time_of(server, header, now); };
    // What Exim sends to syslog may have a stamp of its own.
    const bool is_remembered = header.style == HeaderStyle::plain ||
                               header.style == HeaderStyle::iso ||
                               (header.style == HeaderStyle::rfc3164 && server != MailServer::exim);
    if (!is_remembered || header.time) return read();
    return stamps_.time_of(header.stamp, now, read);
}

std::optional<Timestamp> LogParser::time_of(MailServer server, const LineHeader& header,
                                            Timestamp now) const
{
    // Traditional syslog's stamp has no year; Exim's own, behind it, has.
    if (server == MailServer::exim && header.style == HeaderStyle::rfc3164 && !header.time) {
        const auto own = split_exim_line(header.message).stamp;
        if (!own.empty()) {
            const auto stamp = read_plain_stamp(own, zone_, now);
            if (!stamp) return std::nullopt;
            return stamp->time;
        }
    }
    return header_time(header, zone_, now);
}

}  // namespace mailban
