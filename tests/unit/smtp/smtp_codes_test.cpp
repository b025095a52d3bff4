#include "mailban/smtp/enhanced_status.h"
#include "mailban/smtp/reply_code.h"

#include <gtest/gtest.h>

namespace mailban::smtp_codes_test {
namespace {

using namespace std::string_view_literals;

TEST(ReplyCode, AcceptsExactlyTheCodesThatRfc5321Allows)
{
    for (int value = 0; value < 1000; ++value) {
        auto text = std::to_string(1000 + value).substr(1);
        const bool valid = text[0] >= '2' && text[0] <= '5' && text[1] <= '5';
        const auto code = ReplyCode::parse(text);
        ASSERT_EQ(code.has_value(), valid) << text;
        if (!code) continue;
        EXPECT_EQ(code->value(), value);
        EXPECT_EQ(code->is_temporary(), value / 100 == 4);
        EXPECT_EQ(code->is_permanent(), value / 100 == 5);
    }
}

TEST(ReplyCode, RefusesWhatIsNotThreeDigits)
{
    for (const auto text : {""sv, "5"sv, "53"sv, "5355"sv, " 535"sv, "535 "sv, "535-"sv, "+53"sv,
                            "53\0"sv, "5.5"sv, "53x"sv, "-53"sv})
        EXPECT_FALSE(ReplyCode::parse(text)) << text;
}

TEST(EnhancedStatus, ReadsAndPrints)
{
    for (const auto text : {"5.7.8", "4.7.0", "2.7.0", "5.0.0", "4.3.2", "5.999.999", "5.7.139"})
        EXPECT_EQ(EnhancedStatus::parse(text)->to_string(), text);
    EXPECT_EQ(EnhancedStatus::parse("5.7.8"), (EnhancedStatus{5, 7, 8}));
    EXPECT_TRUE(EnhancedStatus::parse("4.7.0")->is_temporary());
    EXPECT_FALSE(EnhancedStatus::parse("5.7.8")->is_temporary());
}

TEST(EnhancedStatus, RefusesEverythingElse)
{
    for (const auto text :
         {""sv,       "5"sv,      "5."sv,       "5.7"sv,      "5.7."sv,   ".7.8"sv,   "5..8"sv,
          "3.7.8"sv,  "1.7.8"sv,  "6.7.8"sv,    "0.7.8"sv,    "55.7.8"sv, "05.7.8"sv, "5.07.8"sv,
          "5.7.08"sv, "5.00.8"sv, "5.1000.8"sv, "5.7.1000"sv, "5.7.8 "sv, " 5.7.8"sv, "5.7.8.9"sv,
          "5.-7.8"sv, "5.+7.8"sv, "5.7.8\0"sv,  "5,7,8"sv,    "5.7.x"sv,  "5.7.8x"sv})
        EXPECT_FALSE(EnhancedStatus::parse(text)) << text;
}

TEST(EnhancedStatus, ReadsBackEveryCode)
{
    for (const std::uint16_t status_class : std::initializer_list<std::uint16_t>{2, 4, 5})
        for (std::uint16_t subject = 0; subject < 1000; subject += 7)
            for (std::uint16_t detail = 0; detail < 1000; detail += 13) {
                const EnhancedStatus status{status_class, subject, detail};
                ASSERT_EQ(EnhancedStatus::parse(status.to_string()), status);
            }
}

}  // namespace
}  // namespace mailban::smtp_codes_test
