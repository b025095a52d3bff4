// The control protocol: one JSON object a line, both ways, over the daemon's Unix socket.
//
//   -> {"verb":"ban","prefix":"192.0.2.7/32","for":"1h","reason":"…"}
//   <- {"ok":true,"result":{…}}   or   {"ok":false,"error":"…"}
//
// docs/control.md is the schema. A request that is not exactly one of these is refused: nothing but
// text in it, no member twice, nothing nested, nothing behind it.
#pragma once

#include "mailban/control/activity.h"
#include "mailban/control/ban_filter.h"
#include "mailban/control/page.h"
#include "mailban/net/ban_place.h"
#include "mailban/net/prefix.h"
#include "mailban/result.h"
#include "mailban/time/time.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailban {

enum class Verb : std::uint8_t {
    status,
    bans,
    show,
    ban,
    unban,
    unban_all,
    reload,
    firewall_remove,
    allow,
    disallow,
    allowed,
    door,
    follow
};

// What a peer may do at most, and what a verb needs.
enum class Right : std::uint8_t { read, change };

// The longest request line that is read, newline included.
inline constexpr std::size_t kMaxRequestLength = 4096;
inline constexpr std::size_t kMaxReasonLength = 200;
inline constexpr std::size_t kMaxImportedFromLength = 64;

struct Request {
    Verb verb = Verb::status;
    Prefix prefix{};  // show, ban, unban, allow, disallow
    // ban, allow; nullopt is for ever, which is what an `allow` without it means
    std::optional<Duration> length{std::chrono::hours(1)};
    std::string reason{};  // ban, allow
    PageOf page{};         // status, bans, allowed, unban, unban_all
    // The prefix was written as an address without a length; ban and unban then mean the client.
    bool is_address = false;
    bool keeps_record = false;  // unban, unban_all
    BanFilter which{};          // bans, unban_all
    ActivityFilter filter{};    // follow; of door its account, and an address
    // ban: the program that has imposed it, and its jail or list: "fail2ban:dovecot". Empty: the
    // administrator bans by hand.
    std::string imported_from{};
    BanPlace where = BanPlace::both;  // ban
    // Who asks, as the kernel says; no part of the line.
    std::string asker{};
    bool operator==(const Request&) const = default;
};

std::string_view to_string(Verb verb) noexcept;
Right right_needed(Verb verb) noexcept;

// One line without its newline to a request; the error is a sentence for whoever wrote it.
Result<Request> parse_request(std::string_view line);
std::string to_line(const Request& request);  // with its newline

// "1h30m" or "forever".
Result<std::optional<Duration>> parse_ban_length(std::string_view text);

}  // namespace mailban
