#include "mailban/import/csf.h"

#include <gmock/gmock.h>

#include "unit/import/import_notes.h"

namespace mailban::csf_test {
namespace {

using namespace std::chrono_literals;
using test::note_of;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Fate = ImportNote::Fate;

Imported read_lists(const CsfFiles& files, Timestamp now = Timestamp(1'000s))
{
    auto imported = read_csf(files, now);
    EXPECT_TRUE(imported.ok()) << (imported.ok() ? "" : imported.error().message);
    return imported.ok() ? *imported : Imported();
}

TEST(Csf, CarriesLoginFailureKeys)
{
    const auto imported =
        read_lists({{"csf.conf",
                     "# LF_POP3D = \"1\"\nLF_SMTPAUTH = \"5\"\nLF_SMTPAUTH_PERM = \"1\"\n"
                     "LF_IMAPD = \"10\"  # ten\nLF_IMAPD_PERM=\"1800\"\nLF_POP3D = \"0\"\n"
                     "LF_EXIMSYNTAX = \"12\"\nLF_EXIMSYNTAX_PERM = \"600\"\n"
                     "LF_INTERVAL = \"7200\"\nLF_DISTATTACK = \"1\"\nCC_DENY = \"XX\"\n"
                     "SMTPAUTH_LOG = \"/var/log/exim_mainlog\"\n"}});
    ASSERT_EQ(imported.rules.size(), 3U);
    EXPECT_EQ(imported.rules[0].from, "LF_SMTPAUTH");
    EXPECT_EQ(imported.rules[0].rule.limit, 5U);
    EXPECT_EQ(imported.rules[0].rule.within, Duration(2h));
    EXPECT_EQ(imported.rules[0].rule.ban, std::nullopt);
    EXPECT_EQ(imported.rules[1].rule.name, "csf-imapd");
    EXPECT_EQ(imported.rules[1].rule.ban, Duration(30min));
    EXPECT_EQ(imported.rules[2].rule.on, EventKinds{EventKind::abuse});
    EXPECT_THAT(imported.logs,
                ElementsAre(ImportedLog{"/var/log/exim_mainlog", "LF_SMTPAUTH", false}));
    EXPECT_THAT(imported.notes, Contains(note_of(Fate::covered, "LF_DISTATTACK", "account")));
    EXPECT_THAT(imported.notes, Contains(note_of(Fate::not_carried, "CC_DENY", "countries")));
}

TEST(Csf, CountsAllServicesTogetherWhereATriggerSaysSo)
{
    const auto imported =
        read_lists({{"csf.conf",
                     "LF_TRIGGER = \"20\"\nLF_TRIGGER_PERM = \"900\"\nLF_SMTPAUTH = \"1\"\n"
                     "LF_POP3D = \"1\"\n"}});
    ASSERT_EQ(imported.rules.size(), 2U);
    for (const auto& [rule, from] : imported.rules) {
        EXPECT_EQ(rule.limit, 20U);
        EXPECT_EQ(rule.within, Duration(1h));
        EXPECT_EQ(rule.ban, Duration(15min));
        EXPECT_THAT(from, HasSubstr("LF_TRIGGER"));
    }
}

TEST(Csf, CarriesListsAsFarAsTheyConcernMailClients)
{
    const auto imported =
        read_lists({{"csf.conf", ""},
                    {"csf.allow",
                     "127.0.0.1\n192.0.2.0/24 # office\ntcp|in|d=25,993|s=198.51.100.1\n"
                     "tcp|in|d=3306|s=198.51.100.2\ntcp|out|d=25|d=198.51.100.3\n"
                     "Include /etc/csf/more.allow\nInclude /etc/csf/absent\n"},
                    {"/etc/csf/more.allow", "2001:db8::1\nInclude /etc/csf/more.allow\n"},
                    {"csf.ignore", "203.0.113.9\n.googlebot.com\n"},
                    {"csf.dyndns", "home.example.net\n"},
                    {"csf.deny",
                     "198.51.100.9 # lfd: (smtpauth) Failed SMTP AUTH login\n198.51.100.0/26\n"
                     "udp|in|d=25|s=198.51.100.4\nd=100_200|s=198.51.100.5 # range\nbob\n"
                     "in|d=22|s=198.51.100.6\n"}});
    EXPECT_THAT(imported.allow.prefixes,
                ElementsAre(*Prefix::parse("203.0.113.9"), *Prefix::parse("192.0.2.0/24"),
                            *Prefix::parse("198.51.100.1"), *Prefix::parse("2001:db8::1")));
    EXPECT_THAT(imported.allow.names, ElementsAre("home.example.net"));
    EXPECT_THAT(
        imported.bans,
        ElementsAre(ImportedBan{*Prefix::parse("198.51.100.9"),
                                {},
                                "csf:csf.deny",
                                "lfd: (smtpauth) Failed SMTP AUTH login"},
                    ImportedBan{*Prefix::parse("198.51.100.0/26"), {}, "csf:csf.deny", ""},
                    ImportedBan{*Prefix::parse("198.51.100.5"), {}, "csf:csf.deny", "range"}));
    const auto& notes = imported.notes;
    EXPECT_THAT(notes, Contains(note_of(Fate::not_carried, "csf.allow:4", "without a mail port")));
    EXPECT_THAT(notes, Contains(note_of(Fate::not_carried, "csf.allow:5", "outgoing")));
    EXPECT_THAT(notes, Contains(note_of(Fate::not_carried, "csf.allow", "/etc/csf/absent")));
    EXPECT_THAT(notes, Contains(note_of(Fate::not_carried, "csf.ignore:2", ".googlebot.com")));
    EXPECT_THAT(notes, Contains(note_of(Fate::not_carried, "csf.deny:3", "udp")));
    EXPECT_THAT(notes, Contains(note_of(Fate::not_carried, "csf.deny:5", "bob")));
    EXPECT_THAT(notes, Contains(note_of(Fate::not_carried, "csf.deny:6", "without a mail port")));
}

TEST(Csf, CarriesTemporaryBansThatStand)
{
    const auto imported = read_lists({{"csf.conf", ""},
                                      {"csf.tempban",
                                       "900|192.0.2.1|*|in|3600|lfd - (imapd)\n"
                                       "900|192.0.2.2|*|in|50|over\n"
                                       "900|192.0.2.3|80,443|in|3600|web\n"
                                       "900|192.0.2.4|25,143|inout|3600|mail\n"
                                       "900|192.0.2.5||out|3600|out\nx|y\n"},
                                      {"csf.tempallow", "900|192.0.2.6|*|inout|4100|me\n"}});
    EXPECT_THAT(imported.bans,
                ElementsAre(ImportedBan{*Prefix::parse("192.0.2.1"), Timestamp(4'500s),
                                        "csf:csf.tempban", "lfd - (imapd)"},
                            ImportedBan{*Prefix::parse("192.0.2.4"), Timestamp(4'500s),
                                        "csf:csf.tempban", "mail"}));
    EXPECT_THAT(imported.notes, Contains(note_of(Fate::not_carried, "csf.tempallow",
                                                 "`mailban allow 192.0.2.6/32 --for 1h6m40s`")));
}

TEST(Csf, NamesOnlyTheFirstOfManyRefusedEntries)
{
    std::string deny;
    for (int line = 0; line < 50; ++line)
        deny += "nobody\n";
    const auto imported = read_lists({{"csf.conf", ""}, {"csf.deny", deny}});
    EXPECT_EQ(imported.notes.size(), 21U);
    EXPECT_THAT(imported.notes,
                Contains(note_of(Fate::not_carried, "csf.deny", "30 more entries")));
}

TEST(Csf, WithoutItsConfigurationIsAnError)
{
    EXPECT_THAT(read_csf({}, {}).error().message, HasSubstr("no csf.conf"));
}

}  // namespace
}  // namespace mailban::csf_test
