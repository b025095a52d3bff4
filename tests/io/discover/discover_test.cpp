#include "io/discover/search.h"
#include "io/source/journal_fixture.h"

#include <gmock/gmock.h>
namespace mailban::io::discover_test {
namespace {

namespace fs = std::filesystem;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// A machine's folders, as far as a test makes them.
class AMachine : public ::testing::Test {
protected:
    std::string path(const std::string& name) const { return root_ / name.substr(1); }

    void put(const std::string& name, const std::string& text = "x\n") const
    {
        fs::create_directories(fs::path(path(name)).parent_path());
        std::ofstream(path(name)) << text;
    }
    void link(const std::string& name, const std::string& target) const
    {
        fs::create_directories(fs::path(path(name)).parent_path());
        fs::create_symlink(target, path(name));
    }
    Found look() const { return discover({root_.path().string(), journal_folder}); }

    // What each source follows, without the root in front.
    std::vector<std::string> names(const Found& found) const
    {
        std::vector<std::string> names;
        for (const auto& source : found.sources) {
            EXPECT_TRUE(source.found);
            EXPECT_EQ(source.directory, source.file.empty() ? journal_folder : "");
            auto name = name_of_found(source);
            const auto& root = root_.path().string();
            if (name.starts_with(root)) name.erase(0, root.size());
            names.push_back(std::move(name));
        }
        return names;
    }
    std::vector<std::string> found() const { return names(look()); }

    TempDirectory root_{};
    std::string journal_folder{};
};

Written entry(const std::string& unit, const std::string& identifier, const std::string& uid = "0")
{
    return {"hello", {{"_SYSTEMD_UNIT", unit}, {"SYSLOG_IDENTIFIER", identifier}, {"_UID", uid}}};
}

Written of_container(const std::string& name, const std::string& image,
                     const std::string& uid = "0")
{
    return {"hello",
            {{"_SYSTEMD_UNIT", "docker.service"},
             {"CONTAINER_NAME", name},
             {"IMAGE_NAME", image},
             {"_UID", uid}}};
}

TEST_F(AMachine, WithoutMailHasNothingAndSaysNothing)
{
    put("/var/log/dpkg.log");
    put("/etc/passwd");
    const auto nothing = look();
    EXPECT_THAT(nothing.sources, IsEmpty());
    EXPECT_THAT(nothing.remarks, IsEmpty());
}

TEST_F(AMachine, HasTheFilesOfItsDistribution)
{
    put("/var/log/mail.log");
    put("/var/log/mail.log.1");
    put("/var/log/exim4/mainlog");
    put("/var/log/syslog");
    fs::create_directories(path("/var/log/mail"));
    EXPECT_THAT(found(), ElementsAre("/var/log/mail.log", "/var/log/exim4/mainlog"));
}

TEST_F(AMachine, HasThoseOfAPanel)
{
    put("/var/log/exim_mainlog");
    put("/var/log/maillog");
    EXPECT_THAT(found(), ElementsAre("/var/log/maillog", "/var/log/exim_mainlog"));
}

TEST_F(AMachine, HasALogOnceUnderHoweverManyNames)
{
    put("/var/log/maillog");
    link("/usr/local/psa/var/log/maillog", path("/var/log/maillog"));
    EXPECT_THAT(found(), ElementsAre("/var/log/maillog"));
}

TEST_F(AMachine, HasLogsThatAServerDates)
{
    put("/opt/stalwart/logs/stalwart.log.2026-11-28");
    EXPECT_THAT(found(), ElementsAre("/opt/stalwart/logs/stalwart.log*"));
}

TEST_F(AMachine, HasTheLogsThatItsServersConfigurationsName)
{
    put("/etc/dovecot/conf.d/10-logging.conf", "info_log_path = /srv/log/dovecot-info\n");
    put("/srv/log/dovecot-info");
    put("/etc/postfix/main.cf", "maillog_file = /srv/log/postfix\n");
    put("/etc/exim.conf", "log_file_path = /srv/log/exim-%slog-%D\n");
    put("/srv/log/exim-mainlog-20261128.log");
    EXPECT_THAT(found(), ElementsAre("/srv/log/dovecot-info", "/srv/log/exim-mainlog-*"));
}

TEST_F(AMachine, HasTheUnitsThatSystemdWouldLoad)
{
    JournalDirectory journal;
    journal.write("a", {entry("ssh.service", "sshd")});
    journal_folder = journal.path();
    put("/lib/systemd/system/dovecot.service");
    put("/lib/systemd/system/dovecot.socket");
    put("/lib/systemd/system/postfix.service");
    put("/lib/systemd/system/postfix@.service");
    put("/lib/systemd/system/ssh.service");
    put("/lib/systemd/system/exim4.service");
    link("/etc/systemd/system/exim4.service", "/dev/null");
    link("/run/systemd/generator/postfix.service.wants/postfix@-.service",
         "/lib/systemd/system/postfix@.service");
    EXPECT_THAT(found(), ElementsAre("journal unit dovecot.service", "journal unit postfix.service",
                                     "journal unit postfix@-.service"));
}

TEST_F(AMachine, HasNoUnitsToFollowWhereThereIsNoJournal)
{
    journal_folder = path("/var/log/journal");
    put("/lib/systemd/system/dovecot.service");
    put("/var/log/messages");
    EXPECT_THAT(found(), ElementsAre("/var/log/messages"));
}

TEST_F(AMachine, HasWhatTheJournalAloneTellsOf)
{
    JournalDirectory journal;
    journal.write("a",
                  {entry("stalwart.service", "stalwart"), entry("runsvdir.service", "dovecot"),
                   // A person may call himself what he likes.
                   entry("session-3.scope", "postfix/smtpd", "1000"), entry("x.service", "bash")});
    journal_folder = journal.path();
    EXPECT_THAT(found(),
                ElementsAre("journal unit stalwart.service", "journal identifier dovecot"));
}

TEST_F(AMachine, HasContainersThatLogToTheJournal)
{
    JournalDirectory journal;
    journal.write("a", {of_container("mailserver", "mailserver/docker-mailserver:14"),
                        of_container("shop", "nginx"), of_container("x", "acme/postfix:1"),
                        of_container("mailserver2", "", "1000")});
    journal_folder = journal.path();
    EXPECT_THAT(found(),
                UnorderedElementsAre("journal container mailserver", "journal container x"));
}

std::string docker(const std::string& name, const std::string& image, const std::string& log)
{
    return R"({"Name":"/)" + name + R"(","LogPath":")" + log + R"(","Config":{"Image":")" + image +
           R"("}})";
}

