#include "io/daemon/answers.h"

#include "io/daemon/system.h"
#include "mailban/engine/change_report.h"
#include "mailban/plural.h"
#include "mailban/time/local_text.h"
#include "mailban/words.h"

#include <utility>

namespace mailban::io {

namespace {

// What the firewall has to do, and what of it ends a ban.
std::vector<Prefix> enforced(const Effects& effects)
{
    std::vector<Prefix> prefixes;
    for (const auto& effect : effects)
        if (const auto* enforce = std::get_if<Enforce>(&effect))
            prefixes.push_back(enforce->change.prefix);
    return prefixes;
}

std::vector<Prefix> ended(const Effects& effects)
{
    std::vector<Prefix> prefixes;
    for (const auto& effect : effects)
        if (const auto* end = effect_as<RecordEnd>(effect)) prefixes.push_back(end->prefix);
    return prefixes;
}

std::vector<std::string> texts(const std::vector<Prefix>& prefixes)
{
    std::vector<std::string> texts;
    texts.reserve(prefixes.size());
    for (const Prefix& prefix : prefixes)
        texts.push_back(prefix.to_string());
    return texts;
}

// "192.0.2.7/32, 192.0.2.8/32", or how many.
std::string listed(const std::vector<Prefix>& prefixes)
{
    constexpr std::size_t kMostListed = 10;
    if (prefixes.size() > kMostListed) return plural(prefixes.size(), "prefix", "prefixes");
    return joined(texts(prefixes));
}

std::string why_pending(const FirewallReport& firewall)
{
    std::string text = "; not yet in force: firewall " + firewall.backend;
    if (firewall.state == FirewallState::ok)
        return text + " is still at work, " +
               plural(firewall.pending, "change waits", "changes wait");
    text += " is " + to_string(firewall.state);
    return firewall.reason.empty() ? text : text + ": " + firewall.reason;
}

}  // namespace

Answers::Answers(const Rooms& rooms, const Reports& reports, Reload reload)
    : rooms_(rooms), reports_(reports), reload_(std::move(reload))
{
}

asio::awaitable<Answer> Answers::answer(const Request& request, Right right)
{
    if (right_needed(request.verb) == Right::change && right != Right::change)
        co_return refuse_for_right(request.verb);
    switch (request.verb) {
    case Verb::status: co_return co_await status(request.page);
    case Verb::show: co_return co_await show(request.prefix.base());
    case Verb::bans: co_return bans(request);
    case Verb::allowed: co_return allowed(request.page);
    case Verb::ban: co_return co_await ban(request);
    case Verb::unban: co_return co_await unban(request);
    case Verb::allow:
    case Verb::disallow: co_return co_await change_allowed(request);
    case Verb::unban_all: co_return co_await unban_page(request);
    case Verb::reload: co_return co_await reload_();
    case Verb::door: co_return door(request);
    case Verb::follow: co_return co_await follow();
    case Verb::firewall_remove: break;
    }
    co_return remove_firewall();
}

// Writes what was noted by now, so that whoever is answered finds in the database what the answer
// tells of. False: it could not be written by now, and this is answered all the same.
asio::awaitable<bool> Answers::written()
{
    State& state = rooms_.state;
    const auto newest = state.recorder().newest();
    const auto end = std::chrono::steady_clock::now() + kPatience;
    if (state.recorder().settled() < newest) state.commit();
    // One transaction and a portion of what is dropped may come before it.
    while (state.recorder().settled() < newest && state.is_at_work()) {
        if (!state.problem().empty()) co_return false;
        if (co_await state.until_at_rest(end - std::chrono::steady_clock::now())) continue;
        state.commit_if_due();  // which says so
        co_return false;
    }
    // What failed is settled, too.
    if (!state.problem().empty() || state.is_busy()) co_return false;
    co_return state.recorder().settled() >= newest;
}

asio::awaitable<void> Answers::stored(Changed& changed)
{
    if (co_await written()) co_return;
    const std::string& problem = rooms_.state.problem();
    changed.message += "; not yet stored";
    if (!problem.empty()) changed.message += ": " + problem;
}

Answer Answers::refuse_for_right(Verb verb) const
{
    const auto& admins = rooms_.config.control.admins;
    return Refused{"'" + std::string(to_string(verb)) + "' is for root" +
                   (admins.empty() ? std::string("; to let others do it, name a group in "
                                                 "control.admins")
                                   : " and members of the group " + admins)};
}

// Logs in pages: the others of its members are in each.
asio::awaitable<Answer> Answers::status(const PageOf& wanted)
{
    StatusReport report = reports_.status(system_now());
    if (!co_await written()) report = reports_.status(system_now());
    const auto range = page_of(report.sources.size(), wanted);
    if (!range) co_return Refused{range.error().message};
    report.next = range->next;
    const auto first = report.sources.begin();
    report.sources.erase(first + static_cast<std::ptrdiff_t>(range->end), report.sources.end());
    report.sources.erase(first, first + static_cast<std::ptrdiff_t>(range->begin));
    co_return report;
}

// What it shows is looked up in the database, too.
asio::awaitable<Answer> Answers::show(const IpAddress& ip)
{
    co_await written();
    co_return reports_.show(ip, system_now());
}

Answer Answers::bans(const Request& request) const
{
    const Engine& engine = rooms_.intake.engine();
    const Ledger& ledger = request.which.is_observed ? engine.observed() : engine.ledger();
    auto page = page_of(ledger, request.page, request.which);
    if (!page) return Refused{page.error().message};
    return BanList{std::move(*page), is_dry_run()};
}

// Files and names are in the first page.
Answer Answers::allowed(const PageOf& wanted) const
{
    auto page = page_of(rooms_.intake.engine().allowlist(), wanted);
    if (!page) return Refused{page.error().message};
    AllowedReport report;
    report.entries = std::move(page->rows);
    report.next = std::move(page->next);
    if (wanted.after.empty()) rooms_.trusted.add_to(report);
    return report;
}

Answer Answers::door(const Request& request) const
{
    const auto& [account, address, rule, kinds] = request.filter;
    const Timestamp now = system_now();
    const Engine& engine = rooms_.intake.engine();
    return door_report(rooms_.config.policy.mode, account,
                       address ? std::optional(address->base()) : std::nullopt,
                       [&](const Attempt& attempt) { return engine.answer(attempt, now); });
}

// Everything up to now is in the database when this returns; what follows goes to the client, too.
asio::awaitable<Answer> Answers::follow()
{
    State& state = rooms_.state;
    const bool is_written = co_await written() && co_await state.until_at_rest(kPatience);
    if (!is_written && state.is_at_work())
        co_return Refused{"the disk has not finished a write for some seconds; try again later"};
    // Of one moment: what is noted from here on goes to the client.
    if (state.has_to_write()) static_cast<void>(state.commit_all());
    Store* const store = state.store_at_rest();
    if (store == nullptr) co_return Following{};
    const auto last = store->last_event();
    if (!last) co_return Refused{last.error().message};
    co_return Following{*last};
}

bool Answers::is_dry_run() const
{
    return rooms_.config.firewall.backend == Backend::dry_run;
}

Answer Answers::remove_firewall()
{
    rooms_.firewall.withdraw();
    return Changed{"all bans are being removed from the firewall"};
}

asio::awaitable<Answer> Answers::ban(const Request& request)
{
    const Timestamp now = system_now();
    rooms_.intake.advance(now);
    Engine& engine = rooms_.intake.engine();
    const auto effects = engine.ban(prefix_meant(request, engine), request.length, request.reason,
                                    now, request.asker, request.imported_from, request.where);
    if (!effects) co_return Refused{effects.error().message};
    rooms_.intake.perform(*effects);
    Changed changed = ban_report(request, *effects, engine, now);
    co_await stored(changed);
    if (is_dry_run()) changed.message += "; DRY RUN: bans are not enforced";
    auto prefixes = enforced(*effects);
    co_return co_await carried_out(std::move(changed), std::move(prefixes));
}

// A page of the bans that lie in the prefix at a time. The last page waits for all of them.
asio::awaitable<Answer> Answers::unban(const Request& request)
{
    const Timestamp now = system_now();
    rooms_.intake.advance(now);
    Engine& engine = rooms_.intake.engine();
    const auto record = request.keeps_record ? OwnRecord::kept : OwnRecord::cleared;
    const auto done =
        engine.unban(prefix_meant(request, engine), now, record, request.asker, Intake::kMostEnds);
    // What a further page was to lift may have ended meanwhile.
    if (!done && !request.page.after.empty()) co_return Changed{};
    if (!done) co_return Refused{done.error().message};
    rooms_.intake.perform(done->effects);
    Changed changed = unban_report(request, *done, engine);
    co_await stored(changed);
    if (changed.next) co_return changed;
    auto prefixes = enforced(done->effects);
    co_return co_await carried_out(std::move(changed), std::move(prefixes));
}

// A page of the bans at a time, as they are listed. The last page waits for all of them.
asio::awaitable<Answer> Answers::unban_page(const Request& request)
{
    const Timestamp now = system_now();
    rooms_.intake.advance(now);
    Engine& engine = rooms_.intake.engine();
    const auto page = page_of(engine.ledger(), request.page, request.which);
    if (!page) co_return Refused{page.error().message};
    const auto record = request.keeps_record ? OwnRecord::kept : OwnRecord::cleared;
    const Effects effects = engine.unban_each(page->rows, now, record, request.asker);
    rooms_.intake.perform(effects);
    Changed changed = unban_all_report(effects, page->next);
    co_await stored(changed);
    if (changed.next) co_return changed;
    auto prefixes = enforced(effects);
    co_return co_await carried_out(std::move(changed), std::move(prefixes));
}

asio::awaitable<Answer> Answers::change_allowed(const Request& request)
{
    const Timestamp now = system_now();
    rooms_.intake.advance(now);
    Engine& engine = rooms_.intake.engine();
    const bool allows = request.verb == Verb::allow;
    const Prefix& prefix = request.prefix;
    const auto& length = request.length;
    const auto effects =
        allows ? engine.allow(prefix, length, request.reason, now, Intake::kMostEnds, request.asker)
               : engine.disallow(prefix, request.asker);
    if (!effects) co_return Refused{effects.error().message};
    rooms_.intake.perform(*effects);
    auto unbanned = ended(*effects);
    Changed changed;
    changed.changed = texts(unbanned);
    changed.message = (allows ? "allowed " : "no longer allowed: ") + prefix.to_string();
    if (allows && length) changed.message += " " + until_text(now + *length, engine.zone());
    if (!unbanned.empty()) changed.message += "; unbanned " + listed(unbanned);
    if (unbanned.size() >= Intake::kMostEnds)
        changed.message += " now; the other bans that it covers end within seconds";
    const auto other = allows ? std::nullopt : engine.trusted_as(prefix);
    if (other) changed.message += "; it is still on the allowlist: " + *other;
    co_await stored(changed);
    co_return co_await carried_out(std::move(changed), std::move(unbanned));
}

asio::awaitable<Answer> Answers::carried_out(Changed changed, std::vector<Prefix> prefixes)
{
    const bool is_done = co_await rooms_.firewall.settle(std::move(prefixes), kPatience);
    changed.is_pending = !is_done;
    if (!is_done) changed.message += why_pending(reports_.firewall());
    co_return changed;
}

}  // namespace mailban::io
