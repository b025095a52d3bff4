// How a reply counts: which kinds of event it can stand for, and which rules count those.
#pragma once

#include "mailban/detect/rule.h"
#include "mailban/smtp/smtp_reply.h"

#include <string>
#include <string_view>
#include <vector>

namespace mailban {

struct ReplyKinds {
    EventKinds kinds{};              // empty: never an event by itself
    std::string_view explanation{};  // one or two sentences
};

// What a client did that our own server answers so. A parser knows more, the command and the text;
// where codes alone leave it open, there is more than one kind.
ReplyKinds kinds_of(const SmtpReply& reply) noexcept;

// The names of the rules that count this kind, in the order of the configuration.
std::vector<std::string> rules_counting(const std::vector<Rule>& rules, EventKind kind);

}  // namespace mailban