TEST_F(AMachine, HasDockersMailContainers)
{
    const std::string folder = "/var/lib/docker/containers/";
    put(folder + "aa/config.v2.json", docker("mail", "mailserver/docker-mailserver", ""));
    put(folder + "aa/aa-json.log", "{}\n");
    put(folder + "bb/config.v2.json", docker("web", "nginx", ""));
    put(folder + "bb/bb-json.log", "{}\n");
    put(folder + "cc/config.v2.json", docker("dovecot", "x", ""));
    put(folder + "cc/local-logs/container.log");
    put(folder + "dd/config.v2.json", "torn {");
    put("/etc/docker/daemon.json", R"({"data-root": "/srv/docker"})");
    put("/srv/docker/containers/ee/config.v2.json", docker("mx", "boky/postfix", ""));
    put("/srv/docker/containers/ee/ee-json.log", "{}\n");
    const auto found = look();
    EXPECT_THAT(names(found),
                ElementsAre(folder + "aa/aa-json.log", "/srv/docker/containers/ee/ee-json.log"));
    EXPECT_THAT(found.remarks,
                ElementsAre(HasSubstr("container dovecot logs by Docker's driver local")));
}

TEST_F(AMachine, HasPodmansAndKubernetesContainers)
{
    const std::string storage = "/var/lib/containers/storage/overlay-containers/";
    put(storage + "containers.json",
        R"([{"id":"ab","names":["mx"],"metadata":"{\"image-name\":\"boky/postfix\"}"}])");
    put(storage + "ab/userdata/ctr.log");
    const std::string pod =
        "/var/log/containers/mail-0_prod_dovecot-" + std::string(64, 'a') + ".log";
    put(pod);
    put("/var/log/containers/web-0_prod_nginx-" + std::string(64, 'b') + ".log");
    EXPECT_THAT(found(), ElementsAre(storage + "ab/userdata/ctr.log", pod));
}

TEST_F(AMachine, OfManyContainersIsLookedAtInPortions)
{
    for (int i = 0; i < 40; ++i) {
        const auto id = "c" + std::to_string(100 + i);
        put("/var/lib/docker/containers/" + id + "/config.v2.json", docker(id, "boky/postfix", ""));
        put("/var/lib/docker/containers/" + id + "/" + id + "-json.log");
    }
    Search search({root_.path().string(), ""});
    std::size_t steps = 0;
    while (search.step())
        ++steps;
    EXPECT_GT(steps, 6U);
    EXPECT_EQ(search.take().sources.size(), 40U);
}

TEST(AFileThatMayBeReadOrIsAbsent, IsNoProblem)
{
    const TempDirectory root;
    const std::string log = root / "mainlog";
    std::ofstream{log} << "x";
    EXPECT_EQ(why_unreadable(log), "");
    EXPECT_EQ(why_unreadable(root / "none"), "");
}

}  // namespace
}  // namespace mailban::io::discover_test
