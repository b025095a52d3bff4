// LogParser on lines with the usual headers, which LineFilter reads.
#include "mailban/parse/log_parser.h"

#include "routing.h"

namespace mailban {

std::optional<Event> LogParser::read_fast(std::string_view line, Timestamp now, bool is_live)
{
    // What earlier lines have shown of the log may give any line another meaning.
    const bool may_know = patterns_.empty() && confined_.empty() && unwrapper_.is_at_rest();
    if (!may_know || !filter_.knows(line)) return read_whole(line, now, is_live);
    is_known_ = true;
    is_live_ = is_live;
    writer_.reset();
    if (!filter_.known().is_idle) return read_known(now);
    has_last_ = false;
    return std::nullopt;
}

// As parse_envelope() does it, of a line that stands in no envelope.
std::optional<Event> LogParser::read_known(Timestamp now)
{
    const auto& known = filter_.known();
    raised_.reset();
    look_from(now, is_live_);
    auto event = parse_message(*known.server, known.header, now);
    remember(known.header, std::nullopt, event);
    if (event) {
        writer_ = known.server;
        previous_ = event->time;
    }
    if (raised_) concerns_.note(raised_->server, raised_->concern);
    return event;
}

std::optional<MailServer> LogParser::last_writer() const noexcept
{
    if (!is_known_ || writer_) return writer_;
    const auto& known = filter_.known();
    const bool is_others = known.is_own_log && !only_ && !is_exims_own(known.header.message);
    return is_others ? std::nullopt : known.server;
}

std::optional<Timestamp> LogParser::stamp_of_last(Timestamp now)
{
    // Its envelope leaves nothing behind, however often it is opened.
    if (is_known_) {
        look_from(now, is_live_);
        unwrapper_.open(filter_.known().line, {zone_, now, is_live_});
    }
    const auto& envelope = unwrapper_.last();
    if (envelope.is_piece || !envelope.header) return std::nullopt;
    const auto server = reader_of(*envelope.header);
    return server ? time_of(*server, *envelope.header, now)
                  : header_time(*envelope.header, zone_, now);
}

}  // namespace mailban
