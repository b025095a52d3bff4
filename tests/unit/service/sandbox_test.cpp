// What mailban's unit hides from the service.
#include "mailban/service/sandbox.h"

#include <gtest/gtest.h>

namespace mailban::sandbox_test {
namespace {

Sandbox sandbox(const std::string& properties)
{
    const auto parsed = Sandbox::parse("mailban.service", "LoadState=loaded\n" + properties);
    EXPECT_TRUE(parsed);
    return parsed.value_or(Sandbox());
}

std::string hidden_by(const Sandbox& sandbox, const char* path)
{
    const auto hidden = sandbox.hides(path);
    return hidden ? hidden->property : "";
}

TEST(TheSandbox, OfTheShippedUnitHidesHomesAndTemporaryFiles)
{
    const auto unit = sandbox(
        "User=mailban\nProtectHome=yes\nPrivateTmp=yes\nNoNewPrivileges=yes\n"
        "InaccessiblePaths=\nBindPaths=\nTemporaryFileSystem=\n");
    EXPECT_EQ(unit.user(), "mailban");
    EXPECT_TRUE(unit.has_no_new_privileges());
    for (const auto* path : {"/home/joe/mail.log", "/home", "/root", "/run/user/1000/x"})
        EXPECT_EQ(hidden_by(unit, path), "ProtectHome=yes") << path;
    for (const auto* path : {"/tmp/x", "/var/tmp/y"})
        EXPECT_EQ(hidden_by(unit, path), "PrivateTmp=yes") << path;
    for (const auto* path : {"/homes/joe", "/var/log/mail.log", "/tmpx", "/run/userx", "/"})
        EXPECT_EQ(hidden_by(unit, path), "") << path;
}

TEST(TheSandbox, ShowsHomesThatAreReadOnly)
{
    EXPECT_EQ(hidden_by(sandbox("ProtectHome=read-only\n"), "/home/joe/x"), "");
    EXPECT_EQ(hidden_by(sandbox("ProtectHome=no\nPrivateTmp=no\n"), "/tmp/x"), "");
    EXPECT_EQ(hidden_by(sandbox("ProtectHome=tmpfs\n"), "/home/joe/x"), "ProtectHome=tmpfs");
}

TEST(TheSandbox, ShowsWhatIsBoundIntoAHiddenPlace)
{
    const auto unit = sandbox(
        "BindReadOnlyPaths=/home/joe/dms:/home/joe/dms:rbind /srv/a:/opt/b\n"
        "ProtectHome=yes\n");
    EXPECT_EQ(hidden_by(unit, "/home/joe/dms/mail.log"), "");
    EXPECT_EQ(hidden_by(unit, "/home/joe/other"), "ProtectHome=yes");
    EXPECT_NE(hidden_by(unit, "/opt/b/x"), "");
}

TEST(TheSandbox, HidesWhatAnAdministratorNames)
{
    const auto unit =
        sandbox("InaccessiblePaths=-/srv/mail +/opt/x\nTemporaryFileSystem=/var:ro,mode=755\n");
    EXPECT_EQ(hidden_by(unit, "/srv/mail/log"), "InaccessiblePaths=-/srv/mail +/opt/x");
    EXPECT_NE(hidden_by(unit, "/opt/x"), "");
    EXPECT_NE(hidden_by(unit, "/var/log/mail.log"), "");
    EXPECT_EQ(hidden_by(unit, "/srv/mailbox"), "");
    EXPECT_NE(hidden_by(sandbox("RootDirectory=/srv/root\n"), "/var/log/mail.log"), "");
}

TEST(TheSandbox, IsNoneWithoutAUnit)
{
    EXPECT_FALSE(Sandbox::parse("mailban.service", "LoadState=not-found\nProtectHome=no\n"));
    EXPECT_FALSE(Sandbox::parse("mailban.service", ""));
}

TEST(AHiddenPath, SaysTheWayOut)
{
    const auto unit = sandbox("ProtectHome=yes\n");
    EXPECT_EQ(
        explain(*unit.hides("/home/joe/x"), unit.unit()),
        "ProtectHome=yes of mailban.service hides /home; a drop-in with ProtectHome=read-only "
        "(systemctl edit mailban.service) shows it to the service");
}

}  // namespace
}  // namespace mailban::sandbox_test
