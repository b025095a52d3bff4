#include "mailban/setup/door_texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::door_texts_test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kQuestion =
    "check_policy_service { inet:127.0.0.1:4002, timeout=1s, try_limit=1, default_action=DUNNO }";

std::string with_door(const std::string& main_cf)
{
    const auto text = postfix_door(main_cf);
    EXPECT_TRUE(text.ok());
    return text.ok() ? *text : std::string();
}

TEST(PostfixsDoor, IsAddedAtTheEndWhereNothingStands)
{
    const std::string text = with_door("myhostname = mail\nmydestination =");
    EXPECT_TRUE(text.starts_with("myhostname = mail\nmydestination =\n#"));
    EXPECT_THAT(text, HasSubstr(std::string("\nsmtpd_client_restrictions = ") + kQuestion + "\n"));
    EXPECT_TRUE(text.ends_with("\nsmtpd_delay_reject = no\n"));
}

TEST(PostfixsDoor, ComesFirstAmongTheRestrictionsThatStand)
{
    EXPECT_EQ(
        with_door("smtpd_client_restrictions = permit_mynetworks,\n  reject_rbl_client x\n"
                  "smtpd_delay_reject = yes\nother = 1\n"),
        std::string("smtpd_client_restrictions = ") + kQuestion +
            ", permit_mynetworks,\n  reject_rbl_client x\nsmtpd_delay_reject = no\nother = 1\n");
    EXPECT_EQ(
        with_door("smtpd_client_restrictions =\nsmtpd_delay_reject=yes\n"),
        std::string("smtpd_client_restrictions = ") + kQuestion + "\nsmtpd_delay_reject= no\n");
}

TEST(PostfixsDoor, IsTheSettingThatCountsAndThereOnce)
{
    const std::string twice =
        with_door("smtpd_client_restrictions = a\nsmtpd_client_restrictions = b\n");
    EXPECT_THAT(twice,
                HasSubstr("= a\nsmtpd_client_restrictions = " + std::string(kQuestion) + ", b"));
    EXPECT_EQ(with_door(twice), twice);
    EXPECT_THAT(with_door("# smtpd_client_restrictions = a\n"),
                HasSubstr("\nsmtpd_client_restrictions = check"));
    EXPECT_FALSE(postfix_door("smtpd_client_restrictions = a,\n  # why\n  b\n").ok());
}

TEST(DovecotsDoor, HasTheKeyAndTheNonce)
{
    for (const auto release : {DovecotRelease::v2_3, DovecotRelease::v2_4}) {
        const auto text = dovecot_door(release, "0123", "4567");
        EXPECT_THAT(text, HasSubstr("\nauth_policy_server_url = http://127.0.0.1:4001/\n"));
        EXPECT_THAT(text, HasSubstr("\nauth_policy_server_api_header = X-API-Key: 0123\n"));
        EXPECT_THAT(text, HasSubstr("\nauth_policy_hash_nonce = 4567\n"));
        EXPECT_THAT(text, HasSubstr("mech"));
    }
}

TEST(DovecotsDoor, SpeaksTheLanguageOfItsRelease)
{
    EXPECT_EQ(dovecot_release("2.3.19.1 (9b53102964)\n"), DovecotRelease::v2_3);
    EXPECT_EQ(dovecot_release("2.4.1-4 (7d8c0e5759)\n"), DovecotRelease::v2_4);
    for (const char* const other : {"2.2.36", "2.5.0", "3.0", "2.40.1", "", "dovecot: not found"})
        EXPECT_EQ(dovecot_release(other), std::nullopt) << other;
    EXPECT_THAT(dovecot_door(DovecotRelease::v2_3, "k", "n"),
                HasSubstr("\nauth_policy_server_timeout_msecs = 200\n"));
    EXPECT_THAT(dovecot_door(DovecotRelease::v2_4, "k", "n"),
                HasSubstr("\n  http_client_request_absolute_timeout = 200 msecs\n"));
}

TEST(EximsDoor, IsOneLineOfTheMainSection)
{
    EXPECT_THAT(exim_door(),
                HasSubstr("\nacl_smtp_connect = ${if eq{${readsocket{inet:127.0.0.1:4003}"));
    EXPECT_TRUE(exim_door().ends_with("{deny}{deny}{accept}}\n"));
}

}  // namespace
}  // namespace mailban::door_texts_test
