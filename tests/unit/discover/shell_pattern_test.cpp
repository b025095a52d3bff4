#include "mailban/discover/shell_pattern.h"

#include <gmock/gmock.h>

#include <string>

namespace mailban::shell_pattern_test {
namespace {

TEST(APattern, FitsAsAShellReadsIt)
{
    for (const auto& [pattern, name] : {std::pair{"mail.log", "mail.log"},
                                        {"mail*", "mail"},
                                        {"*mail*", "my-mail-1"},
                                        {"postfix@*.service", "postfix@-.service"},
                                        {"?ail", "mail"},
                                        {"[a-m]ail", "mail"},
                                        {"[!a-l]ail", "mail"},
                                        {"[]x]y", "]y"},
                                        {"[x", "[x"},
                                        {"/var/log/*/main*", "/var/log/exim4/mainlog"},
                                        {"a*b*c", "a-b-b-c"}})
        EXPECT_TRUE(fits_pattern(pattern, name)) << pattern << ' ' << name;
}

TEST(APattern, FitsNothingElse)
{
    for (const auto& [pattern, name] : {std::pair{"mail.log", "mail.log.1"},
                                        {"", "a"},
                                        {"mail", ""},
                                        {"/var/*", "/var/log/mail"},
                                        {"/var?log", "/var/log"},
                                        {"/var[/]log", "/var/log"},
                                        {"[a-l]ail", "mail"},
                                        {"[!m]ail", "mail"},
                                        {"?", ""},
                                        {"a*b", "a-b-c"}})
        EXPECT_FALSE(fits_pattern(pattern, name)) << pattern << ' ' << name;
    EXPECT_TRUE(fits_pattern("", ""));
}

TEST(APattern, OfManyStarsEndsSoon)
{
    const std::string name(2'000, 'a');
    std::string pattern;
    for (int i = 0; i < 200; ++i)
        pattern += "*a";
    EXPECT_FALSE(fits_pattern(pattern + "b", name));
    EXPECT_TRUE(fits_pattern(pattern, name));
}

TEST(AUnit, IsNamedInFullAsSystemctlDoes)
{
    EXPECT_EQ(full_unit_name("dovecot"), "dovecot.service");
    EXPECT_EQ(full_unit_name("postfix@.service"), "postfix@*.service");
    EXPECT_EQ(full_unit_name("postfix*"), "postfix*");
    EXPECT_EQ(full_unit_name("mail.socket"), "mail.socket");
}

}  // namespace
}  // namespace mailban::shell_pattern_test
