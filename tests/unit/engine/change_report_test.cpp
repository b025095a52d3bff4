// What an administrator is told of a ban by hand and of its end.
#include "mailban/engine/change_report.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "unit/engine/an_engine.h"

namespace mailban::change_report_test {
namespace {

using namespace std::chrono_literals;
using test::five_in_ten_minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Request asked(Verb verb, const char* text)
{
    Request request{verb};
    request.prefix = *Prefix::parse(text);
    request.is_address = std::string(text).find('/') == std::string::npos;
    return request;
}

class AChange : public test::AnEngine {
protected:
    Changed ban(const char* text)
    {
        const auto request = asked(Verb::ban, text);
        const auto done =
            engine_.ban(prefix_meant(request, engine_), request.length, request.reason, now_);
        EXPECT_TRUE(done.ok());
        return ban_report(request, *done, engine_, now_);
    }
    Changed unban(const char* text)
    {
        const auto request = asked(Verb::unban, text);
        const auto done = engine_.unban(prefix_meant(request, engine_), now_);
        EXPECT_TRUE(done.ok()) << done.error().message;
        return unban_report(request, *done, engine_);
    }
};

TEST_F(AChange, CoversWhatARuleWouldWhereAnAddressHasNoLength)
{
    const auto report = ban("2001:db8:1::66");
    EXPECT_THAT(report.changed, ElementsAre("2001:db8:1::/64"));
    EXPECT_THAT(report.message, HasSubstr("2001:db8:1::/64"));
    EXPECT_THAT(report.message, HasSubstr("to mean only that address, write 2001:db8:1::66/128"));
    EXPECT_THAT(unban("2001:db8:1::67").changed, ElementsAre("2001:db8:1::/64"));
}

TEST_F(AChange, IsExactWhereALengthIsWritten)
{
    EXPECT_THAT(ban("2001:db8:1::66/128").changed, ElementsAre("2001:db8:1::66/128"));
    EXPECT_EQ(ban("192.0.2.7").message, "banned 192.0.2.7/32 until 2027-01-15 09:00:00 +0000");
}

TEST_F(AChange, SparesATrustedNeighbourAsARuleDoes)
{
    engine_.set_own_addresses(PrefixSet({*Prefix::parse("2001:db8:1::1")}));
    EXPECT_THAT(ban("2001:db8:1::66").changed, ElementsAre("2001:db8:1::66/128"));
}

TEST_F(AChange, SaysWhatStillBarsTheAddressAndWhatToType)
{
    ban("198.51.100.7");
    ban("198.51.100.0/24");
    const auto report = unban("198.51.100.7");
    ASSERT_EQ(report.still_banned_by.size(), 1U);
    EXPECT_THAT(report.message, HasSubstr("198.51.100.7/32 is still banned"));
    EXPECT_THAT(report.message, HasSubstr("'mailban unban 198.51.100.0/24'"));
    const auto reply = nlohmann::json::parse(reply_with(report));
    EXPECT_EQ(reply["ok"], true);
    EXPECT_EQ(reply["result"]["still_banned_by"][0]["prefix"], "198.51.100.0/24");
}

TEST_F(AChange, SaysHowManyBansLayInAPrefix)
{
    ban("198.51.100.10");
    ban("198.51.100.11");
    const auto report = unban("198.51.100.0/28");
    EXPECT_EQ(report.message,
              "unbanned 2 prefixes in 198.51.100.0/28: 198.51.100.10/32, 198.51.100.11/32; the "
              "record is cleared");
    EXPECT_THAT(report.still_banned_by, IsEmpty());
}

}  // namespace
}  // namespace mailban::change_report_test
