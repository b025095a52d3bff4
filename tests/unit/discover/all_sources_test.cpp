#include "mailban/discover/all_sources.h"

#include <gmock/gmock.h>

namespace mailban::all_sources_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

SourceConfig file(const std::string& path)
{
    return {.file = path, .found = true};
}
SourceConfig unit(const std::string& name)
{
    return {.units = {name}, .found = true};
}
SourceConfig container(const std::string& name)
{
    return {.containers = {name}, .found = true};
}

std::vector<std::string> names_of(const std::vector<SourceConfig>& sources)
{
    std::vector<std::string> names;
    for (const auto& source : sources)
        names.push_back((source.found ? "found " : "own ") + name_of_found(source));
    return names;
}

TEST(AllSources, AreTheOwnOnesAndThenTheFoundOnes)
{
    Config config;
    config.sources = {{.file = "/srv/mail.log"}};
    const Found found{{file("/var/log/mail.log"), unit("dovecot.service")}, {}};
    EXPECT_THAT(names_of(all_sources(config, found)), ElementsAre("own /srv/mail.log"));
    config.discover = true;
    EXPECT_THAT(names_of(all_sources(config, found)),
                ElementsAre("own /srv/mail.log", "found /var/log/mail.log",
                            "found journal unit dovecot.service"));
    EXPECT_THAT(all_sources(config, {}), ElementsAre(config.sources.front()));
}

TEST(AFoundSource, IsLeftOutWhereAnOwnOneFollowsIt)
{
    Config config;
    config.discover = true;
    config.sources = {{.file = "/var/log/exim4/main*"},
                      {.file = "/var/log/maillog"},
                      {.units = {"dovecot", "postfix@.service"},
                       .identifiers = {"exim"},
                       .containers = {"mail*"}}};
    const Found found{{file("/var/log/exim4/mainlog"), file("/var/log/maillog"),
                       unit("dovecot.service"), unit("postfix@-.service"), container("mailserver"),
                       SourceConfig{.identifiers = {"exim"}, .found = true}},
                      {}};
    EXPECT_EQ(all_sources(config, found), config.sources);
}

// What another journal has is not what this machine's has.
TEST(AFoundSource, HasTheProxiesOfTheConfiguration)
{
    Config config;
    config.discover = true;
    config.proxies.prefixes = {*Prefix::parse("192.0.2.0/24")};
    const Found found{.sources = {{.file = "/var/log/mail.log", .found = true}}};
    const auto all = all_sources(config, found);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].assured.proxies, config.proxies);
}

TEST(AFoundSource, IsNotFollowedByAnotherJournal)
{
    Config config;
    config.discover = true;
    config.sources = {{.units = {"dovecot"}, .directory = "/srv/journal"}};
    EXPECT_EQ(all_sources(config, {{unit("dovecot.service")}, {}}).size(), 2U);
}

}  // namespace
}  // namespace mailban::all_sources_test
