// LineFilter: reads the usual headers by a few bytes, and knows of most messages behind them at
// once that they are nothing.
//
// Most lines of a mail log tell of no client, and leave nothing behind that a later line could
// need: deliveries, queues, the end of a TLS handshake. Where such a line has one of the usual
// headers and begins in one of the usual ways, a few comparisons prove it. Other messages behind
// such a header are spared the search for envelopes that are not there. Whatever else there is has
// to be read as a whole: the filter may know too little, never too much. docs/performance.md tells
// how it knows, and tests/unit/parse/line_filter_property_test.cpp compares it with the whole way.
//
// What stands in front of a message ("mail postfix/qmgr[") is read once and then remembered, for
// as many different ones as the table has places.
#pragma once

#include "mailban/envelope/line_header.h"
#include "mailban/parse/mail_servers.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace mailban {

class LineFilter {
public:
    // `servers`: whose lines are wanted, as LogParser has it.
    explicit LineFilter(MailServers servers);

    // A line with a usual header.
    struct Known {
        std::string_view line{};
        LineHeader header{};                 // of an idle line its message alone
        std::optional<MailServer> server{};  // who reads it; nullopt: nobody
        bool is_own_log = false;             // it has no syslog header: only its message may tell
        bool is_idle = false;                // it is nothing
    };

    // Whether the line is one, then it is known(). Holds for a log that is no journal's export, in
    // which no container's line was cut and to which nobody but the servers themselves writes.
    bool knows(std::string_view line);
    const Known& known() const noexcept { return known_; }

private:
    // What writes under a name, as far as it decides which messages are nothing.
    enum class Writer : std::uint8_t { other, machine, postfix, smtpd, postscreen, exim, dovecot };

    // "mail postfix/smtpd": a host and a program.
    struct Tag {
        static constexpr std::size_t kLongest = 45;
        std::array<char, kLongest> text{};
        std::uint8_t length = 0;  // 0: nothing is remembered here
        std::uint8_t host = 0;    // how much of it
        Writer writer = Writer::other;
    };
    static constexpr std::size_t kTags = 64;

    bool knows_own_log(std::string_view line, std::string_view message);
    bool knows_syslog(std::string_view line, std::size_t header);
    static bool is_idle(Writer writer, std::string_view message) noexcept;
    static std::optional<MailServer> server_of(Writer writer) noexcept;
    const Tag& tag_of(std::string_view tag);
    Writer read_tag(std::string_view tag) const;

    MailServers servers_;
    std::optional<MailServer> only_;
    bool has_exim_;
    std::vector<Tag> tags_{};  // kTags of them, once there is one
    Known known_{};
};

}  // namespace mailban
