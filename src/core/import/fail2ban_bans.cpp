// The bans that stand in fail2ban's database.
#include "mailban/import/fail2ban.h"
#include "mailban/plural.h"

#include <algorithm>
#include <utility>

namespace mailban {

namespace {

using Fate = ImportNote::Fate;

// Nothing was banned, or is, further from 1970 than this: 292,000 years in microseconds fit.
constexpr std::int64_t kFarthestSecond = 100'000'000'000;

std::optional<Until> end_of(const Fail2banRow& row, const Fail2banJail& jail)
{
    if (row.time_of_ban < 0 || row.time_of_ban > kFarthestSecond) return std::nullopt;
    const auto since = Timestamp(std::chrono::seconds(row.time_of_ban));
    if (!row.has_length) {
        if (jail.is_forever) return Until();
        return Until(since + *jail.rule.ban);
    }
    if (row.length < 0) return Until();
    if (row.length > kFarthestSecond) return std::nullopt;
    return Until(since + std::chrono::seconds(row.length));
}

}  // namespace

void add_standing_bans(const std::vector<Fail2banRow>& rows, Timestamp now, Fail2ban& into)
{
    auto& bans = into.imported.bans;
    std::map<std::pair<Prefix, std::string>, ImportedBan> latest;
    std::size_t others = 0;
    std::size_t unreadable = 0;
    for (const auto& row : rows) {
        const auto jail = std::find_if(into.jails.begin(), into.jails.end(),
                                       [&](const auto& one) { return one.name == row.jail; });
        if (jail == into.jails.end() || !jail->is_mail) {
            ++others;
            continue;
        }
        const auto prefix = read_block(row.ip);
        const auto until = end_of(row, *jail);
        if (!prefix || !until) {
            ++unreadable;
            continue;
        }
        if (*until && **until <= now) continue;
        auto& ban = latest[{*prefix, jail->name}];
        const bool is_new = ban.from.empty();
        if (is_new || ends_later(*until, ban.until))
            ban = {*prefix, *until, "fail2ban:" + plain_import_name(jail->name), {}};
    }
    for (auto& [key, ban] : latest)
        bans.push_back(std::move(ban));
    if (others > 0)
        into.imported.notes.push_back(
            {Fate::not_carried, "bans",
             plural(others, "ban", "bans") +
                 " of jails that are not of mail servers or not enabled"});
    if (unreadable > 0)
        into.imported.notes.push_back(
            {Fate::not_carried, "bans",
             plural(unreadable, "row", "rows") + " of the database without an address or a time"});
}

}  // namespace mailban
