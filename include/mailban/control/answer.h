// Answer: what the daemon answers one request, typed. JSON, or whatever else a front end speaks, is
// made of it where it leaves the process; nothing inside makes or reads JSON.
#pragma once

#include "mailban/control/allowed_report.h"
#include "mailban/control/door_report.h"
#include "mailban/control/report.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mailban {

// A page of the bans.
struct BanList {
    Page<Ban> page{};
    bool is_dry_run = false;
};

// A request that changes something was accepted. For a reader: one sentence.
struct Changed {
    std::string message{};
    std::vector<std::string> changed{};  // prefixes
    // Decided and stored, but not in force yet: the firewall, or a reload, still works on it. The
    // message says why.
    bool is_pending = false;
    // Of a request that is done in pages: where the next one begins. nullopt: that was all.
    std::optional<std::string> next{};
    std::vector<Ban> still_banned_by{};  // of an unban: wider bans, which go on
};

// The client gets what it wants to follow from now on.
struct Following {
    // The number of the newest event in the database: those that follow have higher ones. nullopt:
    // there is none.
    std::optional<std::int64_t> last_event{};
};

// Nothing was changed.
struct Refused {
    std::string error{};
    bool is_mistaken = false;                        // the configuration on the disk is why
    std::optional<std::int64_t> again_in_seconds{};  // refused for now
};

using Answer = std::variant<StatusReport, BanList, ShowReport, AllowedReport, DoorReport, Changed,
                            Following, Refused>;

// Each gives one line of JSON without a newline: {"ok":true,"result":{…}} or
// {"ok":false,"error":"…"}.
std::string reply_with(const BanList& list);
std::string reply_with(const Changed& changed);
std::string reply_with(const Following& following);
std::string reply_with(const Refused& refused);
std::string reply_of(const Answer& answer);

}  // namespace mailban
