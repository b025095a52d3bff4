// The part of an Exim line that names the client, and how sure one can be of it.
//
//     [host ](helo) [ip]:port I=[ip]:port U=ident Ci=n<rest>
//
// Each field but `[ip]` may be missing. Where no `(helo)` follows the host name, the address is
// certain: nothing before it is the client's text (a host name holds no blank; Exim has verified
// it). A HELO name, though, may itself hold `) [192.0.2.7]:25: 535 …`, and an ident reply may hold
// what normally follows it. Hence every `) [ip]` is tried as the end of the HELO name, and counts
// if what follows it can be read to the end of the line as Exim would have written it.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/exim.h"
#include "mailban/parse/parse_result.h"

#include <optional>
#include <string_view>

namespace mailban {

// What one way to read a line says. No kind: a line as Exim prints it, but not worth an event.
struct EximStatement {
    std::optional<EventKind> kind{};
    std::optional<std::string_view> account{};
    std::optional<ReplyCode> reply{};
    bool operator==(const EximStatement&) const = default;
};

// How much of the line's remainder has to be as Exim prints it.
enum class EximMatch : std::uint8_t {
    exact,    // all of it: the match itself has to prove where the HELO name ended
    lenient,  // its beginning: the address is certain anyway, the end may be cut off
};

// Reads what follows the client part, up to the end of the line. nullopt: this is not it.
using ReadEximRest = std::optional<EximStatement> (*)(std::string_view rest, EximMatch match);

// What it means if a place where the HELO name may end is followed by something unknown.
enum class EximFormats : std::uint8_t {
    one,   // it did not end there: nothing else can follow in a line of this kind
    many,  // it may have ended there, and Exim prints more than is known here
};

// Eats "[192.0.2.7]", or "[192.0.2.7]:25" with the port.
struct EximEndpoint {
    IpAddress ip{};
    std::optional<std::uint16_t> port{};
    // Of ours, behind "I=": not eaten with the address.
    std::optional<std::uint16_t> local_port{};
};
std::optional<EximEndpoint> take_exim_endpoint(std::string_view& text);

// Skips " I=[192.0.2.1]:25" and " Ci=7", each if it is there.
void skip_exim_details(std::string_view& text) noexcept;

// A message from where its client part begins, and what is known besides.
struct EximClientText {
    std::string_view text{};
    const EximScene& scene;
    const KnownPeers& peers;
};

// The event that all candidates agree on (Consensus). They contradict each other where two name two
// addresses or kinds. Then, or where a cut line does not show them all, only those count that
// `peers` knows of: those of the client that the process talks to, or, if the last of all
// candidates is among them, those whose client has connected. Else the line is ambiguous.
ParseResult read_exim_client(const EximClientText& client, ReadEximRest read_rest,
                             EximFormats formats = EximFormats::many);

}  // namespace mailban
