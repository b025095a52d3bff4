// Concern: a condition of a log under which mailban sees less than it should, or should believe
// less than it reads. Each has a name for programs, a sentence for people, and, where a setting of
// the mail server ends it, that setting.
#pragma once

#include "mailban/parse/event.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

enum class Concern : std::uint8_t {
    ambiguous,          // a line can be read in two ways and is no event
    lost_lines,         // the server has dropped the line that would have told of an attempt
    forgeable,          // a client can write whole lines of this log
    hidden_attempts,    // one line stands for a connection, and its last command hides the others
    unlogged_failures,  // the server logs logins, but no wrong passwords
};
inline constexpr std::size_t kConcerns = 5;

std::string_view to_string(Concern concern) noexcept;
std::string_view explain(Concern concern) noexcept;
// What an administrator should do about it: a sentence; empty where mailban knows of nothing.
std::string_view advice_on(Concern concern, MailServer server) noexcept;

// How many lines of one log raised each concern, by the server that wrote them. Fixed in size.
class LogConcerns {
public:
    struct Entry {
        MailServer server = MailServer::exim;
        Concern concern = Concern::ambiguous;
        std::uint64_t lines = 0;
        bool operator==(const Entry&) const = default;
    };

    void note(MailServer server, Concern concern) noexcept { ++count(server, concern); }
    // The log has shown that the condition is over.
    void dispel(MailServer server, Concern concern) noexcept { count(server, concern) = 0; }
    std::uint64_t lines(MailServer server, Concern concern) const noexcept;
    // Those that there are, by server.
    std::vector<Entry> entries() const;

private:
    std::uint64_t& count(MailServer server, Concern concern) noexcept;

    std::array<std::array<std::uint64_t, kConcerns>, kMailServers> counts_{};
};

// "exim, 12 lines: …", with the advice, for an administrator.
std::string to_string(const LogConcerns::Entry& entry);

}  // namespace mailban
