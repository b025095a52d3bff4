#include "mailban/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace mailban::utf8_test {
namespace {

TEST(PrintableText, LeavesReadableTextAlone)
{
    for (const auto* text :
         {"", "bob@example.com", "G\u00fcnter \u65e5\u672c \U0001f600", "a\\b \"c\""})
        EXPECT_EQ(printable(text), text);
}

TEST(PrintableText, SteersNoTerminal)
{
    EXPECT_EQ(printable("a\x1b[31mb\r\n\tc\x7f"), "a\\x1b[31mb\\x0d\\x0a\\x09c\\x7f");
    EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
    // C1 controls: as UTF-8, and as the single byte that some terminals take for ESC [.
    EXPECT_EQ(printable("\u009b31m"), "\\u{9b}31m");
    EXPECT_EQ(printable("\x9b"
                        "31m"),
              "\\x9b31m");
}

TEST(PrintableText, HidesAndTurnsNothing)
{
    EXPECT_EQ(printable("a\u202eb"), "a\\u{202e}b");
    EXPECT_EQ(printable("a\u200bb\u2066c\ufeff\U000e0041"),
              "a\\u{200b}b\\u{2066}c\\u{feff}\\u{e0041}");
}

TEST(PrintableText, EscapesWhatIsNotUtf8ByteByByte)
{
    EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");
    EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");           // written too long
    EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
    EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
    EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82");
}

TEST(PrintableText, HoldsNoByteThatSteersWhateverCameIn)
{
    for (unsigned first = 0; first < 256; ++first) {
        for (unsigned second = 0; second < 256; ++second) {
            const std::string text{static_cast<char>(first), static_cast<char>(second)};
            const auto safe = printable(text);
            std::string_view rest = safe;
            while (!rest.empty()) {
                const auto character = first_character(rest);
                ASSERT_TRUE(character) << first << ' ' << second;
                ASSERT_TRUE(character->value >= 0x20 && character->value != 0x7f);
                ASSERT_FALSE(character->value >= 0x80 && character->value < 0xa0);
                rest.remove_prefix(character->length);
            }
        }
    }
}

TEST(TextInQuotes, IsCutBetweenTwoCharacters)
{
    EXPECT_EQ(in_quotes(""), "''");
    EXPECT_EQ(in_quotes("a\nb"), "'a\\x0ab'");
    EXPECT_EQ(in_quotes("abcd", 4), "'abcd'");
    EXPECT_EQ(in_quotes("abcde", 4), "'abcd…'");
    EXPECT_EQ(in_quotes("abc\u00e4", 4), "'abc…'");
}

TEST(FirstUnreadableByte, IsNoUtf8OrAControlCharacterThatLaysOutNoText)
{
    EXPECT_FALSE(first_unreadable("a\tb\r\n\u00e4\u202e"));
    EXPECT_EQ(first_unreadable("ab\x1b"), 2U);
    EXPECT_EQ(first_unreadable("\u00e4\x7f"), 2U);
    EXPECT_EQ(first_unreadable("a\xff"), 1U);
}

}  // namespace
}  // namespace mailban::utf8_test
