#include "mailban/control/activity.h"

#include "mailban/ascii_json.h"
#include "mailban/config/load.h"
#include "mailban/detect/account.h"
#include "mailban/words.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "ban_json.h"

namespace mailban {

namespace {

using json = nlohmann::ordered_json;

struct TimeOfActivity {
    Timestamp operator()(const Evidence& evidence) const { return evidence.event.time; }
    Timestamp operator()(const Ban& ban) const { return ban.since; }
    Timestamp operator()(const BanEnd& end) const { return end.time; }
    Timestamp operator()(const DoorAnswer& answer) const { return answer.time; }
};

struct KindOfActivity {
    std::size_t operator()(const Evidence& evidence) const
    {
        return static_cast<std::size_t>(evidence.event.kind);
    }
    std::size_t operator()(const Ban& /*ban*/) const { return kBanActivity; }
    std::size_t operator()(const BanEnd& /*end*/) const { return kUnbanActivity; }
    std::size_t operator()(const DoorAnswer& /*answer*/) const { return kAnswerActivity; }
};

struct MatchOfActivity {
    const ActivityFilter& filter;

    bool operator()(const Evidence& evidence) const
    {
        return filter.rule.empty() && is_wanted(evidence.event.ip, evidence.event.account);
    }
    bool operator()(const DoorAnswer& answer) const
    {
        return (filter.rule.empty() || filter.rule == answer.answer.rule) &&
               is_wanted(answer.attempt.ip, answer.attempt.account);
    }
    bool operator()(const Ban& ban) const { return is_wanted(ban.prefix, ban.rule); }
    bool operator()(const BanEnd& end) const { return is_wanted(end.prefix, end.rule); }

private:
    bool is_wanted(const IpAddress& ip, const std::optional<std::string>& account) const
    {
        if (filter.address && !filter.address->contains(ip)) return false;
        if (filter.account.empty()) return true;
        return account && folded_account(*account) == folded_account(filter.account);
    }
    bool is_wanted(const Prefix& prefix, const std::string& rule) const
    {
        if (!filter.account.empty()) return false;
        if (!filter.rule.empty() && filter.rule != rule) return false;
        return !filter.address || filter.address->overlaps(prefix);
    }
};

std::string json_text(const json& value)
{
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

struct JsonOfActivity {
    std::string operator()(const Evidence& evidence) const
    {
        return json_text(evidence_json(evidence));
    }
    // Time and kind first, as of an event.
    std::string operator()(const Ban& ban) const
    {
        return R"({"time":")" + format_timestamp(ban.since) + R"(","kind":"ban",)" +
               ban_members(ban).substr(1) + '}';
    }
    std::string operator()(const BanEnd& end) const
    {
        const std::string prefix = end.prefix.to_string();
        return json_text(
            {{"time", format_timestamp(end.time)},
             {"kind", "unban"},
             {"prefix", prefix},
             {"address", end.prefix.is_host() ? end.prefix.base().to_string() : prefix},
             {"origin", kBanOriginNames.of(end.origin)},
             {"rule", end.rule},
             {"why", kBanEndReasonNames.of(end.why)}});
    }
    std::string operator()(const DoorAnswer& told) const
    {
        const auto& [time, asker, attempt, answer] = told;
        return json_text({{"time", format_timestamp(time)},
                          {"kind", "answer"},
                          {"ip", attempt.ip.to_string()},
                          {"account", attempt.account ? json(*attempt.account) : json()},
                          {"daemon", kPolicyAskerNames.of(asker)},
                          {"service", to_string(attempt.service)},
                          {"verdict", kPolicyVerdictNames.of(answer.verdict)},
                          {"judged", kPolicyVerdictNames.of(answer.judged)},
                          {"ground", kPolicyGroundNames.of(answer.ground)},
                          {"rule", answer.rule.empty() ? json() : json(answer.rule)}});
    }
};

}  // namespace

Timestamp time_of(const Activity& activity)
{
    return std::visit(TimeOfActivity{}, activity);
}

const std::vector<std::string_view>& activity_kind_names()
{
    static const std::vector<std::string_view> all = [] {
        std::vector<std::string_view> names;
        for (std::size_t kind = 0; kind < kEventKinds; ++kind)
            names.push_back(to_string(static_cast<EventKind>(kind)));
        names.emplace_back("ban");
        names.emplace_back("unban");
        names.emplace_back("answer");
        return names;
    }();
    return all;
}

std::size_t kind_of(const Activity& activity)
{
    return std::visit(KindOfActivity{}, activity);
}

Result<ActivityKinds> parse_activity_kinds(std::string_view text)
{
    const auto& names = activity_kind_names();
    ActivityKinds kinds;
    for (std::size_t from = 0; from <= text.size();) {
        const auto end = std::min(text.find(',', from), text.size());
        const std::string_view word = text.substr(from, end - from);
        from = end + 1;
        const auto found = std::find(names.begin(), names.end(), word);
        if (found != names.end()) {
            kinds.set(static_cast<std::size_t>(found - names.begin()));
            continue;
        }
        const auto meant = nearest_name(word, names);
        return Error{"'" + std::string(word) + "' is not a kind of event" +
                     (meant ? "; did you mean '" + std::string(*meant) + "'?"
                            : "; expected one or more of " + joined(names))};
    }
    return kinds;
}

std::string to_string(const ActivityKinds& kinds)
{
    std::string text;
    for (std::size_t kind = 0; kind < kActivityKinds; ++kind) {
        if (!kinds.test(kind)) continue;
        if (!text.empty()) text += ',';
        text += activity_kind_names()[kind];
    }
    return text;
}

bool ActivityFilter::matches(const Activity& activity) const
{
    if (kinds.any() && !kinds.test(kind_of(activity))) return false;
    return std::visit(MatchOfActivity{*this}, activity);
}

std::string to_json(const Activity& activity)
{
    return std::visit(JsonOfActivity{}, activity);
}

std::string lost_lines_json(std::uint64_t lines)
{
    return json_text({{"kind", "lost"}, {"lines", lines}});
}

}  // namespace mailban
