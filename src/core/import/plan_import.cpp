#include "mailban/import/imported.h"
#include "mailban/plural.h"
#include "mailban/utf8.h"
#include "mailban/words.h"

#include <algorithm>
#include <utility>

namespace mailban {

namespace {

using Fate = ImportNote::Fate;

constexpr std::string_view kQuickRule = "password-guessing";

bool counts_passwords_of_clients(const Rule& rule)
{
    return rule.on == EventKinds{EventKind::auth_failure} && rule.by == CountBy::ip &&
           rule.distinct == Distinct::none;
}

std::string ban_text(const Rule& rule)
{
    return rule.ban ? format_duration(*rule.ban) : "forever";
}

// "5 failures within 10m, ban 1h"
std::string threshold_text(const Rule& rule)
{
    return plural(rule.limit, "failure", "failures") + " within " + format_duration(rule.within) +
           ", ban " + ban_text(rule);
}

bool lasts_as_long(const std::optional<Duration>& one, const std::optional<Duration>& other)
{
    return !one || (other && *one >= *other);
}

bool closes_as_much(const Rule& one, const Rule& other)
{
    if (!other.ports) return true;
    return one.ports && one.ports->covers(*other.ports);
}

// Whether it bans everybody whom the other would ban, as early, as long and from as much.
bool covers(const Rule& one, const Rule& other)
{
    return one.on == other.on && one.limit <= other.limit && one.within >= other.within &&
           lasts_as_long(one.ban, other.ban) && closes_as_much(one, other);
}

// A path that can be written between quotes as it is.
bool is_plain_path(std::string_view path)
{
    constexpr std::size_t kLongest = 1000;
    return path.size() <= kLongest && std::all_of(path.begin(), path.end(), [](char c) {
               return c >= ' ' && c < '\x7f' && c != '"' && c != '\\';
           });
}

class ImportPlanner {
public:
    ImportPlanner(const Imported& imported, const Config& config, const LogStates& log_state)
        : imported_(imported), rules_(imported.rules), config_(config), log_state_(log_state)
    {
        plan_.notes = imported.notes;
        for (auto& [rule, from] : rules_)
            add_usual_ports(rule);
    }

    ImportPlan make()
    {
        plan_rules();
        plan_allow();
        for (const auto& log : imported_.logs)
            plan_log(log);
        plan_.amendment.escalation_factor = imported_.escalation_factor;
        plan_.amendment.escalation_max = imported_.escalation_max;
        return std::move(plan_);
    }

private:
    void note(Fate fate, std::string subject, std::string text)
    {
        plan_.notes.push_back({fate, std::move(subject), std::move(text)});
    }

    // Each ban closes firewall.ports; a rule says only what is more.
    void add_usual_ports(Rule& rule) const
    {
        if (!rule.ports) return;
        const auto& usual = config_.firewall.ports;
        rule.ports = usual.covers(*rule.ports) ? std::nullopt
                                               : std::optional(usual.united_with(*rule.ports));
    }

    // The rule that covers number `at`, if another than itself does; of equal ones the first stays.
    const ImportedRule* cover_of(std::size_t at) const
    {
        const auto& all = rules_;
        for (std::size_t other = 0; other < all.size(); ++other) {
            if (other == at || !covers(all[other].rule, all[at].rule)) continue;
            if (other < at || !covers(all[at].rule, all[other].rule)) return &all[other];
        }
        return nullptr;
    }

    void plan_rules()
    {
        std::vector<ImportedRule> kept;
        for (std::size_t at = 0; at < rules_.size(); ++at) {
            const auto& [rule, from] = rules_[at];
            const ImportedRule* const cover = cover_of(at);
            if (cover == nullptr) {
                kept.push_back(rules_[at]);
                continue;
            }
            note(Fate::covered, from,
                 threshold_text(rule) + ": the rule of " + cover->from +
                     " bans these clients at least as early and as long, because mailban counts a "
                     "client's failures at all servers together");
        }
        // The quickest takes the place of the shipped one.
        std::stable_sort(kept.begin(), kept.end(), [](const auto& one, const auto& other) {
            return one.rule.within < other.rule.within;
        });
        for (const auto& rule : kept)
            plan_rule(rule);
        note_stricter(kept);
    }

