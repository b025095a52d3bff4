// What a daemon without root's rights may ask of the helper that works ufw for it, and the answers.
//
//   -> list                     <- ok 192.0.2.7/32 2001:db8::/64,1
//   -> ban 192.0.2.7/32         <- ok
//   -> ban 2001:db8::/64,1      <- ok
//   -> unban 192.0.2.7/32       <- error ufw is not enabled
//
// One line each way. Nothing else is a request: no port, no option, no second word, and a prefix
// only as Prefix::to_string() writes it, so that whatever reaches ufw has been printed here. The
// number behind it says which of the configuration's groups of ports the ban closes.
#pragma once

#include "mailban/firewall/plan.h"
#include "mailban/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

struct UfwRequest {
    enum class Verb : std::uint8_t { list, ban, unban };
    Verb verb = Verb::list;
    Prefix prefix{};  // ban, unban
    PortGroup group = 0;
    bool operator==(const UfwRequest&) const = default;
};

// The longest request, its newline included, and room to spare.
inline constexpr std::size_t kMaxUfwRequest = 64;
// Some 300,000 prefixes; a longer answer is not read.
inline constexpr std::size_t kMaxUfwReply = 16U << 20U;

// One line without its newline.
Result<UfwRequest> parse_ufw_request(std::string_view line);
std::string to_line(const UfwRequest& request);  // with its newline

// The answer, with its newline. Of an error's text one line is left, bounded and printable.
std::string ufw_reply(const Result<std::vector<Held>>& answer);
// Kind of an error that does not come from ufw: the helper could not be reached or heard, so what
// was asked may be asked again.
inline constexpr std::string_view kNoUfwAnswer = "no answer";
// The bans of an answer, without its newline, or the error that it tells. ufw keeps no ends.
Result<std::vector<Held>> parse_ufw_reply(std::string_view line);

}  // namespace mailban
