#include "mailban/control/page.h"

#include <algorithm>
#include <charconv>

namespace mailban {

namespace {

Error no_cursor(const std::string& text)
{
    return Error{"'" + text +
                 "' is not a position in this list; 'after' must be the 'next' of an answer"};
}

std::optional<std::size_t> whole_number(std::string_view text)
{
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// "4 192.0.2.0/24 /etc/mailban/allow.list"
std::string cursor_of(const Allowed& entry)
{
    return std::to_string(static_cast<unsigned>(entry.origin)) + ' ' + entry.prefix.to_string() +
           ' ' + entry.source;
}

// "192.0.2.0/24 manual"
std::string cursor_of(const Ban& ban)
{
    return ban.prefix.to_string() + ' ' + std::string(kBanOriginNames.of(ban.origin));
}

// A prefix alone stands for all of its bans.
std::optional<BanKey> parse_ban_cursor(std::string_view text)
{
    const auto blank = text.find(' ');
    const auto prefix = Prefix::parse(text.substr(0, blank));
    if (!prefix) return std::nullopt;
    if (blank == std::string_view::npos) return BanKey{*prefix, kLastBanOrigin};
    const auto origin = kBanOriginNames.named(text.substr(blank + 1));
    if (!origin) return std::nullopt;
    return BanKey{*prefix, *origin};
}

std::optional<Allowed> parse_cursor(std::string_view text)
{
    const auto first = text.find(' ');
    if (first == std::string_view::npos) return std::nullopt;
    const auto second = text.find(' ', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const auto origin = whole_number(text.substr(0, first));
    const auto prefix = Prefix::parse(text.substr(first + 1, second - first - 1));
    if (!origin || *origin > static_cast<std::size_t>(AllowOrigin::manual) || !prefix)
        return std::nullopt;
    Allowed entry;
    entry.origin = static_cast<AllowOrigin>(*origin);
    entry.prefix = *prefix;
    entry.source = text.substr(second + 1);
    return entry;
}

}  // namespace

Result<Page<Ban>> page_of(const Ledger& ledger, const PageOf& wanted, const BanFilter& which)
{
    const auto& bans = ledger.bans();
    auto ban = bans.begin();
    if (!wanted.after.empty()) {
        const auto last = parse_ban_cursor(wanted.after);
        if (!last) return no_cursor(wanted.after);
        ban = bans.upper_bound(*last);
    }
    Page<Ban> page;
    const Ban* last = nullptr;
    for (std::size_t seen = 0;
         ban != bans.end() && page.rows.size() < wanted.most && seen < kMostRowsSeen;
         ++ban, ++seen) {
        last = &ban->second;
        if (which.matches(*last)) page.rows.push_back(*last);
    }
    if (ban != bans.end() && last != nullptr) page.next = cursor_of(*last);
    return page;
}

Result<Page<Allowed>> page_of(const Allowlist& allowlist, const PageOf& wanted)
{
    std::optional<Allowed> last;
    if (!wanted.after.empty()) {
        last = parse_cursor(wanted.after);
        if (!last) return no_cursor(wanted.after);
    }
    Page<Allowed> page;
    // One more than asked for tells whether there is another page.
    page.rows = allowlist.entries(last, wanted.most + 1);
    if (page.rows.size() <= wanted.most) return page;
    page.rows.pop_back();
    page.next = cursor_of(page.rows.back());
    return page;
}

Result<RowRange> page_of(std::size_t rows, const PageOf& wanted)
{
    RowRange range;
    if (!wanted.after.empty()) {
        const auto begin = whole_number(wanted.after);
        if (!begin) return no_cursor(wanted.after);
        range.begin = std::min(*begin, rows);
    }
    range.end = range.begin + std::min(wanted.most, rows - range.begin);
    if (range.end < rows) range.next = std::to_string(range.end);
    return range;
}

}  // namespace mailban
