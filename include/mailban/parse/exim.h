// Exim's main log and reject log, from files and through syslog.
//
// Exim prints each line from a fixed format, but several of its fields are the client's own text:
// the HELO name (any bytes at all where helo_accept_junk_hosts is set), the account, the sender,
// the ident reply, the subject. So a line is read as a parser of that format would: every way in
// which the format can have produced these very bytes is followed to the end of the line, and only
// what all of them say is reported. Two ways that name two addresses: no event.
//
// Lines of Exim as a client of others (`X authenticator failed H=mx [ip] 535 …`, `=>`, `**`, `==`,
// `SMTP error from remote …`) never yield an event: they speak of servers, not of clients.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/exim_pieces.h"
#include "mailban/parse/known_peers.h"
#include "mailban/parse/log_message.h"
#include "mailban/parse/parse_result.h"

#include <optional>
#include <string>
#include <string_view>

namespace mailban {

// Exim cuts what it sends to syslog into pieces of some 900 bytes, marked "[1/3] ", "[2/3] ", …
// A later piece begins with whatever the cut fell on, client text as a rule; it is read as the end
// of what the same process has begun (EximPieces).
enum class EximExtent : std::uint8_t { whole, first_piece, later_piece };

// What Exim itself writes in front of its message, taken off.
struct EximLine {
    EximExtent extent = EximExtent::whole;
    std::optional<EximPiece> piece{};
    std::string_view text{};   // everything behind the mark of a piece
    std::string_view stamp{};  // begins with Exim's own stamp; empty: there is none
    std::optional<std::uint32_t> pid{};
    std::string_view message{};
};

// Takes off "[1/2] ", "2026-11-23 22:29:06.578 +0100 ", "[4711] ", each if it is there. Only the
// shape of the stamp is checked.
EximLine split_exim_line(std::string_view text) noexcept;

// What is known about a message besides its text.
struct EximScene {
    EximExtent extent = EximExtent::whole;
    Timestamp time{};
    std::string_view host{};  // that Exim runs on; may be empty
    std::optional<std::uint32_t> pid{};
};

class EximParser {
public:
    explicit EximParser(std::uint64_t hash_seed = 0) : peers_(hash_seed) {}

    static constexpr MailServer kServer = MailServer::exim;
    static bool may_matter(const LineHeader& header) noexcept;

    // What the message says a client did. Where it can be read in two ways, what earlier lines told
    // of the client may decide.
    ParseResult read(const LogMessage& message);

private:
    ParseResult read_first(const LogMessage& message, const EximLine& line);
    ParseResult read_later_piece(const LogMessage& message, const EximLine& line);
    ParseResult read_client(std::string_view text, const EximScene& scene);

    KnownPeers peers_;
    EximPieces pieces_{};
};

}  // namespace mailban
