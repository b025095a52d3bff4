// Attempt and PolicyAnswer: what a mail server asks before it compares a password, and what it is
// told.
#pragma once

#include "mailban/name_table.h"
#include "mailban/parse/event.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mailban {

// Which server asks. Its own protocol has a room in policy/.
enum class PolicyAsker : std::uint8_t { dovecot, postfix, exim };
inline constexpr std::size_t kPolicyAskers = 3;
inline constexpr NameTable<PolicyAsker, kPolicyAskers> kPolicyAskerNames({"dovecot", "postfix",
                                                                          "exim"});

struct Attempt {
    IpAddress ip{};
    // As the client gave it; nullopt: none yet, because the server asks when the client connects.
    std::optional<std::string> account{};
    Service service = Service::unknown;
    std::optional<std::uint16_t> local_port{};  // of this machine
    std::string mechanism{};
    std::string session{};    // the server's own name of it
    std::string client_id{};  // what the client calls itself (RFC 2971)
    std::optional<PasswordMark> password{};
    bool is_encrypted = false;
    bool operator==(const Attempt&) const = default;
};

enum class PolicyVerdict : std::uint8_t { allow, delay, deny };
inline constexpr std::size_t kPolicyVerdicts = 3;
inline constexpr NameTable<PolicyVerdict, kPolicyVerdicts> kPolicyVerdictNames({"allow", "delay",
                                                                                "deny"});

// Why. For the log; a client never learns it.
enum class PolicyGround : std::uint8_t {
    nothing_known,
    allowed,  // by the allowlist
    outage,   // our own back end is down: nobody is refused
    known_user,
    banned,
    account_under_attack,
    storm,           // a stranger at an account that other strangers try in a storm (Storm)
    shared_address,  // guesses come from an address that several users share (SharedDoors)
};
inline constexpr std::size_t kPolicyGrounds = 8;
inline constexpr NameTable<PolicyGround, kPolicyGrounds> kPolicyGroundNames(
    {"nothing_known", "allowed", "outage", "known_user", "banned", "account_under_attack", "storm",
     "shared_address"});

struct PolicyAnswer {
    // What the mail server is to do.
    PolicyVerdict verdict = PolicyVerdict::allow;
    Duration delay{};  // of PolicyVerdict::delay, at least a second
    // The same but for `mode: observe` and `strangers: tell`, which refuse nobody.
    PolicyVerdict judged = PolicyVerdict::allow;
    PolicyGround ground = PolicyGround::nothing_known;
    std::string rule{};  // of PolicyGround::banned: of the ban; empty: it is by hand
    bool operator==(const PolicyAnswer&) const = default;
};

// The ports of this machine that a service may be on; none where the service is unknown.
std::vector<std::uint16_t> service_ports(Service service);

// One line for the log: "deny 192.0.2.7 (imap, bob@example.com): banned by rule password-guessing".
// The account is shown only where its name is plain.
std::string to_string(const Attempt& attempt, const PolicyAnswer& answer);

}  // namespace mailban
