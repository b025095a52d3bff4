// LogParser: lines of one log in, events out.
//
// One parser a source; it may remember what earlier lines of the same log said, and nothing else.
// A line is raw bytes without its newline: any byte may occur in it, NUL and invalid UTF-8 too.
// What stands around a server's line is taken off first (mailban/envelope/unwrapper.h).
// Every address comes from the fixed structure of the line (see docs/architecture.md, invariant 1);
// a line that can be read in two ways yields nothing, and is counted.
#pragma once

#include "mailban/envelope/unwrapper.h"
#include "mailban/parse/assurances.h"
#include "mailban/parse/axigen.h"
#include "mailban/parse/concern.h"
#include "mailban/parse/courier.h"
#include "mailban/parse/cyrus.h"
#include "mailban/parse/domino.h"
#include "mailban/parse/dovecot.h"
#include "mailban/parse/event.h"
#include "mailban/parse/exim.h"
#include "mailban/parse/haraka.h"
#include "mailban/parse/horde.h"
#include "mailban/parse/kerio.h"
#include "mailban/parse/line_filter.h"
#include "mailban/parse/log_message.h"
#include "mailban/parse/maddy.h"
#include "mailban/parse/mail_servers.h"
#include "mailban/parse/mailcow.h"
#include "mailban/parse/mailu.h"
#include "mailban/parse/modoboa.h"
#include "mailban/parse/nextcloud.h"
#include "mailban/parse/nginx.h"
#include "mailban/parse/opensmtpd.h"
#include "mailban/parse/parse_result.h"
#include "mailban/parse/pattern.h"
#include "mailban/parse/postal.h"
#include "mailban/parse/postfix.h"
#include "mailban/parse/postfixadmin.h"
#include "mailban/parse/reading.h"
#include "mailban/parse/roundcube.h"
#include "mailban/parse/sendmail.h"
#include "mailban/parse/snappymail.h"
#include "mailban/parse/sogo.h"
#include "mailban/parse/stalwart.h"
#include "mailban/parse/zimbra.h"
#include "mailban/time/recent_stamps.h"
#include "mailban/time/zone.h"

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace mailban {

struct LineOrigin;

class LogParser {
public:
    // A syslog daemon that says how often a line was repeated is believed up to here.
    static constexpr std::uint32_t kMostRepeats = 100'000;

    // Lines of other servers yield nothing. Where there is just one server, a line is its own
    // whatever program syslog names. Patterns are asked about what no server's parser makes an
    // event of; where two of them disagree, there is none. One that does not compile reads nothing.
    // A web program's own log may hold lines that a client wrote in the form of another server's:
    // once such a log shows itself, only that program's lines are read in it. `hash_seed`: secret,
    // where strangers write the log.
    explicit LogParser(MailServers servers = MailServers::any(), Zone zone = {},
                       const std::vector<PatternSpec>& patterns = {},
                       const Assurances& assured = {}, std::uint64_t hash_seed = 0);
    LogParser(LogParser&&) = default;
    LogParser& operator=(LogParser&&) = default;

    // `now`: when the line was read; it gives an RFC 3164 stamp its year.
    std::optional<Event> parse(std::string_view line, Timestamp now);
    // The same of a line that was written just now: without any stamp, it counts at `now`.
    std::optional<Event> parse_live(std::string_view line, Timestamp now);
    // An entry of the journal, whose fields tell what a line's header would. Its text may hold
    // newlines: it is one message all the same.
    std::optional<Event> parse(const LogMessage& entry);

    // The same, and how it came to it. The views in it are good until the next line is read.
    Reading read_line(std::string_view line, Timestamp now);
    Reading read_entry(const LogMessage& entry);
    // The time at which the line that was read counts; nullopt: it has none.
    std::optional<Timestamp> time_of(const Reading& reading, Timestamp now) const;

    // Whose the line was that was read last: a known server's, or of what a pattern may read. Where
    // one server alone was named, what syslog calls another program is not its own.
    // Good as long as the line's text is there.
    std::optional<MailServer> last_writer() const noexcept;
    // In which zone stamps without an offset are, from the next line on.
    void set_zone(Zone zone)
    {
        zone_ = std::move(zone);
        stamps_.forget();
    }
    // The time of the line that was parsed last, whatever it says; as long as its text is there.
    std::optional<Timestamp> stamp_of_last(Timestamp now);

    // What the lines so far have shown of this log that an administrator should know.
    const LogConcerns& concerns() const noexcept { return concerns_; }

private:
    // The line in the shortest way that there is for it.
    std::optional<Event> read_fast(std::string_view line, Timestamp now, bool is_live);
    std::optional<Event> read_known(Timestamp now);
    std::optional<Event> read_whole(std::string_view line, Timestamp now, bool is_live);
    // How the text that was read last was read.
    Reading reading_of(std::optional<Event> event) const;
    std::optional<MailServer> reader_of(const LineHeader& header) const;
    std::optional<MailServer> reader_of(const LineHeader& header, const LineOrigin& origin) const;
    std::optional<MailServer> writer_of(const LineHeader& header, const LineOrigin& origin) const;
    void confine_to_writer_of(const LineHeader& header, const LineOrigin& origin, Timestamp now);
    void look_from(Timestamp now, bool is_live);
    struct Text;
    std::optional<Event> parse_envelope(const Text& text, Timestamp now);
    std::optional<Event> parse_line(const Text& text, Timestamp now);
    // What the server's parser or else a pattern makes of it.
    std::optional<Event> parse_any(const Text& text, const LineHeader& header, Timestamp now);
    std::optional<Event> read_patterns(const Text& text, Timestamp now);
    class PatternConsensus;
    void read_patterns(const PatternLine& line, PatternConsensus& consensus);
    const MailServer* writer_in(std::string_view container) const noexcept;
    std::optional<Event> parse_message(MailServer server, const LineHeader& header, Timestamp now);
    void raise(MailServer server, Concern concern);
    std::optional<Event> repeat_last(const LineHeader& header, Timestamp now) const;
    void remember(const LineHeader& header, const std::optional<LineHeader>& outer,
                  const std::optional<Event>& event);
    template <class Parser>
    std::optional<Event> read(Parser& parser, const LineHeader& header, Timestamp now);
    std::optional<Timestamp> time_of(MailServer server, const LineHeader& header,
                                     Timestamp now) const;
    std::optional<Timestamp> remembered_time_of(MailServer server, const LineHeader& header,
                                                Timestamp now);

    MailServers servers_;
    std::optional<MailServer> only_;  // if there is just one
    Zone zone_;
    RecentStamps stamps_{};
    std::optional<Timestamp> previous_{};  // of the last event
    Unwrapper unwrapper_;
    LineFilter filter_;
    bool is_known_ = false;  // the last line is the filter's
    bool is_live_ = false;   // it was read as one that was written just now
    std::vector<Pattern> patterns_{};
    // Whose own log this is, if clients can write into it; of each container.
    std::vector<std::pair<std::string, MailServer>> confined_{};
    std::tuple<EximParser, PostfixParser, DovecotParser, SendmailParser, OpenSmtpdParser,
               CourierParser, CyrusParser, HarakaParser, StalwartParser, ZimbraParser, KerioParser,
               RoundcubeParser, SogoParser, HordeParser, NginxParser, MailuParser, SnappyMailParser,
               PostalParser, ModoboaParser, MaddyParser, AxigenParser, DominoParser,
               NextcloudParser, PostfixAdminParser, MailcowParser>
        parsers_{};

    // The line before this one, if it was an event: what "last message repeated" is about.
    Event last_{};
    bool has_last_ = false;
    std::string last_host_{};
    std::string last_outer_host_{};  // of the header around it, if a container wrote it
    std::string last_beginning_{};   // of its message
    std::optional<MailServer> writer_{};

    // What the line that was read last has raised.
    std::optional<LogConcerns::Entry> raised_{};
    LogConcerns concerns_{};
};

}  // namespace mailban
