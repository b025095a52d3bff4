// PolicySettings: how mail servers that ask are answered, and where they ask.
#pragma once

#include "mailban/name_table.h"
#include "mailban/net/ip_address.h"
#include "mailban/time/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailban {

enum class PolicyMode : std::uint8_t {
    off,
    observe,  // everybody is allowed; the log says what would have been answered
    enforce,
};
inline constexpr NameTable<PolicyMode, 3> kPolicyModeNames({"off", "observe", "enforce"});

// What becomes of a client that is unknown to an account under attack.
enum class Strangers : std::uint8_t {
    deny,
    delay,
    tell,  // allowed; the log says so
};
inline constexpr NameTable<Strangers, 3> kStrangersNames({"deny", "delay", "tell"});

// A Unix socket, or a port of the loopback interface: whoever asks is a process of this machine.
struct ListenAddress {
    std::string path{};  // of a socket; empty: ip and port
    IpAddress ip{};
    std::uint16_t port = 0;
    bool operator==(const ListenAddress&) const = default;

    // "/run/mailban/policy.sock", "127.0.0.1:4001", "[::1]:4001". Nullopt: none of them, or another
    // address than loopback.
    static std::optional<ListenAddress> parse(std::string_view text);
    std::string to_string() const;
};

struct PolicySettings {
    PolicyMode mode = PolicyMode::off;
    Strangers strangers = Strangers::deny;
    Duration delay = std::chrono::seconds(5);
    // A question that has waited for longer is not answered: the mail server has gone on.
    Duration answer_within = std::chrono::milliseconds(50);
    std::optional<ListenAddress> dovecot{};
    std::string key_file{};  // Dovecot's: what it has to send in a header
    std::optional<ListenAddress> postfix{};
    std::optional<ListenAddress> exim{};
    bool operator==(const PolicySettings&) const = default;
};

}  // namespace mailban
