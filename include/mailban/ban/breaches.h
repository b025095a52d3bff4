// Breaches: bans that do not bite. A client whose ban has stood for a while and that still fails in
// the log reaches the mail server past the firewall.
//
// Whether an event is a sign of that is not decided here but for the time: see Engine. What has
// waited in a buffer, or was under way when the ban came, says nothing.
#pragma once

#include "mailban/ban/ban.h"
#include "mailban/parse/event.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailban {

// The likeliest reason why a ban does not bite.
enum class BreachCause : std::uint8_t {
    open_port,  // the client comes through a port that the ban does not close
    webmail,    // the same: a web mailer's port is not among those that bans close
    forwarded,  // this machine hands the port on to a container or to another machine
    elsewhere,  // nothing here explains it: a proxy, or another machine's log
};
inline constexpr std::size_t kBreachCauses = 4;

struct Breach {
    Prefix prefix{};  // of the ban
    Timestamp since{};
    std::uint64_t attempts = 0;  // that came in spite of it
    Timestamp first{};           // when the first and the last of them were read
    Timestamp last{};
    // Of the last one.
    IpAddress ip{};
    std::uint32_t source = 0;  // the log that reported it
    MailServer server = MailServer::exim;
    Service service = Service::unknown;
    std::optional<std::uint16_t> port{};
    BreachCause cause = BreachCause::elsewhere;
    bool is_reported = false;
    // When the ban came to close more ports than before.
    std::optional<Timestamp> changed{};
    bool operator==(const Breach&) const = default;
};

class Breaches {
public:
    // A firewall needs a moment, and a server may hold an answer back for 17 s (Dovecot's penalty).
    static constexpr Duration kSettle = std::chrono::seconds(20);
    // Fewer may have had another reason.
    static constexpr std::uint64_t kReportAt = 3;
    // The log is not filled with them.
    static constexpr Duration kReportEvery = std::chrono::minutes(1);
    static constexpr std::size_t kMost = 1000;

    // Attempts, read at `now`, of a client that `ban` should have shut out when they began.
    // `breach` is what is new: its prefix, since, attempts, first and is_reported are filled in
    // here. Returns it where it should be reported now, which is once for a ban.
    std::optional<Breach> note(const Ban& ban, Breach breach, std::uint64_t attempts,
                               Timestamp now);
    // The ban closes more ports from now on; that has to settle, too.
    void restart(const Ban& ban, Timestamp now);
    // The ban has ended.
    void forget(const Prefix& prefix);

    const Breach* find(const Prefix& prefix) const;
    // Those of bans that stand and have enough attempts to be sure of it, most attempts first.
    std::vector<Breach> worst(std::size_t most) const;
    std::size_t size() const;
    // Since the start, of all bans.
    std::uint64_t attempts() const noexcept { return attempts_; }

private:
    Breach& entry_of(const Ban& ban, Timestamp now);
    void set_last(Breach& breach, Timestamp last);

    std::map<Prefix, Breach> breaches_{};
    std::set<std::pair<Timestamp, Prefix>> by_last_{};  // all of breaches_, the oldest first
    std::uint64_t attempts_ = 0;
    std::optional<Timestamp> last_report_{};
};

std::string_view to_string(BreachCause cause) noexcept;
// What to look at, as a sentence without its full stop.
std::string explain(const Breach& breach);
// "imap, port 993", "port 2525", "smtp", "".
std::string door_of(const Breach& breach);
// "198.51.100.1/32 has been banned for 45s, but 6 more attempts came (imap, port 993): …"
std::string to_string(const Breach& breach, Timestamp now);

}  // namespace mailban
