#include "mailban/config/load.h"

#include <gtest/gtest.h>

#include <random>

namespace mailban::nearest_name_test {
namespace {

const std::vector<std::string_view> kKeys{"name", "on", "by", "limit", "within", "ban"};

TEST(TheNearestName, ForgivesTypingMistakes)
{
    for (const auto* const word :
         {"limt", "limti", "limits", "lmit", "Limit", "LIMIT", "l1mit", "limmit", "imit", "lim"})
        EXPECT_EQ(nearest_name(word, kKeys), "limit") << word;
    EXPECT_EQ(nearest_name("wihtin", kKeys), "within");
    EXPECT_EQ(nearest_name("no", kKeys), "on");
    EXPECT_EQ(nearest_name("bans", kKeys), "ban");
}

TEST(TheNearestName, IsNoneWhereNothingIsNear)
{
    for (const auto* const word : {"", "x", "colour", "banana", "zz", "nothing_like_it", "li"})
        EXPECT_EQ(nearest_name(word, kKeys), std::nullopt) << word;
    EXPECT_EQ(nearest_name("limit", {}), std::nullopt);
    EXPECT_EQ(nearest_name(std::string(100'000, 'l'), kKeys), std::nullopt);
}

TEST(TheNearestName, PrefersTheNearerAndThenTheFirst)
{
    EXPECT_EQ(nearest_name("auth_failur", {"auth_failed", "auth_failure"}), "auth_failure");
    EXPECT_EQ(nearest_name("cat", {"bat", "hat"}), "bat");
    EXPECT_EQ(nearest_name("hat", {"bat", "hat"}), "hat");
}

TEST(TheNearestName, IsFoundAfterAnyOneEdit)
{
    constexpr std::uint32_t kSeed = 20261101;
    SCOPED_TRACE("seed " + std::to_string(kSeed));
    std::mt19937 random(kSeed);
    const std::vector<std::string_view> names{"sources", "escalation", "firewall", "control"};
    for (int round = 0; round < 2'000; ++round) {
        const auto name = names[random() % names.size()];
        std::string word(name);
        const auto at = random() % (word.size() - 1);
        const auto letter = static_cast<char>('a' + random() % 26);
        switch (random() % 4) {
        case 0: word[at] = letter; break;
        case 1: word.erase(at, 1); break;
        case 2: word.insert(at, 1, letter); break;
        default: std::swap(word[at], word[at + 1]); break;
        }
        ASSERT_EQ(nearest_name(word, names), name) << word;
    }
}

}  // namespace
}  // namespace mailban::nearest_name_test