    void plan_rule(const ImportedRule& imported)
    {
        Rule rule = imported.rule;
        const std::string& from = imported.from;
        const auto standing =
            std::find_if(config_.rules.begin(), config_.rules.end(), [](const Rule& one) {
                return one.name == kQuickRule && counts_passwords_of_clients(one);
            });
        const bool replaces =
            !has_quick_ && counts_passwords_of_clients(rule) && standing != config_.rules.end();
        const auto same =
            std::find_if(config_.rules.begin(), config_.rules.end(), [&](const Rule& one) {
                return one.name != kQuickRule && one.name != rule.name &&
                       counts_passwords_of_clients(one) && covers(one, rule);
            });
        if (!replaces && same != config_.rules.end()) {
            note(Fate::covered, from,
                 threshold_text(rule) + ": the rule " + same->name + " does it");
            return;
        }
        if (replaces) {
            has_quick_ = true;
            rule.name = kQuickRule;
            note(Fate::carried, from,
                 threshold_text(rule) +
                     ": rule password-guessing (before: " + threshold_text(*standing) + ")");
        } else {
            note(Fate::carried, from, threshold_text(rule) + ": rule " + rule.name);
        }
        plan_.amendment.rules.push_back(std::move(rule));
    }

    // A rule that stays may be stricter than all that the administrator is used to.
    void note_stricter(const std::vector<ImportedRule>& kept)
    {
        const ImportedRule* strictest = nullptr;
        for (const auto& one : kept)
            if (counts_passwords_of_clients(one.rule) &&
                (strictest == nullptr || one.rule.limit < strictest->rule.limit))
                strictest = &one;
        if (strictest == nullptr) return;
        for (const Rule& rule : config_.rules) {
            const bool is_kept = rule.name == kQuickRule && has_quick_;
            if (is_kept || !counts_passwords_of_clients(rule)) continue;
            if (rule.limit >= strictest->rule.limit) continue;
            note(Fate::covered, strictest->from,
                 "the rule " + rule.name + " stays and is stricter: " + threshold_text(rule) +
                     "; raise its limit if that bans users");
        }
    }

    void plan_allow()
    {
        auto& allow = plan_.amendment.allow;
        const auto add_new = [](const auto& from, const auto& standing, auto& into) {
            for (const auto& value : from)
                if (std::find(standing.begin(), standing.end(), value) == standing.end())
                    into.push_back(value);
        };
        add_new(imported_.allow.prefixes, config_.allow.prefixes, allow.prefixes);
        add_new(imported_.allow.files, config_.allow.files, allow.files);
        add_new(imported_.allow.names, config_.allow.names, allow.names);
    }

    void plan_log(const ImportedLog& log)
    {
        switch (log_state_(log.path)) {
        case LogState::followed:
            return note(Fate::covered, log.user,
                        "log " + log.path + ": mailban follows it already");
        case LogState::absent:
            return note(Fate::not_carried, log.user,
                        "log " + log.path +
                            ": there is no such file; add it to sources if it is "
                            "created later");
        case LogState::unfollowed: break;
        }
        if (!is_plain_path(log.path)) {
            return note(Fate::not_carried, log.user,
                        "log " + printable(log.path) + ": add it to sources by hand");
        }
        if (log.needs_assurance) {
            return note(
                Fate::not_carried, log.user,
                "log " + log.path +
                    ": clients can write into it; read docs/configuration.md, Web programs, "
                    "and add it to sources by hand");
        }
        plan_.amendment.files.push_back(log.path);
        note(Fate::carried, log.user, "log " + log.path + ": added to sources");
    }

    const Imported& imported_;
    std::vector<ImportedRule> rules_;
    const Config& config_;
    const LogStates& log_state_;
    ImportPlan plan_{};
    bool has_quick_ = false;
};

}  // namespace

ImportPlan plan_import(const Imported& imported, const Config& config, const LogStates& log_state)
{
    return ImportPlanner(imported, config, log_state).make();
}

}  // namespace mailban
