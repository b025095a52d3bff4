// A list in pages, at the size at which a whole one would stop the daemon.
#include "mailban/control/page.h"

#include "mailban/control/report.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include <nlohmann/json.hpp>

namespace mailban::page_test {
namespace {

constexpr std::size_t kBans = 50'000;
const Timestamp kStart{std::chrono::seconds(1'800'000'000)};

Prefix numbered(std::uint32_t number)
{
    const auto byte = [number](unsigned shift) {
        return static_cast<std::uint8_t>(number >> shift);
    };
    if (number % 2 == 0) return Prefix::host(IpAddress::v4(20, byte(16), byte(8), byte(0)));
    return Prefix::of(IpAddress({0x2a, 0, byte(24), byte(16), byte(8), byte(0)}), 64);
}

Ban ban_of(std::uint32_t number)
{
    Ban ban;
    ban.prefix = numbered(number);
    ban.since = kStart;
    ban.until = kStart + std::chrono::hours(1);
    ban.rule = "password-guessing";
    ban.reason = "5 failures within 10m";
    return ban;
}

Ledger ledger_of(std::uint32_t bans)
{
    Ledger ledger({}, bans + 10, Seed{1});
    for (std::uint32_t number = 0; number < bans; ++number)
        ledger.impose(ban_of(number));
    return ledger;
}

TEST(APageOfBans, IsOfTheWantedOnesAndLooksAtABoundedNumber)
{
    Ledger ledger = ledger_of(20'000);
    Ban rare = ban_of(20'001);
    rare.rule = "rare";
    ledger.impose(rare);
    const auto all_of = [&](const BanFilter& which) {
        std::vector<Ban> found;
        PageOf wanted;
        for (std::size_t pages = 0; pages < 100; ++pages) {
            const auto page = page_of(ledger, wanted, which);
            found.insert(found.end(), page->rows.begin(), page->rows.end());
            if (!page->next) return found;
            wanted.after = *page->next;
        }
        ADD_FAILURE() << "the list never ends";
        return found;
    };
    EXPECT_EQ(all_of({}).size(), 20'001U);
    EXPECT_EQ(all_of({"rare", std::nullopt}), std::vector<Ban>{rare});
    EXPECT_EQ(all_of({"none", std::nullopt}).size(), 0U);
    EXPECT_EQ(all_of({"", Prefix::parse("20.0.1.0/24")}).size(), 128U);
    EXPECT_EQ(all_of({"rare", Prefix::parse("20.0.1.0/24")}).size(), 0U);
    // One of many bans is far from the first page, which looks at so many and no more.
    const auto first = page_of(ledger, PageOf{}, {"none", std::nullopt});
    ASSERT_TRUE(first->next);
    EXPECT_EQ(page_of(ledger, {*first->next, kMostRows}, {})->rows.front(),
              std::next(ledger.bans().begin(), kMostRowsSeen)->second);
}

TEST(APageOfBans, IsBoundedHoweverManyThereAre)
{
    const Ledger ledger = ledger_of(kBans);
    PageOf wanted;
    std::size_t rows = 0;
    std::size_t pages = 0;
    std::optional<Prefix> last;
    do {
        const auto page = page_of(ledger, wanted);
        ASSERT_TRUE(page);
        ASSERT_LE(page->rows.size(), kMostRows);
        ASSERT_LT(reply_with(*page).size(), std::size_t{256} * 1024);
        for (const Ban& ban : page->rows) {
            ASSERT_TRUE(!last || *last < ban.prefix);
            last = ban.prefix;
        }
        rows += page->rows.size();
        ++pages;
        wanted.after = page->next.value_or("");
    } while (!wanted.after.empty());
    EXPECT_EQ(rows, kBans);
    EXPECT_EQ(pages, kBans / kMostRows);
}

TEST(APageOfBans, HoldsWhatStandsAllTheTimeOnceWhateverComesAndGoes)
{
    constexpr std::uint32_t kStanding = 1000;
    std::mt19937 random(7);
    Ledger ledger({}, 100'000, Seed{1});
    for (std::uint32_t number = 0; number < kStanding; ++number)
        ledger.impose(ban_of(number * 8));
    std::multiset<Prefix> seen;
    PageOf wanted{"", 7};
    do {
        const auto page = page_of(ledger, wanted);
        for (const Ban& ban : page->rows)
            seen.insert(ban.prefix);
        // Also the very ban at which the page ended goes.
        for (int change = 0; change < 5; ++change) {
            const auto number = static_cast<std::uint32_t>(random() % (kStanding * 8));
            if (number % 8 == 0) continue;
            if (random() % 2 == 0) {
                ledger.impose(ban_of(number));
            } else {
                ledger.lift({numbered(number), BanOrigin::rule});
            }
        }
        wanted.after = page->next.value_or("");
    } while (!wanted.after.empty());
    for (std::uint32_t number = 0; number < kStanding; ++number)
        EXPECT_EQ(seen.count(numbered(number * 8)), 1U) << number;
}

TEST(APageOfBans, GoesOnBehindABanThatIsGone)
{
    Ledger ledger = ledger_of(10);
    const auto first = page_of(ledger, {"", 3});
    ledger.lift(first->rows.back().key());
    const auto second = page_of(ledger, {*first->next, 100});
    EXPECT_EQ(second->rows.size(), 7U);
    EXPECT_EQ(second->next, std::nullopt);
}

TEST(APageOfBans, IsEmptyAndTheLastOneWhereThereIsNothing)
{
    const auto page = page_of(Ledger({}, 10, Seed{1}), {});
    EXPECT_TRUE(page->rows.empty());
    EXPECT_EQ(page->next, std::nullopt);
    EXPECT_FALSE(page_of(Ledger({}, 10, Seed{1}), {"nonsense", 10}));
}

TEST(APageOfTheAllowlist, ToldInOrderHoldsEachEntryOnce)
{
    Allowlist allowlist;
    for (const auto* file : {"/etc/a b.list", "/etc/c.list"}) {
        std::vector<Allowed> entries;
        for (std::uint32_t number = 0; number < 50; ++number) {
            entries.emplace_back();
            entries.back().prefix = numbered(number);
            entries.back().origin = AllowOrigin::file;
            entries.back().source = file;
        }
        allowlist.set(AllowOrigin::file, file, entries);
    }
    for (std::uint32_t number = 0; number < 30; ++number) {
        Allowed entry;
        entry.prefix = numbered(number);
        allowlist.add(entry);
    }
    for (const std::size_t most : {1U, 7U, 100U, 500U}) {
        std::vector<Allowed> all;
        PageOf wanted{"", most};
        do {
            const auto page = page_of(allowlist, wanted);
            ASSERT_TRUE(page) << wanted.after;
            ASSERT_LE(page->rows.size(), most);
            all.insert(all.end(), page->rows.begin(), page->rows.end());
            wanted.after = page->next.value_or("");
        } while (!wanted.after.empty());
        EXPECT_EQ(all, allowlist.entries());
    }
}

TEST(APageOfTheAllowlist, IsRefusedBehindWhatIsNoPlaceInIt)
{
    for (const auto* after : {"x", "4", "4 192.0.2.0/24", "9 192.0.2.0/24 x", "-1 192.0.2.0/24 x",
                              "4 192.0.2.1/24 x", " 192.0.2.0/24 x"})
        EXPECT_FALSE(page_of(Allowlist(), {after, 10})) << after;
}

TEST(APageOfNumberedRows, CoversThemAll)
{
    EXPECT_EQ(page_of(5, {"", 500})->end, 5U);
    EXPECT_EQ(page_of(5, {"", 500})->next, std::nullopt);
    const auto first = page_of(5, {"", 3});
    EXPECT_EQ(first->next, "3");
    const auto second = page_of(5, {*first->next, 3});
    EXPECT_EQ(second->begin, 3U);
    EXPECT_EQ(second->end, 5U);
    EXPECT_EQ(second->next, std::nullopt);
    EXPECT_EQ(page_of(5, {"99", 3})->begin, 5U);
    EXPECT_FALSE(page_of(5, {"-1", 3}));
    EXPECT_FALSE(page_of(5, {"1x", 3}));
}

}  // namespace
}  // namespace mailban::page_test
