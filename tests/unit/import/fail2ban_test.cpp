#include "mailban/import/fail2ban.h"

#include <gmock/gmock.h>

#include "unit/import/import_notes.h"

namespace mailban::fail2ban_test {
namespace {

using namespace std::chrono_literals;
using test::note_of;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Fate = ImportNote::Fate;

constexpr const char* kJailConf = R"([INCLUDES]
before = paths-debian.conf
[DEFAULT]
ignorecommand =
bantime = 10m
findtime = 10m
maxretry = 5
backend = auto
mode = normal
enabled = false
filter = %(__name__)s[mode=%(mode)s]
port = 0:65535
banaction = iptables-multiport
banaction_allports = iptables-allports
action_ = %(banaction)s[port="%(port)s", protocol="tcp"]
action = %(action_)s
[sshd]
port = ssh
logpath = /var/log/auth.log
[postfix]
mode = more
port = smtp,465,submission
logpath = %(postfix_log)s
[postfix-sasl]
filter = postfix[mode=auth]
port = smtp,465,submission,imap,imaps,pop3,pop3s
logpath = %(postfix_log)s
[dovecot]
port = pop3,pop3s,imap,imaps,submission,465,sieve
logpath = %(dovecot_log)s
[exim]
port = smtp,465,submission
logpath = /var/log/exim4/mainlog
[perdition]
port = imap,imaps,pop3,pop3s
logpath = /var/log/mail.log
[sogo-auth]
port = http,https
logpath = /var/log/sogo/sogo.log
[recidive]
logpath = /var/log/fail2ban.log
)";
constexpr const char* kJailPaths =
    "[INCLUDES]\nafter = paths-overrides.local\n[DEFAULT]\n"
    "postfix_log = /var/log/mail.log\ndovecot_log = %(postfix_log)s\n";

Fail2banFiles jail_files_with(const std::string& local)
{
    return {{"jail.conf", kJailConf}, {"paths-debian.conf", kJailPaths}, {"jail.local", local}};
}

Fail2ban read_jails(const Fail2banFiles& files)
{
    auto settings = read_fail2ban(files);
    EXPECT_TRUE(settings.ok()) << (settings.ok() ? "" : settings.error().message);
    return settings.ok() ? *settings : Fail2ban();
}

TEST(Fail2ban, ReadsItsFilesInItsOrder)
{
    const Fail2banFiles files{{"jail.conf", "[INCLUDES]\nbefore = paths.conf\nafter = last.conf\n"},
                              {"paths.conf", "[INCLUDES]\nbefore = common.conf\n"},
                              {"paths.local", ""},
                              {"common.conf", "[INCLUDES]\nbefore = paths.conf\n"},
                              {"jail.local", ""},
                              {"jail.d/b.conf", ""},
                              {"jail.d/a.conf", ""},
                              {"jail.d/c.local", ""},
                              {"jail.d/.hidden.conf", ""},
                              {"jail.d/deep/x.conf", ""}};
    std::vector<std::string> absent;
    EXPECT_THAT(reading_order(files, "jail", absent),
                ElementsAre("common.conf", "paths.conf", "paths.local", "jail.conf",
                            "jail.d/a.conf", "jail.d/b.conf", "jail.local", "jail.d/c.local"));
    EXPECT_THAT(absent, ElementsAre("last.conf"));
}

TEST(Fail2ban, UnderstandsItsTimes)
{
    for (const auto& [text, seconds] :
         std::vector<std::pair<std::string, double>>{{"600", 600},
                                                     {"10m", 600},
                                                     {"1h30m", 5400},
                                                     {"1d 12h", 129600},
                                                     {"1w", 604800},
                                                     {"2 weeks", 1209600},
                                                     {"1hour+30min", 5400},
                                                     {"60*60", 3600},
                                                     {"1.5h", 5400},
                                                     {"1mo", 2629800},
                                                     {"1year", 31557600},
                                                     {"-1", -1},
                                                     {" 1D ", 86400},
                                                     {"1mm", 60}})
        EXPECT_EQ(fail2ban_seconds(text), seconds) << text;
    for (const auto* text : {"", "soon", "10x", "1h*", "-", "1e9", "h", "1..5"})
        EXPECT_EQ(fail2ban_seconds(text), std::nullopt) << text;
}

TEST(Fail2ban, CarriesThresholdsOfMailJailsOnly)
{
    const auto settings =
        read_jails(jail_files_with("[sshd]\nenabled = true\n[postfix-sasl]\nenabled = yes\n"
                                   "maxretry = 3\nfindtime = 1h\nbantime = -1\n"));
    ASSERT_EQ(settings.imported.rules.size(), 1U);
    const auto& [rule, from] = settings.imported.rules[0];
    EXPECT_EQ(from, "postfix-sasl");
    EXPECT_EQ(rule.name, "fail2ban-postfix-sasl");
    EXPECT_EQ(rule.on, EventKinds{EventKind::auth_failure});
    EXPECT_EQ(rule.limit, 3U);
    EXPECT_EQ(rule.within, Duration(1h));
    EXPECT_EQ(rule.ban, std::nullopt);
    EXPECT_THAT(settings.imported.notes,
                Contains(note_of(Fate::not_carried, "sshd", "keep it in fail2ban")));
    EXPECT_THAT(settings.imported.logs,
                ElementsAre(ImportedLog{"/var/log/mail.log", "postfix-sasl", false}));
}

TEST(Fail2ban, CountsWhatTheFilterCounts)
{
    const auto settings = read_jails(
        jail_files_with("[postfix]\nenabled = true\n[exim]\nenabled = true\n"
                        "[mine]\nenabled = true\nfilter = dovecot[mode=aggressive, x=\"a,b\"]\n"
                        "logpath = /srv/dovecot.log\nport = 993\n"));
    std::map<std::string, EventKinds> kinds;
    for (const auto& one : settings.imported.rules)
        kinds[one.rule.name] = one.rule.on;
    using K = EventKind;
    const std::map<std::string, EventKinds> expected{
        {"fail2ban-postfix", {K::relay_denied, K::unknown_recipient, K::rejected}},
        {"fail2ban-exim", {K::auth_failure}},
        {"fail2ban-exim-other", {K::relay_denied, K::unknown_recipient, K::abuse}},
        {"fail2ban-mine", {K::auth_failure}},
        {"fail2ban-mine-other", {K::abuse}}};
    EXPECT_EQ(kinds, expected);
}

TEST(Fail2ban, SaysWhatItCannotCarry)
{
    const auto settings = read_jails(jail_files_with(
        "[DEFAULT]\nignoreip = 127.0.0.1/8 ::1, 192.0.2.7/24 office.example.net file:/etc/allow "
        "nonsense! 198.51.100.0/255.255.255.0\n"
        "[dovecot]\nenabled = true\nignorecommand = /usr/local/bin/x <ip>\nignoreself = no\n"
        "maxretry = many\naction = %(action_)s\n  sendmail-whois[name=x,\n  dest=\"a]b\"]\n"
        "[exim]\nenabled = true\nlogpath = %(nowhere)s\n"
        "[perdition]\nenabled = true\n[sogo-auth]\nenabled = true\n"
        "[recidive]\nenabled = true\n"));
    const auto& notes = settings.imported.notes;
    EXPECT_THAT(notes, Contains(note_of(Fate::covered, "dovecot", "127.0.0.1/8")));
    EXPECT_THAT(notes, Contains(note_of(Fate::not_carried, "dovecot", "nonsense!")));
    EXPECT_THAT(notes, Contains(note_of(Fate::not_carried, "dovecot", "ignorecommand")));
    EXPECT_THAT(notes, Contains(note_of(Fate::not_carried, "dovecot", "ignoreself")));
    EXPECT_THAT(notes, Contains(note_of(Fate::not_carried, "dovecot", "maxretry is 'many'")));
    EXPECT_THAT(notes, Contains(note_of(Fate::not_carried, "dovecot", "action sendmail-whois")));
    EXPECT_THAT(notes, Contains(note_of(Fate::not_carried, "exim", "'nowhere'")));
    EXPECT_THAT(notes, Contains(note_of(Fate::not_carried, "perdition", "parser: perdition")));
    EXPECT_THAT(notes, Contains(note_of(Fate::covered, "recidive", "escalation")));
    const auto& allow = settings.imported.allow;
    EXPECT_THAT(allow.prefixes,
                ElementsAre(*Prefix::parse("192.0.2.0/24"), *Prefix::parse("198.51.100.0/24")));
    EXPECT_THAT(allow.names, ElementsAre("office.example.net"));
    EXPECT_THAT(allow.files, ElementsAre("/etc/allow"));
    EXPECT_THAT(settings.imported.logs,
                Contains(ImportedLog{"/var/log/sogo/sogo.log", "sogo-auth", true}));
}

TEST(Fail2ban, CarriesItsIncrement)
{
    const auto on =
        read_jails(jail_files_with("[DEFAULT]\nbantime.increment = true\nbantime.maxtime = 5w\n"
                                   "bantime.multipliers = 1 5 30\n[dovecot]\nenabled = true\n"));
    EXPECT_EQ(on.imported.escalation_factor, 2);
    EXPECT_EQ(on.imported.escalation_max, Duration(35 * 24h));
    EXPECT_THAT(on.imported.notes,
                Contains(note_of(Fate::not_carried, "dovecot", "bantime.multipliers")));
    const auto off =
        read_jails(jail_files_with("[dovecot]\nenabled = true\nbantime.increment = false\n"));
    EXPECT_EQ(off.imported.escalation_factor, 1);
    const auto silent = read_jails(jail_files_with("[dovecot]\nenabled = true\n"));
    EXPECT_EQ(silent.imported.escalation_factor, std::nullopt);
}

TEST(Fail2ban, ClosesThePortsOfTheJail)
{
    const auto settings =
        read_jails(jail_files_with("[dovecot]\nenabled = true\nbanaction = %(banaction_allports)s\n"
                                   "[exim]\nenabled = true\nport = smtp,8081,nonesuch\n"));
    for (const auto& [rule, from] : settings.imported.rules) {
        ASSERT_TRUE(rule.ports.has_value());
        EXPECT_EQ(rule.ports->all, from == "dovecot");
        if (from == "exim") {
            EXPECT_TRUE(rule.ports->covers({false, {25, 8081}}));
        }
    }
    EXPECT_THAT(settings.imported.notes, Contains(note_of(Fate::not_carried, "exim", "nonesuch")));
}

TEST(Fail2ban, OfTheJournalNamesNoFiles)
{
    const auto settings = read_jails(
        jail_files_with("[dovecot]\nenabled = true\nbackend = systemd[journalflags=1]\n"));
    EXPECT_THAT(settings.imported.logs, IsEmpty());
    EXPECT_THAT(settings.imported.notes, Contains(note_of(Fate::covered, "dovecot", "journal")));
}

TEST(Fail2ban, WithoutJailsIsAnError)
{
    EXPECT_THAT(read_fail2ban({{"fail2ban.conf", ""}}).error().message, HasSubstr("no jail.conf"));
}

TEST(Fail2ban, KnowsWhereItsServerKeepsThings)
{
    auto files = jail_files_with("");
    files["fail2ban.conf"] = "[DEFAULT]\ndbfile = /var/lib/fail2ban/fail2ban.sqlite3\n";
    files["fail2ban.local"] = "[Definition]\ndbfile = /srv/f2b.sqlite3\npidfile = /run/f2b.pid\n";
    const auto settings = read_jails(files);
    EXPECT_EQ(settings.database, "/srv/f2b.sqlite3");
    EXPECT_EQ(settings.pid_file, "/run/f2b.pid");
}

TEST(Fail2banBans, StandWithTheirEnds)
{
    auto settings =
        read_jails(jail_files_with("[dovecot]\nenabled = true\n[sshd]\nenabled = true\n"));
    const Timestamp now(10'000s);
    add_standing_bans({{"192.0.2.7", "dovecot", 9'000, 600, true},   // over
                       {"192.0.2.8", "dovecot", 9'000, 3600, true},  // stands
                       {"192.0.2.8", "dovecot", 9'500, 60, true},    // shorter
                       {"192.0.2.9", "dovecot", 1, -1, true},        // for ever
                       {"2001:db8::9", "dovecot", 9'990, 0, false},  // the jail's ten minutes
                       {"192.0.2.10", "sshd", 9'990, 600, true},
                       {"192.0.2.11", "gone", 9'990, 600, true},
                       {"bob", "dovecot", 9'990, 600, true},
                       {"192.0.2.12", "dovecot", -5, 600, true}},
                      now, settings);
    EXPECT_THAT(settings.imported.bans,
                ElementsAre(ImportedBan{*Prefix::parse("192.0.2.8"), Timestamp(12'600s),
                                        "fail2ban:dovecot", ""},
                            ImportedBan{*Prefix::parse("192.0.2.9"), {}, "fail2ban:dovecot", ""},
                            ImportedBan{*Prefix::parse("2001:db8::9"), Timestamp(10'590s),
                                        "fail2ban:dovecot", ""}));
    EXPECT_THAT(settings.imported.notes, Contains(note_of(Fate::not_carried, "bans", "2 bans of")));
    EXPECT_THAT(settings.imported.notes, Contains(note_of(Fate::not_carried, "bans", "2 rows")));
}

}  // namespace
}  // namespace mailban::fail2ban_test
