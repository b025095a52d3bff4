// LogParser: lines of one log in, events out.
//
// One parser a source; it may remember what earlier lines of the same log said, and nothing else.
// A line is raw bytes without its newline: any byte may occur in it, NUL and invalid UTF-8 too.
// Every address comes from the fixed structure of the line (see docs/architecture.md, invariant 1);
// a line that can be read in two ways yields nothing, and is counted.
#pragma once

#include "mailban/parse/assurances.h"
#include "mailban/parse/concern.h"
#include "mailban/parse/courier.h"
#include "mailban/parse/cyrus.h"
#include "mailban/parse/dovecot.h"
#include "mailban/parse/event.h"
#include "mailban/parse/exim.h"
#include "mailban/parse/haraka.h"
#include "mailban/parse/horde.h"
#include "mailban/parse/kerio.h"
#include "mailban/parse/log_message.h"
#include "mailban/parse/mail_servers.h"
#include "mailban/parse/opensmtpd.h"
#include "mailban/parse/parse_result.h"
#include "mailban/parse/pattern.h"
#include "mailban/parse/postfix.h"
#include "mailban/parse/reading.h"
#include "mailban/parse/roundcube.h"
#include "mailban/parse/sendmail.h"
#include "mailban/parse/sogo.h"
#include "mailban/parse/stalwart.h"
#include "mailban/parse/zimbra.h"
#include "mailban/time/zone.h"

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace mailban {

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
    // An entry of the journal, whose fields tell what a line's header would. Its text may hold
    // newlines: it is one message all the same.
    std::optional<Event> parse(const LogMessage& entry);

    // The same, and how it came to it. The views in it live as long as the line.
    Reading read_line(std::string_view line, Timestamp now);
    // The time at which the line that was read counts; nullopt: it has none.
    std::optional<Timestamp> time_of(const Reading& reading, Timestamp now) const;

    // What the lines so far have shown of this log that an administrator should know.
    const LogConcerns& concerns() const noexcept { return concerns_; }

private:
    std::optional<MailServer> reader_of(const LineHeader& header) const;
    void confine_to_writer_of(const LineHeader& header, Timestamp now);
    std::optional<Event> parse_line(std::string_view line, Timestamp now);
    // What the server's parser or else a pattern makes of it.
    std::optional<Event> parse_any(std::string_view line, const std::optional<LineHeader>& header,
                                   Timestamp now);
    std::optional<Event> read_patterns(const PatternLine& line);
    std::optional<Event> parse_message(MailServer server, const LineHeader& header, Timestamp now);
    void raise(MailServer server, Concern concern);
    std::optional<Event> repeat_last(const LineHeader& header, Timestamp now) const;
    void remember(const LineHeader& header, const std::optional<Event>& event);
    template <class Parser>
    std::optional<Event> read(Parser& parser, const LineHeader& header, Timestamp now);
    std::optional<Timestamp> time_of(MailServer server, const LineHeader& header,
                                     Timestamp now) const;

    MailServers servers_;
    Zone zone_;
    std::vector<Pattern> patterns_{};
    std::optional<MailServer> confined_{};  // whose own log this is, if clients can write into it
    std::tuple<EximParser, PostfixParser, DovecotParser, SendmailParser, OpenSmtpdParser,
               CourierParser, CyrusParser, HarakaParser, StalwartParser, ZimbraParser, KerioParser,
               RoundcubeParser, SogoParser, HordeParser>
        parsers_{};

    // The line before this one, if it was an event: what "last message repeated" is about.
    std::optional<Event> last_{};
    std::string last_host_{};

    // What the line that was read last has raised.
    std::optional<LogConcerns::Entry> raised_{};
    LogConcerns concerns_{};
};

}  // namespace mailban
