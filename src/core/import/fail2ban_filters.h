// What fail2ban's filters for mail servers count, and how mailban calls it.
#pragma once

#include "mailban/detect/rule.h"

#include <string>
#include <string_view>

namespace mailban {

struct Fail2banFilter {
    bool is_mail = false;
    // The server's log can be read, and clients cannot write into it unasked.
    bool is_read = false;
    bool needs_assurance = false;
    std::string instead{};  // of one that is not read: what to do
    EventKinds kinds{};     // what it counts in this mode
};

// By the filter's name in filter.d, and its mode. One that is no mail server's: is_mail is false.
Fail2banFilter fail2ban_filter(std::string_view name, std::string_view mode);

}  // namespace mailban
