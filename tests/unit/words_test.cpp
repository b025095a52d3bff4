#include "mailban/words.h"

#include "mailban/scan.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace mailban::words_test {
namespace {

constexpr std::array<std::string_view, 2> kWords{"one", "two"};

TEST(CharacterSet, HasItsCharactersAndNoOther)
{
    constexpr auto kSet = kDigits.with("-\xff");
    int count = 0;
    for (int c = 0; c < 256; ++c)
        if (kSet.has(static_cast<char>(c))) ++count;
    EXPECT_EQ(count, 12);
    EXPECT_TRUE(kSet.has('0') && kSet.has('9') && kSet.has('-') && kSet.has('\xff'));
    EXPECT_FALSE(kSet.has('\0') || kSet.has('a'));
}

TEST(CharacterSet, MeasuresTheFrontOfAText)
{
    EXPECT_EQ(kDigits.prefix_of("12a3"), 2U);
    EXPECT_EQ(kDigits.prefix_of("123"), 3U);
    EXPECT_EQ(kDigits.prefix_of(""), 0U);
    EXPECT_TRUE(kDigits.has_all_of("123"));
    EXPECT_TRUE(kDigits.has_all_of(""));
    EXPECT_FALSE(kDigits.has_all_of("12a"));
    EXPECT_TRUE(kDigits.has_any_of("a1"));
    EXPECT_FALSE(kDigits.has_any_of("ab"));
}

TEST(TakingAllOfASet, LeavesTheRest)
{
    std::string_view text = "4B40555EE: reject";
    EXPECT_EQ(take_all(text, kLettersAndDigits), "4B40555EE");
    EXPECT_EQ(text, ": reject");
    EXPECT_EQ(take_all(text, kLettersAndDigits), "");
    EXPECT_EQ(text, ": reject");
}

TEST(Words, AreFoundInATextAndAtItsEnds)
{
    EXPECT_TRUE(is_one_of("two", kWords));
    EXPECT_FALSE(is_one_of("twos", kWords));
    EXPECT_TRUE(begins_with_any("ones", kWords));
    EXPECT_FALSE(begins_with_any("a one", kWords));
    EXPECT_TRUE(ends_with_any("number two", kWords));
    EXPECT_FALSE(ends_with_any("ones", kWords));
    EXPECT_TRUE(contains_any("the ones", {"three", "one"}));
    EXPECT_FALSE(contains_any("", kWords));
}

TEST(Beginnings, AreThoseOfTheList)
{
    constexpr Beginnings kOfThree("one", "on a day", "two");
    for (const auto* const text : {"one", "ones", "on a day", "two "})
        EXPECT_TRUE(kOfThree.begin(text)) << text;
    for (const auto* const text : {"", "o", "on", "on a ", "a one", "tw", "three", "One"})
        EXPECT_FALSE(kOfThree.begin(text)) << text;
    constexpr Beginnings kHigh("\xff");
    EXPECT_TRUE(kHigh.begin("\xff\x01"));
    EXPECT_FALSE(kHigh.begin(std::string_view("\0", 1)));
}

template <class Number>
std::string taken_of(std::string_view text)
{
    const auto number = take_number<Number>(text);
    return (number ? std::to_string(*number) : "none") + "|" + std::string(text);
}

TEST(TakingANumber, LeavesWhatDoesNotFit)
{
    EXPECT_EQ(taken_of<std::uint16_t>("25: x"), "25|: x");
    EXPECT_EQ(taken_of<std::uint16_t>("007"), "7|");
    EXPECT_EQ(taken_of<std::uint16_t>("65535"), "65535|");
    EXPECT_EQ(taken_of<std::uint16_t>("65536"), "none|65536");
    EXPECT_EQ(taken_of<std::uint32_t>("4294967295"), "4294967295|");
    EXPECT_EQ(taken_of<std::uint32_t>("4294967296"), "none|4294967296");
    EXPECT_EQ(taken_of<std::uint64_t>("18446744073709551615"), "18446744073709551615|");
    EXPECT_EQ(taken_of<std::uint64_t>("18446744073709551616"), "none|18446744073709551616");
    EXPECT_EQ(taken_of<std::uint64_t>("99999999999999999999"), "none|99999999999999999999");
    EXPECT_EQ(taken_of<std::int64_t>("9223372036854775807"), "9223372036854775807|");
    EXPECT_EQ(taken_of<std::int64_t>("9223372036854775808"), "none|9223372036854775808");
    EXPECT_EQ(taken_of<std::uint8_t>("256"), "none|256");
    for (const auto* const text : {"", "x", "-1", "+1", " 1"})
        EXPECT_EQ(taken_of<int>(text), "none|" + std::string(text));
}

TEST(Words, AreJoinedWithCommas)
{
    EXPECT_EQ(joined(std::vector<std::string>{}), "");
    EXPECT_EQ(joined(std::vector<std::string>{"", "b"}), ", b");
    EXPECT_EQ(joined(kWords), "one, two");
    EXPECT_EQ(joined(kWords, " or "), "one or two");
}

TEST(LowerCase, IsThatOfAsciiAlone)
{
    EXPECT_EQ(lower_case("AbZ@[\xc4"), "abz@[\xc4");
}

TEST(TrimmedText, HasNoBlanksAtItsEnds)
{
    EXPECT_EQ(trimmed(" \ta b\t "), "a b");
    EXPECT_EQ(trimmed(" \t"), "");
    EXPECT_EQ(trimmed("\ra\r", "\r"), "a");
}

}  // namespace
}  // namespace mailban::words_test
