// Whether a mail server asks, by what its own program prints of its settings.
#include "mailban/policy/asks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::asks_test {
namespace {

using ::testing::HasSubstr;

const ListenAddress kAsked = *ListenAddress::parse("127.0.0.1:4001");
const ListenAddress kAskedSocket = *ListenAddress::parse("/run/mailban/policy.sock");
constexpr const char* kAskKey = "0123456789abcdef";

// doveconf -n of Debian 12's 2.3 and of Debian 13's 2.4.
const std::string kDoveconf = R"(# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf
# Hostname: mx
auth_mechanisms = plain login
auth_policy_check_after_auth = no
auth_policy_hash_nonce = # hidden, use -P to show it
auth_policy_request_attributes = login=%{requested_username} pwhash=%{hashed_password}
auth_policy_server_api_header = X-API-Key: 0123456789abcdef
auth_policy_server_timeout_msecs = 200
auth_policy_server_url = http://127.0.0.1:4001/
passdb {
  args = /etc/dovecot/users
  driver = passwd-file
}
)";

const std::string kDoveconf24 = R"(# 2.4.1-4 (7d8c0e5759): /etc/dovecot/dovecot.conf
dovecot_config_version = 2.4.1
protocols {
  imap = yes
}
passdb passwd-file {
  passwd_file_path = /etc/dovecot/users
}
auth_policy {
  check_after_auth = no
  hash_nonce = # hidden, use -P to show it
  request_attributes {
    mech = %{mechanism}
  }
  server_api_header = X-API-Key: 0123456789abcdef
  server_url = http://127.0.0.1:4001/
  http_client_request_absolute_timeout = 200 msecs
}
)";

