#include "mailban/detect/account.h"

#include <gtest/gtest.h>

#include <string>

namespace mailban::account_test {
namespace {

constexpr SeededHash kHash{7};

// Words of eight bytes are folded at once: each byte at each place, and each length.
TEST(AnAccountsHash, IsThatOfTheFoldedName)
{
    for (std::size_t size = 0; size <= 20; ++size) {
        for (std::size_t place = 0; place < size; ++place) {
            for (unsigned byte = 0; byte < 256; ++byte) {
                std::string name(size, 'x');
                name[place] = static_cast<char>(byte);
                const std::string folded = folded_account(name);
                ASSERT_EQ(folded_hash(name, kHash), kHash(folded)) << size << " " << byte;
                ASSERT_EQ(account_key(name, 7), account_key(folded, 7)) << size << " " << byte;
            }
        }
    }
}

TEST(AnAccountsHash, TellsNamesApart)
{
    EXPECT_EQ(account_key("Bob@Example.COM", 7), account_key("bob@example.com", 7));
    EXPECT_NE(account_key("bob", 7), account_key("bob", 8));
    EXPECT_NE(account_key("bob", 7), account_key(std::string("bob\0", 4), 7));
    EXPECT_NE(account_key("[", 7), account_key("{", 7));
    EXPECT_NE(account_key("\xc4", 7), account_key("\xe4", 7));
}

TEST(AnAccountsHash, IsOfWhatIsCompared)
{
    const std::string longest(kLongestAccount, 'A');
    EXPECT_EQ(account_key(longest + "b", 7), account_key(longest + "c", 7));
    EXPECT_EQ(folded_hash(longest + "b", kHash), kHash(folded_account(longest)));
    EXPECT_NE(account_key(longest.substr(1), 7), account_key(longest, 7));
}

}  // namespace
}  // namespace mailban::account_test
