// Postfix's policy protocol (SMTPD_POLICY_README): lines `name=value`, an empty line ends them; the
// answer is one line `action=…` and an empty one.
#pragma once

#include "mailban/policy/attempt.h"
#include "mailban/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mailban {

// The longest request that is read.
inline constexpr std::size_t kMaxPolicyRequest = 16'384;

class PostfixRequest {
public:
    // One line of it without its newline. An error: too much, or no such line.
    Status add(std::string_view line);

    // What the request asks; nullopt: Postfix does not know the client's address ("unknown").
    // An error: it is no request of smtpd.
    Result<std::optional<Attempt>> attempt() const;

private:
    std::size_t size_ = 0;
    std::string request_{};
    std::string address_{};
    std::string account_{};
    std::string mechanism_{};
    std::string instance_{};
    std::string port_{};
    bool is_encrypted_ = false;
};

// "action=DUNNO\n\n". Whoever is banned is refused; to a stranger at an account under attack, who
// may be its owner on a journey, it is a passing error. Postfix cannot delay: it is one, too.
std::string postfix_answer(const PolicyAnswer& answer);

}  // namespace mailban
