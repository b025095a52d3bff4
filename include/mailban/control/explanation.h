// What `mailban explain` answers, typed, and its JSON (docs/control.md lists every member).
#pragma once

#include "mailban/detect/reply_kinds.h"
#include "mailban/parse/log_parser.h"
#include "mailban/smtp/meaning.h"
#include "mailban/smtp/smtp_reply.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailban {

// Each kind that a reply can stand for, with the rules that count it.
using CountedKinds = std::vector<std::pair<EventKind, std::vector<std::string>>>;

// Views into the text that was given.
struct ReplyExplanation {
    SmtpReply reply{};
    const ReplyCodeMeaning* code = nullptr;
    const EnhancedStatusMeaning* enhanced = nullptr;
    ReplyKinds kinds{};
    CountedKinds counted{};
};

// Views into the line that was given.
struct LineExplanation {
    Reading reading{};
    std::optional<Timestamp> time{};
    std::optional<NoEventReason> silence{};   // why there is no event
    std::vector<std::string> rules{};         // that count the event
    std::optional<ReplyExplanation> reply{};  // that the event tells of
};

ReplyExplanation explain_reply(const SmtpReply& reply, const std::vector<Rule>& rules);
LineExplanation explain_line(LogParser& parser, std::string_view line,
                             const std::vector<Rule>& rules, Timestamp now);

// One line of JSON each, without a newline. Bytes that are not UTF-8 become U+FFFD.
std::string explanation_json(const ReplyExplanation& explanation);
std::string explanation_json(const LineExplanation& explanation);

}  // namespace mailban
