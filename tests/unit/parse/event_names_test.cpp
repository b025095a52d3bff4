#include "mailban/parse/event.h"

#include <gtest/gtest.h>

namespace mailban::event_names_test {
namespace {

TEST(EventKind, IsReadBackFromItsName)
{
    for (std::size_t index = 0; index < kEventKinds; ++index) {
        const auto kind = static_cast<EventKind>(index);
        EXPECT_EQ(parse_event_kind(to_string(kind)), kind);
    }
    EXPECT_EQ(to_string(EventKind::auth_failure), "auth_failure");
    EXPECT_EQ(to_string(EventKind::unknown_recipient), "unknown_recipient");
    EXPECT_EQ(to_string(EventKind::abuse), "abuse");
    for (const auto name : {"", "auth", "auth_failure ", "AUTH_FAILURE", "auth-failure"})
        EXPECT_FALSE(parse_event_kind(name)) << name;
}

TEST(MailServer, IsReadBackFromItsName)
{
    for (std::size_t index = 0; index < kMailServers; ++index) {
        const auto server = static_cast<MailServer>(index);
        EXPECT_EQ(parse_mail_server(to_string(server)), server);
    }
    EXPECT_FALSE(parse_mail_server("Exim"));
    EXPECT_FALSE(parse_mail_server(""));
}

TEST(Service, HasTheNamesThatTheOutputPromises)
{
    EXPECT_EQ(to_string(Service::unknown), "unknown");
    EXPECT_EQ(to_string(Service::smtp), "smtp");
    EXPECT_EQ(to_string(Service::imap), "imap");
    EXPECT_EQ(to_string(Service::pop3), "pop3");
    EXPECT_EQ(to_string(Service::sieve), "sieve");
    EXPECT_EQ(to_string(Service::submission), "submission");
    EXPECT_EQ(to_string(MailServer::exim), "exim");
}

}  // namespace
}  // namespace mailban::event_names_test
