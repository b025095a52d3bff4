#include "mailban/discover/configured_logs.h"
#include "mailban/discover/known_files.h"
#include "mailban/discover/known_units.h"

#include <gmock/gmock.h>

#include <set>

namespace mailban::known_logs_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Server = KnownConfiguration::Server;

TEST(TheKnownFiles, AreAbsoluteAndNamedOnce)
{
    std::set<std::string_view> paths;
    for (const auto& file : known_files()) {
        EXPECT_TRUE(file.path.starts_with('/')) << file.path;
        EXPECT_FALSE(file.writer.empty()) << file.path;
        EXPECT_TRUE(paths.insert(file.path).second) << file.path;
    }
}

TEST(TheFilesTaken, AreThoseThatExist)
{
    EXPECT_THAT(taken_files({}, false), IsEmpty());
    EXPECT_THAT(taken_files({"/var/log/exim_mainlog", "/var/log/maillog", "/etc/passwd"}, false),
                ElementsAre("/var/log/maillog", "/var/log/exim_mainlog"));
}

TEST(ALogOfEverybodys, IsTakenOnlyWhereMailHasNoneOfItsOwn)
{
    EXPECT_THAT(taken_files({"/var/log/messages"}, false), ElementsAre("/var/log/messages"));
    EXPECT_THAT(taken_files({"/var/log/messages"}, true), IsEmpty());
    EXPECT_THAT(taken_files({"/var/log/syslog", "/var/log/mail.log"}, false),
                ElementsAre("/var/log/mail.log"));
    // Exim's own log says nothing of where Postfix or Dovecot log.
    EXPECT_THAT(taken_files({"/var/log/messages", "/var/log/exim/mainlog"}, false),
                ElementsAre("/var/log/exim/mainlog", "/var/log/messages"));
}

TEST(AMailUnit, IsToldByItsName)
{
    for (const auto* const unit : {"dovecot.service", "postfix@-.service", "postfix@out.service",
                                   "exim4.service", "stalwart-mail.service"})
        EXPECT_TRUE(is_mail_unit(unit)) << unit;
    for (const auto* const unit : {"postfix@.service", "dovecot.socket", "ssh.service",
                                   "exim4-base.service", "dovecot.service.d", "user@1000.service"})
        EXPECT_FALSE(is_mail_unit(unit)) << unit;
}

TEST(ATemplateWithoutAnInstance, HasDebiansOfPostfix)
{
    EXPECT_THAT(
        mail_units_of({"ssh.service", "postfix@.service", "dovecot.service", "dovecot.service"}),
        ElementsAre("dovecot.service", "postfix@-.service"));
    EXPECT_THAT(mail_units_of({"postfix@.service", "postfix@out.service"}),
                ElementsAre("postfix@out.service"));
    EXPECT_THAT(mail_units_of({"ssh.service"}), IsEmpty());
}

TEST(DovecotsConfiguration, NamesItsLogs)
{
    EXPECT_THAT(configured_logs(Server::dovecot,
                                "# log_path = /no/comment\n"
                                "log_path = syslog\r\n"
                                "  info_log_path=/srv/log/dovecot-info.log  # why\n"
                                "log_path = \"/srv/log/dovecot 2.log\"\n"
                                "debug_log_path = /srv/log/debug.log\n"
                                "log_path = /dev/stderr\nlog_path = /srv/%{hostname}.log\n"
                                "log_path = relative.log"),
                ElementsAre("/srv/log/dovecot-info.log"));
    EXPECT_THAT(configured_logs(Server::dovecot, "log_path = \"/srv/d.log\""),
                ElementsAre("/srv/d.log"));
}

TEST(PostfixConfiguration, NamesItsLog)
{
    EXPECT_THAT(configured_logs(Server::postfix, "maillog_file = /var/log/postfix.log\n"),
                ElementsAre("/var/log/postfix.log"));
    EXPECT_THAT(configured_logs(Server::postfix, "maillog_file = $x/y\nmaillog_file =\n"),
                IsEmpty());
}

TEST(EximsConfiguration, NamesItsMainLogUnderEachDate)
{
    EXPECT_THAT(
        configured_logs(Server::exim, "log_file_path = syslog : /var/log/exim/exim-%slog-%D\n"),
        ElementsAre("/var/log/exim/exim-mainlog-*"));
    EXPECT_THAT(configured_logs(Server::exim, "log_file_path=/var/log/exim_%s"),
                ElementsAre("/var/log/exim_main"));
    EXPECT_THAT(configured_logs(Server::exim,
                                "log_file_path = LOGDIR/%slog\nlog_file_path = /a*/%s\n"
                                "log_file_path = /log/${primary_hostname}/%slog\n"),
                IsEmpty());
}

}  // namespace
}  // namespace mailban::known_logs_test
