// What mail servers' configurations say so that these servers ask mailban before they compare a
// password (docs/policy.md). Text only.
#pragma once

#include "mailban/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailban {

inline constexpr std::uint16_t kDovecotDoorPort = 4001;
inline constexpr std::uint16_t kPostfixDoorPort = 4002;
inline constexpr std::uint16_t kEximDoorPort = 4003;

// The releases of Dovecot whose settings are known: 2.4 has another form for some of them.
enum class DovecotRelease : std::uint8_t { v2_3, v2_4 };
// From what `dovecot --version` prints; nullopt: another one.
std::optional<DovecotRelease> dovecot_release(std::string_view version);

// A file of its own in Dovecot's conf.d. `key` and `nonce` have letters and digits only. The file
// holds the key, so only root may read it.
std::string dovecot_door(DovecotRelease release, std::string_view key, std::string_view nonce);

// main.cf with the question first among the restrictions at the connection; all else stays byte for
// byte. The same text where it asks already. An error, where a line of it is written in a way that
// is not understood: it says what to do by hand.
Result<std::string> postfix_door(std::string_view main_cf);

// A line of Exim's main section, which asks when a client connects. It sets acl_smtp_connect, which
// must not be set elsewhere: Exim's own check says so.
std::string exim_door();

}  // namespace mailban
