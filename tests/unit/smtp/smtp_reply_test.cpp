#include "mailban/smtp/smtp_reply.h"

#include <gtest/gtest.h>

#include <string>

namespace mailban::smtp_reply_test {
namespace {

// "code|enhanced|text", "nothing".
std::string taken_apart(std::string_view line)
{
    const auto reply = SmtpReply::parse(line);
    if (!reply) return "nothing";
    return (reply->code ? std::to_string(reply->code->value()) : "") + '|' +
           (reply->enhanced ? reply->enhanced->to_string() : "") + '|' + std::string(reply->text);
}

TEST(AnSmtpReply, IsTakenApart)
{
    EXPECT_EQ(taken_apart("535 5.7.8 Authentication failed"), "535|5.7.8|Authentication failed");
    EXPECT_EQ(taken_apart("535-5.7.8 More"), "535|5.7.8|More");
    EXPECT_EQ(taken_apart("550 relaying denied"), "550||relaying denied");
    EXPECT_EQ(taken_apart("550 #5.1.0 Address rejected."), "550|5.1.0|Address rejected.");
    EXPECT_EQ(taken_apart("4.7.1 Try again"), "|4.7.1|Try again");
    EXPECT_EQ(taken_apart("535"), "535||");
    EXPECT_EQ(taken_apart("535 "), "535||");
    EXPECT_EQ(taken_apart("535-"), "535||");
    EXPECT_EQ(taken_apart("4.7.1"), "|4.7.1|");
    EXPECT_EQ(taken_apart("334 VXNlcm5hbWU6"), "334||VXNlcm5hbWU6");
    EXPECT_EQ(taken_apart("550 5.7.x"), "550||5.7.x");
    EXPECT_EQ(taken_apart("550 5.7.1x y"), "550||5.7.1x y");
}

TEST(AnSmtpReply, IsNothingElse)
{
    for (const auto* line :
         {"", " ", "-", "53", "5355", "535x", "535:5.7.8", "160 x", "664 x", "999", "5.7",
          "5.7.8.9", " 535", "6.7.8", "2026-11-23 22:26:28 x", "Nov 23 22:30:58 mail exim[152]: x",
          "<22>1 2026-11-23T22:31:54.003Z mail exim4 4711 - - x", "#"})
        EXPECT_EQ(taken_apart(line), "nothing") << line;
}

TEST(AnSmtpReply, GoesByItsCodeWhereTheTwoDisagree)
{
    const auto reply = SmtpReply::parse("550 4.7.1 x");
    EXPECT_TRUE(reply->contradicts_itself());
    EXPECT_TRUE(reply->is_permanent());
    EXPECT_FALSE(reply->is_temporary());
    EXPECT_FALSE(SmtpReply::parse("550 5.7.1 x")->contradicts_itself());
    EXPECT_FALSE(SmtpReply::parse("550")->contradicts_itself());
    EXPECT_FALSE(SmtpReply::parse("5.7.1")->contradicts_itself());
    EXPECT_TRUE(SmtpReply::parse("4.7.1")->is_temporary());
    EXPECT_TRUE(SmtpReply::parse("5.7.1")->is_permanent());
    EXPECT_FALSE(SmtpReply::parse("250 2.0.0")->is_permanent());
}

}  // namespace
}  // namespace mailban::smtp_reply_test
