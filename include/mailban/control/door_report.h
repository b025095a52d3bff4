// DoorReport: what mail servers that ask before they compare a password would be told now, of one
// account.
#pragma once

#include "mailban/policy/attempt.h"
#include "mailban/policy/settings.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mailban {

struct DoorReport {
    struct Word {
        Service service = Service::unknown;
        PolicyAnswer answer{};  // `judged`: also where nobody is refused, because it observes
    };

    PolicyMode mode = PolicyMode::off;
    std::string account{};
    std::optional<IpAddress> address{};  // nullopt: a client that nobody knows
    std::vector<Word> words{};           // one each service; none where `mode` is off
};

// `answer` is asked once for each service, and counts nothing.
DoorReport door_report(PolicyMode mode, const std::string& account,
                       const std::optional<IpAddress>& address,
                       const std::function<PolicyAnswer(const Attempt&)>& answer);

// One line of JSON without a newline: {"ok":true,"result":{…}}.
std::string reply_with(const DoorReport& report);

}  // namespace mailban