std::string changed(std::string text, const std::string& from, const std::string& to)
{
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(ADovecot, IsSeenToAsk)
{
    const auto found = check_dovecot_asks(kDoveconf, kAsked, kAskKey);
    EXPECT_TRUE(found.asks) << found.text;
    EXPECT_EQ(found.text, "Dovecot asks at 127.0.0.1:4001");
    const auto of_24 = check_dovecot_asks(kDoveconf24, kAsked, kAskKey);
    EXPECT_TRUE(of_24.asks) << of_24.text;
    // A key that cannot be read here is not compared.
    EXPECT_TRUE(check_dovecot_asks(kDoveconf, kAsked, "").asks);
    const auto local = changed(kDoveconf, "http://127.0.0.1:4001/", "http://localhost:4001");
    EXPECT_TRUE(check_dovecot_asks(local, kAsked, kAskKey).asks);
}

TEST(ADovecot, IsToldWhatKeepsItFromAsking)
{
    const auto text_of = [](const std::string& settings) {
        const auto found = check_dovecot_asks(settings, kAsked, kAskKey);
        EXPECT_FALSE(found.asks) << settings;
        return found.text;
    };
    EXPECT_THAT(text_of(""), HasSubstr("auth_policy_server_url is not set"));
    EXPECT_THAT(text_of(changed(kDoveconf, "http://127.0.0.1:4001/", "")),
                HasSubstr("auth_policy_server_url is not set"));
    for (const std::string elsewhere :
         {"http://127.0.0.1:40011/", "http://127.0.0.1:4002/", "http://10.127.0.0.1:400/"})
        EXPECT_THAT(text_of(changed(kDoveconf, "http://127.0.0.1:4001/", elsewhere)),
                    HasSubstr("asks '" + elsewhere + "', and mailban listens at 127.0.0.1:4001"));
    EXPECT_THAT(text_of(changed(kDoveconf, "X-API-Key: 0123456789abcdef", "")),
                HasSubstr("X-API-Key: KEY"));
    EXPECT_THAT(text_of(changed(kDoveconf, "X-API-Key: 0123456789abcdef", "X-API-Key: 0123")),
                HasSubstr("another key"));
    EXPECT_THAT(text_of(changed(kDoveconf24, "check_after_auth", "check_before_auth")),
                HasSubstr("check_before_auth"));
    EXPECT_THAT(text_of(changed(kDoveconf24, "  server_url", "  other_url")),
                HasSubstr("auth_policy_server_url is not set"));
    EXPECT_THAT(text_of(kDoveconf + "auth_policy_check_before_auth = no\n"),
                HasSubstr("check_before_auth"));
    EXPECT_THAT(text_of(kDoveconf + "auth_policy_report_after_auth = no\n"),
                HasSubstr("does not report"));
}

// postconf -nx, then postconf -Px.
const std::string kPostconf =
    "mynetworks = 127.0.0.0/8\n"
    "smtpd_client_restrictions = permit_mynetworks, check_policy_service { inet:127.0.0.1:4001, "
    "timeout=1s, try_limit=1, default_action=DUNNO }\n"
    "smtpd_delay_reject = no\n"
    "submission/inet/syslog_name = postfix/submission\n";
const std::string kPostconfOfService =
    "mynetworks = 127.0.0.0/8\n"
    "submission/inet/smtpd_client_restrictions = check_policy_service "
    "unix:/run/mailban/policy.sock\n"
    "submission/inet/smtpd_delay_reject = no\n"
    "smtpd_policy_service_default_action = DUNNO\n";

TEST(APostfix, IsSeenToAsk)
{
    EXPECT_EQ(check_postfix_asks(kPostconf, kAsked).text,
              "Postfix asks at 127.0.0.1:4001 (smtpd_client_restrictions)");
    EXPECT_TRUE(check_postfix_asks(kPostconf, kAsked).asks);
    EXPECT_TRUE(check_postfix_asks(kPostconfOfService, kAskedSocket).asks)
        << check_postfix_asks(kPostconfOfService, kAskedSocket).text;
    const auto sender = changed(changed(kPostconf, "smtpd_client", "smtpd_sender"),
                                "smtpd_delay_reject = no\n", "");
    EXPECT_TRUE(check_postfix_asks(sender, kAsked).asks);
}

TEST(APostfix, IsToldWhatKeepsItFromAsking)
{
    const auto text_of = [](const std::string& settings, const ListenAddress& listen = kAsked) {
        const auto found = check_postfix_asks(settings, listen);
        EXPECT_FALSE(found.asks) << settings;
        return found.text;
    };
    EXPECT_THAT(text_of(""), HasSubstr("does not ask: no check_policy_service names"));
    EXPECT_THAT(text_of(kPostconf, kAskedSocket), HasSubstr("/run/mailban/policy.sock"));
    EXPECT_THAT(text_of(changed(kPostconf, "inet:127.0.0.1:4001", "inet:127.0.0.1:40010")),
                HasSubstr("does not ask"));
    EXPECT_THAT(text_of("relayhost = 127.0.0.1:4001\n"), HasSubstr("does not ask"));
    EXPECT_THAT(text_of(changed(kPostconf, ", default_action=DUNNO", "")),
                HasSubstr("refuses every client"));
    EXPECT_THAT(text_of(changed(kPostconf, "smtpd_delay_reject = no", "smtpd_delay_reject = yes")),
                HasSubstr("smtpd_delay_reject = no"));
}

const std::string kEximConfig =
    "acl_smtp_connect = check_connect\n\nbegin acl\ncheck_connect:\n  deny condition = "
    "${if eq{${readsocket{inet:127.0.0.1:4001}{$sender_host_address $received_port\\n}{1s}{}"
    "{allow}}}{deny}}\n  accept\n";

TEST(AnExim, IsSeenToAskOrNot)
{
    EXPECT_TRUE(check_exim_asks(kEximConfig, kAsked).asks);
    EXPECT_EQ(check_exim_asks(kEximConfig, kAsked).text, "Exim asks at 127.0.0.1:4001");
    const auto by_socket = changed(kEximConfig, "inet:127.0.0.1:4001", "/run/mailban/policy.sock");
    EXPECT_TRUE(check_exim_asks(by_socket, kAskedSocket).asks);
    for (const std::string& other :
         {std::string(), by_socket, changed(kEximConfig, "127.0.0.1:4001", "127.0.0.1:40011"),
          changed(kEximConfig, "readsocket", "readfile")}) {
        EXPECT_FALSE(check_exim_asks(other, kAsked).asks) << other;
        EXPECT_THAT(check_exim_asks(other, kAsked).text, HasSubstr("Exim does not ask"));
    }
}

TEST(SettingsOfAServer, MayBeNonsense)
{
    for (const std::string text : {"=", "\n\n==\n", "check_policy_service", "${readsocket",
                                   "auth_policy_server_url", "}\n}\n{\n=", "\xff=\xff"}) {
        EXPECT_FALSE(check_dovecot_asks(text, kAsked, "").asks);
        EXPECT_FALSE(check_postfix_asks(text, kAsked).asks);
        EXPECT_FALSE(check_exim_asks(text, kAsked).asks);
    }
}

}  // namespace
}  // namespace mailban::asks_test
