// LineShape: a message with everything replaced in which lines of one kind differ.
//
// "imap-login: Disconnected (auth failed, {n} attempts in {n} secs): user=<{text}>, rip={ip}". What
// stands in place of numbers, addresses, accounts, hosts, ids, names and quoted text is fixed, so
// that equal shapes mean one kind of line, and a shape can be shown to others: it holds no digit
// and no quoted text. A name that is a plain word is recognised by the word before it, or not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailban {

// How well a line may tell of a client that failed to log in, by its words alone: for ranking, and
// never for a decision.
enum class Likelihood : std::uint8_t {
    likely,    // it has an address, a word about logins and a word about failing
    possible,  // two of these
    unlikely,
};
inline constexpr std::size_t kLikelihoods = 3;
std::string_view to_string(Likelihood likelihood) noexcept;

inline constexpr std::size_t kLongestShape = 240;
// So many bytes of a message are looked at.
inline constexpr std::size_t kShapedBytes = 1024;

struct LineShape {
    std::string text{};  // printable ASCII, at most kLongestShape bytes
    Likelihood likelihood = Likelihood::unlikely;
    bool operator==(const LineShape&) const = default;
};

// Takes any bytes. The same message has the same shape always.
LineShape shape_of(std::string_view message);

}  // namespace mailban
