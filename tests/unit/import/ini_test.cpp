#include "mailban/import/ini.h"

#include <gmock/gmock.h>

namespace mailban::ini_test {
namespace {

using ::testing::ElementsAre;

IniFiles ini_files_of(const std::vector<std::string>& texts)
{
    IniFiles files;
    for (const auto& text : texts)
        files.add(text);
    return files;
}

TEST(IniText, IsReadAsConfigparserReadsIt)
{
    const auto sections = parse_ini(
        "\xef\xbb\xbf# comment\n"
        "stray = before any section\n"
        "[postfix]\n"
        "enabled = true\n"
        "Port: smtp,465   ; inline\n"
        "logpath = /var/log/a\n"
        "    # comment\n"
        "\n"
        "          /var/log/b ; and another\n"
        "semi = a;b\n"
        "  ; comment\n"
        "empty =\n"
        "enabled = false\n"
        "no sign\n"
        "[broken\n"
        "tail = 1\n");
    ASSERT_EQ(sections.size(), 1U);
    const auto& postfix = sections.at("postfix");
    EXPECT_EQ(postfix.at("enabled"), "false");
    EXPECT_EQ(postfix.at("port"), "smtp,465");
    EXPECT_EQ(postfix.at("logpath"), "/var/log/a\n/var/log/b");
    EXPECT_EQ(postfix.at("semi"), "a;b");
    EXPECT_EQ(postfix.at("empty"), "");
    EXPECT_EQ(postfix.at("tail"), "1");
}

TEST(IniFiles, InterpolateNamesOfTheSectionOfDefaultsAndOfOthers)
{
    const auto files = ini_files_of({
        "[DEFAULT]\nbase = /var/log\nport = 0:65535\nfilter = %(__name__)s[mode=%(mode)s]\nmode = "
        "normal\n"
        "backend = auto\n[other]\nport = 25\n"
        "[dovecot]\nlogpath = %(base)s/mail.log\nbackend = %(default/backend)s\nport = "
        "%(other/port)s\n"
        "percent = 100%% %x\n",
    });
    EXPECT_EQ(files.get("dovecot", "logpath"), "/var/log/mail.log");
    EXPECT_EQ(files.get("dovecot", "filter"), "dovecot[mode=normal]");
    EXPECT_EQ(files.get("dovecot", "backend"), "auto");
    EXPECT_EQ(files.get("dovecot", "port"), "25");
    EXPECT_EQ(files.get("dovecot", "percent"), "100% %x");
    EXPECT_EQ(files.get("dovecot", "absent"), std::nullopt);
    EXPECT_THAT(files.sections(), ElementsAre("dovecot", "other"));
}

TEST(IniFiles, GiveLaterTextsTheLastWordAndKeepWhatWasKnown)
{
    const auto files =
        ini_files_of({"[DEFAULT]\nbantime = 10m\n[exim]\nmaxretry = 5\nport = smtp\n",
                      "[DEFAULT]\nbantime = 1h\n[exim]\nport = %(known/port)s,587\n"});
    EXPECT_EQ(files.get("exim", "bantime"), "1h");
    EXPECT_EQ(files.get("exim", "maxretry"), "5");
    EXPECT_EQ(files.get("exim", "port"), "smtp,587");
    EXPECT_TRUE(files.says("exim", "bantime"));
    EXPECT_FALSE(files.says("exim", "findtime"));
}

TEST(IniFiles, NameWhatIsMissing)
{
    const auto files = ini_files_of({"[exim]\nlogpath = %(exim_main_log)s\nfine = x\n"});
    EXPECT_EQ(files.get("exim", "logpath"), std::nullopt);
    EXPECT_EQ(files.missing("exim", "logpath"), "exim_main_log");
    EXPECT_EQ(files.missing("exim", "fine"), "");
}

TEST(IniFiles, EndWhereValuesNameEachOther)
{
    std::string text = "[x]\nloop = %(loop)s\na0 = 0123456789\n";
    for (int at = 1; at < 12; ++at) {
        text += "a" + std::to_string(at) + " =";
        for (int times = 0; times < 10; ++times)
            text += " %(a" + std::to_string(at - 1) + ")s";
        text += "\nb" + std::to_string(at) + " =";
        for (int times = 0; times < 50; ++times)
            text += "%(b" + std::to_string(at - 1) + ")s";
        text += '\n';
    }
    const auto files = ini_files_of({text + "b0 =\n"});
    EXPECT_EQ(files.get("x", "loop"), std::nullopt);
    EXPECT_EQ(files.get("x", "a9"), std::nullopt);
    EXPECT_EQ(files.get("x", "b9"), std::nullopt);
    EXPECT_NE(files.get("x", "a2"), std::nullopt);
}

}  // namespace
}  // namespace mailban::ini_test
