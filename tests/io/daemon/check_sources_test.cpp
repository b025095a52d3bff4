// Whether `mailban check` notices that nothing of a mail server is to be seen.
#include "io/daemon/check_sources.h"

#include "io/daemon/check_hook.h"
#include "io/support/temp_directory.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace mailban::io::check_sources_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Grade = Finding::Grade;

Config with_logs(const std::vector<std::string>& logs)
{
    Config config;
    for (const auto& log : logs) {
        SourceConfig source;
        source.file = log;
        config.sources.push_back(source);
    }
    return config;
}

Finding about(const std::string& subject, const Config& config,
              const std::optional<Sandbox>& sandbox = std::nullopt)
{
    for (auto& finding : check_sources(config, sandbox))
        if (finding.subject == subject) return finding;
    return {Grade::well, subject, "nothing was said"};
}

TEST(ACheckOfSources, IsWrongWhereNoLogExists)
{
    const TempDirectory folder;
    const auto finding = about("sources", with_logs({folder / "a", folder / "b"}));
    EXPECT_EQ(finding.grade, Grade::wrong);
    EXPECT_THAT(finding.text, StartsWith("none of the 2 logs exists: mailban can ban nobody; "));
}

TEST(ACheckOfSources, IsWrongWhereTheLogIsAnotherProgrammes)
{
    const TempDirectory folder;
    std::ofstream log(folder / "syslog");
    for (int count = 0; count < 30; ++count)
        log << "Jan 15 08:00:00 host CRON[1]: (root) CMD (true)\n";
    log.close();
    const auto finding = about("sources", with_logs({folder / "syslog"}));
    EXPECT_EQ(finding.grade, Grade::wrong);
    EXPECT_THAT(finding.text, HasSubstr("no line of a mail server"));
}

TEST(ACheckOfSources, IsNotWrongOnAFreshServer)
{
    const TempDirectory folder;
    std::ofstream(folder / "mail.log") << "";
    EXPECT_EQ(about("sources", with_logs({folder / "mail.log"})).grade, Grade::warning);
    std::ofstream(folder / "mail.log")
        << "Jan 15 08:00:00 host postfix/master[7]: daemon started\n";
    EXPECT_EQ(about("sources", with_logs({folder / "mail.log"})).grade, Grade::well);
    std::filesystem::rename(folder / "mail.log", folder / "mail.log.1");
    std::ofstream(folder / "mail.log") << "";
    EXPECT_EQ(about("sources", with_logs({folder / "mail.log"})).grade, Grade::well);
}

TEST(ACheckOfSources, SaysThatAPatternMatchesNothing)
{
    const TempDirectory folder;
    const std::string pattern = folder / "*.log";
    EXPECT_THAT(about("log " + pattern, with_logs({pattern})).text, HasSubstr("matches"));
    EXPECT_EQ(about("sources", with_logs({pattern})).grade, Grade::wrong);
}

TEST(ACheckOfSources, IsWrongWhereTheUnitHidesTheLog)
{
    const TempDirectory folder;
    std::ofstream(folder / "mail.log")
        << "Jan 15 08:00:00 host postfix/master[7]: daemon started\n";
    const auto sandbox = Sandbox::parse(
        "mailban.service", "LoadState=loaded\nInaccessiblePaths=" + folder.path().string() + "\n");
    const auto config = with_logs({folder / "mail.log"});
    const auto finding = about("log " + (folder / "mail.log"), config, sandbox);
    EXPECT_EQ(finding.grade, Grade::wrong);
    EXPECT_THAT(finding.text, HasSubstr("of mailban.service hides " + folder.path().string()));
    EXPECT_EQ(about("sources", config, sandbox).grade, Grade::wrong);
    // Through a link, too.
    const TempDirectory other;
    std::filesystem::create_symlink(folder / "mail.log", other / "mail.log");
    EXPECT_EQ(about("log " + (other / "mail.log"), with_logs({other / "mail.log"}), sandbox).grade,
              Grade::wrong);
}

TEST(ACheckOfSources, WarnsOfAWebMailerWithoutItsPort)
{
    const TempDirectory folder;
    std::ofstream(folder / "userlogins.log")
        << "[15-Jan-2027 08:00:00 +0000]: <abcdefgh> Failed login for bob from 198.51.100.1 in "
           "session abcdefghijklmnop (error: 0)\n";
    auto config = with_logs({folder / "userlogins.log"});
    EXPECT_EQ(about("ports", config).grade, Grade::warning);
    config.firewall.ports.ports = {25, 143, 443};
    EXPECT_EQ(about("ports", config).grade, Grade::well);
}

std::vector<std::string> said_of(ArgumentVector words, const Sandbox& sandbox)
{
    HookConfig hook;
    hook.run = std::move(words);
    std::vector<std::string> texts;
    for (const auto& finding : check_hook(hook, sandbox))
        if (finding.grade != Grade::well) texts.push_back(finding.text);
    return texts;
}

TEST(ACheckOfAHook, WarnsOfMailersThatNeedRightsOfTheirOwn)
{
    const TempDirectory folder;
    const auto sandbox =
        *Sandbox::parse("mailban.service", "LoadState=loaded\nNoNewPrivileges=yes\n");
    const auto script = [&](const std::string& name, const std::string& text) {
        std::ofstream(folder / name) << text;
        std::filesystem::permissions(folder / name, std::filesystem::perms::owner_all);
        return folder / name;
    };
    const auto mails = script("a", "#!/bin/sh\n# sends\necho x | /usr/sbin/sendmail -t\n");
    EXPECT_THAT(said_of({mails}, sandbox),
                ::testing::ElementsAre(AllOf(StartsWith("/usr/sbin/sendmail needs set-user-ID"),
                                             HasSubstr("NoNewPrivileges=yes of mailban.service"))));
    EXPECT_EQ(said_of({"/bin/sh", mails}, sandbox).size(), 1U);
    const auto logs = script("b", "#!/bin/sh\n# no sendmail here\nlogger mail from mailban\n");
    EXPECT_TRUE(said_of({logs}, sandbox).empty());
    const auto free = *Sandbox::parse("mailban.service", "LoadState=loaded\nNoNewPrivileges=no\n");
    EXPECT_TRUE(said_of({mails}, free).empty());
}

}  // namespace
}  // namespace mailban::io::check_sources_test
