#include "mailban/engine/change_report.h"

#include "mailban/plural.h"
#include "mailban/time/local_text.h"
#include "mailban/words.h"

#include <algorithm>
#include <utility>

namespace mailban {

namespace {

constexpr std::size_t kMostNamed = 10;

// Each once.
void add(std::vector<std::string>& prefixes, const Prefix& prefix)
{
    auto text = prefix.to_string();
    if (std::find(prefixes.rbegin(), prefixes.rend(), text) == prefixes.rend())
        prefixes.push_back(std::move(text));
}

std::vector<std::string> ended_prefixes(const Effects& effects)
{
    std::vector<std::string> ended;
    for (const auto& effect : effects) {
        const auto* const end = effect_as<RecordEnd>(effect);
        if (end != nullptr && (ended.empty() || ended.back() != end->prefix.to_string()))
            ended.push_back(end->prefix.to_string());
    }
    return ended;
}

std::string whom(const std::vector<std::string>& prefixes)
{
    if (prefixes.empty()) return "nobody";
    if (prefixes.size() > kMostNamed) return plural(prefixes.size(), "prefix", "prefixes");
    return joined(prefixes);
}

// "by hand until 2026-11-28 20:19:08 +0100"
std::string banned_by(const Ban& ban, const Zone& zone)
{
    return imposer_text(ban) + ' ' + until_text(ban.until, zone);
}

// Where an address stands for its client: ", the client of 2001:db8::7 (…)".
std::string client_text(const Request& request, const Prefix& meant)
{
    if (meant == request.prefix) return {};
    const std::string address = request.prefix.base().to_string();
    return ", the client of " + address + " (to mean only that address, write " +
           request.prefix.to_string() + ")";
}

}  // namespace

Prefix prefix_meant(const Request& request, const Engine& engine)
{
    return request.is_address ? engine.scope_of(request.prefix.base()) : request.prefix;
}

Changed ban_report(const Request& request, const Effects& effects, const Engine& engine,
                   Timestamp now)
{
    const Prefix meant = prefix_meant(request, engine);
    Changed report;
    for (const auto& effect : effects)
        if (const auto* enforce = std::get_if<Enforce>(&effect))
            add(report.changed, enforce->change.prefix);
    const auto origin = request.imported_from.empty() ? BanOrigin::manual : BanOrigin::imported;
    const bool is_banned = engine.ledger().find(BanKey{meant, origin}) != nullptr;
    if (!is_banned) {
        report.message = "banned nobody: the number of bans has reached limits.bans";
        return report;
    }
    // The firewall changes nothing for one that holds at the door alone.
    add(report.changed, meant);
    const Until until = request.length ? Until(now + *request.length) : Until();
    report.message = "banned " + meant.to_string() + ' ' + until_text(until, engine.zone()) +
                     std::string(place_text(request.where)) + client_text(request, meant);
    if (const Ban* last = engine.ledger().find(meant); ends_later(last->until, until))
        report.message += "; it is banned longer " + banned_by(*last, engine.zone());
    return report;
}

Changed unban_report(const Request& request, const Unbanned& done, const Engine& engine)
{
    const Prefix meant = prefix_meant(request, engine);
    Changed report;
    report.changed = ended_prefixes(done.effects);
    report.still_banned_by = done.still;
    const bool is_one = report.changed.size() == 1 && report.changed[0] == meant.to_string();
    report.message = "unbanned ";
    if (!is_one)
        report.message +=
            plural(report.changed.size(), "prefix", "prefixes") + " in " + meant.to_string();
    if (!is_one && report.changed.size() <= kMostNamed) report.message += ": ";
    if (report.changed.size() <= kMostNamed) report.message += joined(report.changed);
    if (is_one) report.message += client_text(request, meant);
    report.message += request.keeps_record ? "; the record is kept" : "; the record is cleared";
    if (done.is_more) report.next = report.changed.back();
    if (done.still.empty()) return report;
    const Ban& widest = done.still.front();
    const std::string block = widest.prefix.to_string();
    report.message += "; " + meant.to_string() + " is still banned as part of " + block +
                      ", banned " + banned_by(widest, engine.zone()) + ". 'mailban unban " + block +
                      "' ends the ban of all of that prefix";
    return report;
}

Changed unban_all_report(const Effects& effects, std::optional<std::string> next)
{
    Changed report;
    report.changed = ended_prefixes(effects);
    report.message = "unbanned " + whom(report.changed);
    report.next = std::move(next);
    return report;
}

}  // namespace mailban
