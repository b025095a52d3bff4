#include "mailban/control/explanation.h"

#include "mailban/ascii_json.h"
#include "mailban/or_null.h"
#include "mailban/time/time_or_null.h"

#include <tuple>

#include <nlohmann/json.hpp>

#include "event_json.h"

namespace mailban {

namespace {

// Members stand in the order in which they are documented.
using json = nlohmann::ordered_json;

// What a code of which no document is known still says by its class.
template <class Meaning>
json meaning_members(const Meaning* meaning, std::uint16_t status_class)
{
    json members{{"class", class_name(status_class)}};
    members["name"] = meaning != nullptr ? json(meaning->name) : json(nullptr);
    members["meaning"] = meaning != nullptr ? json(meaning->meaning) : json(nullptr);
    members["advice"] = meaning != nullptr ? json(meaning->advice) : json(nullptr);
    members["source"] = meaning != nullptr ? json(meaning->source) : json(nullptr);
    return members;
}

json code_json(const ReplyExplanation& explanation)
{
    const auto& code = explanation.reply.code;
    if (!code) return nullptr;
    json result{{"code", code->value()}};
    result.update(
        meaning_members(explanation.code, static_cast<std::uint16_t>(code->value() / 100)));
    return result;
}

json enhanced_json(const ReplyExplanation& explanation)
{
    const auto& status = explanation.reply.enhanced;
    if (!status) return nullptr;
    json result{{"code", status->to_string()}};
    result.update(meaning_members(explanation.enhanced, status->status_class));
    result["subject"] = or_null(subject_name(status->subject));
    result["allowed_in_class"] =
        explanation.enhanced != nullptr && is_foreseen(*explanation.enhanced, *status);
    return result;
}

json counted_json(const CountedKinds& counted)
{
    json kinds = json::array();
    for (const auto& [kind, rules] : counted)
        kinds.push_back({{"kind", to_string(kind)}, {"rules", rules}});
    return kinds;
}

json layers_json(const Layers& layers)
{
    json result = json::array();
    for (const auto& layer : layers) {
        result.push_back({{"layer", to_string(layer.wrapping)},
                          {"name", or_null(layer.name)},
                          {"time", layer.time ? json(format_timestamp(*layer.time)) : nullptr}});
    }
    return result;
}

json header_json(const LineExplanation& explanation)
{
    const auto& header = explanation.reading.header;
    if (!header) return nullptr;
    return {{"style", to_string(header->style)},   {"stamp", stamp_of(*header)},
            {"time", or_null(explanation.time)},   {"host", or_null(header->host)},
            {"program", or_null(header->program)}, {"pid", or_null(header->pid)},
            {"message", header->message}};
}

json reply_members(const ReplyExplanation& explanation)
{
    return {{"code", code_json(explanation)}, {"enhanced", enhanced_json(explanation)}};
}

std::optional<ReplyExplanation> reply_of(const Event& event, const std::vector<Rule>& rules)
{
    if (!event.reply && !event.enhanced) return std::nullopt;
    return explain_reply({.code = event.reply, .enhanced = event.enhanced}, rules);
}

}  // namespace

ReplyExplanation explain_reply(const SmtpReply& reply, const std::vector<Rule>& rules)
{
    ReplyExplanation explanation{.reply = reply, .kinds = kinds_of(reply)};
    if (reply.code) explanation.code = meaning_of(*reply.code);
    if (reply.enhanced) explanation.enhanced = meaning_of(*reply.enhanced);
    for (std::size_t index = 0; index < kEventKinds; ++index) {
        const auto kind = static_cast<EventKind>(index);
        if (explanation.kinds.kinds.contains(kind))
            explanation.counted.emplace_back(kind, rules_counting(rules, kind));
    }
    return explanation;
}

LineExplanation explain_line(LogParser& parser, std::string_view line,
                             const std::vector<Rule>& rules, Timestamp now)
{
    LineExplanation explanation;
    explanation.reading = parser.read_line(line, now);
    explanation.time = parser.time_of(explanation.reading, now);
    explanation.silence = no_event_reason(explanation.reading, explanation.time);
    const auto& event = explanation.reading.event;
    if (!event) return explanation;
    explanation.rules = rules_counting(rules, event->kind);
    explanation.reply = reply_of(*event, rules);
    return explanation;
}

std::string explanation_json(const ReplyExplanation& explanation)
{
    json result{{"type", "reply"}};
    result.update(reply_members(explanation));
    result["text"] = explanation.reply.text;
    result["contradicts_itself"] = explanation.reply.contradicts_itself();
    result["kinds"] = counted_json(explanation.counted);
    result["counting"] = explanation.kinds.explanation;
    return ascii_json(result);
}

std::string explanation_json(const LineExplanation& explanation)
{
    const auto& reading = explanation.reading;
    const auto& [server, event, concern] = std::tie(reading.server, reading.event, reading.concern);
    const auto& silence = explanation.silence;
    json result{{"type", "line"}, {"envelope", layers_json(reading.layers)}};
    result["header"] = header_json(explanation);
    result["server"] = server ? json(to_string(*server)) : json(nullptr);
    result["event"] = event ? full_event_json(*event) : json(nullptr);
    result["reply"] = explanation.reply ? reply_members(*explanation.reply) : json(nullptr);
    result["counts"] = !explanation.rules.empty();
    result["rules"] = explanation.rules;
    result["no_event_reason"] = silence ? json(to_string(*silence)) : json(nullptr);
    result["why"] = silence ? json(explain(*silence)) : json(nullptr);
    result["concern"] = concern ? json(to_string(*concern)) : json(nullptr);
    result["advice"] = concern && server ? or_null(advice_on(*concern, *server)) : nullptr;
    return ascii_json(result);
}

}  // namespace mailban
