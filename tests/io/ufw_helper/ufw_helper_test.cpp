#include "io/ufw_helper/ufw_helper.h"

#include "io/firewall/fake_firewall.h"
#include "io/run.h"
#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace mailban::io::ufw_helper_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Verb = UfwRequest::Verb;

Prefix prefix(std::string_view text)
{
    return *Prefix::parse(text);
}

// A helper whose ufw is a map.
class AUfwHelper : public ::testing::Test {
protected:
    AUfwHelper() { ufw_.keeps_time = KeepsTime::no; }

    Result<std::vector<Held>> ask(Verb verb, std::string_view text = "192.0.2.7",
                                  PortGroup group = 0)
    {
        return await_result(context_, helper_.answer({verb, prefix(text), group}));
    }
    std::vector<Prefix> listed()
    {
        std::vector<Prefix> prefixes;
        const auto answer = ask(Verb::list);
        for (const auto& held : answer ? *answer : std::vector<Held>())
            prefixes.push_back(held.prefix);
        return prefixes;
    }

    asio::io_context context_;
    FakeFirewallState ufw_;
    Result<UfwSettings> settings_ = UfwSettings{PortSet{false, {25}}, {prefix("198.51.100.0/24")}};
    std::vector<PortGroups> made_;
    UfwHelper helper_{[this] { return settings_; },
                      [this](const PortGroups& ports) {
                          made_.push_back(ports);
                          return std::make_unique<FakeFirewall>(context_.get_executor(), ufw_);
                      }};
};

TEST_F(AUfwHelper, BansListsAndUnbans)
{
    EXPECT_TRUE(ask(Verb::ban).ok());
    EXPECT_THAT(listed(), ElementsAre(prefix("192.0.2.7")));
    EXPECT_TRUE(ask(Verb::unban).ok());
    EXPECT_THAT(ufw_.held, IsEmpty());
}

TEST_F(AUfwHelper, ClosesNoOtherPortsThanTheConfigurationSays)
{
    settings_ = UfwSettings{PortGroups(PortSet{false, {25, 465}}, {}), {}};
    EXPECT_TRUE(ask(Verb::ban, "192.0.2.7", 1).ok());
    EXPECT_EQ(ask(Verb::list)->at(0).group, 1);
    EXPECT_FALSE(ask(Verb::ban, "192.0.2.7", 2).ok());
    EXPECT_TRUE(ask(Verb::unban, "192.0.2.7", 0).ok()) << "which is not there";
    EXPECT_THAT(listed(), ElementsAre(prefix("192.0.2.7")));
    EXPECT_TRUE(ask(Verb::unban, "192.0.2.7", 1).ok());
    EXPECT_THAT(ufw_.held, IsEmpty());
}

TEST_F(AUfwHelper, FindsWhatAnEarlierOneLeft)
{
    ufw_.held[prefix("192.0.2.9")] = {};
    EXPECT_THAT(listed(), ElementsAre(prefix("192.0.2.9")));
    EXPECT_TRUE(ask(Verb::unban, "192.0.2.9").ok());
    EXPECT_THAT(ufw_.held, IsEmpty());
}

TEST_F(AUfwHelper, NeverTakesAwayWhatIsNotListedAsOurs)
{
    EXPECT_TRUE(ask(Verb::unban, "192.0.2.8").ok());
    EXPECT_THAT(ufw_.plans, IsEmpty());
}

TEST_F(AUfwHelper, BansNobodyWhomTheConfigurationAllows)
{
    for (const auto* const text : {"198.51.100.7", "198.51.100.0/24", "198.0.0.0/8", "0.0.0.0/0",
                                   "127.0.0.1", "127.0.0.0/8", "::1", "::/0"}) {
        const auto answer = ask(Verb::ban, text);
        ASSERT_FALSE(answer.ok()) << text;
        EXPECT_THAT(answer.error().message, HasSubstr("never banned"));
    }
    EXPECT_THAT(ufw_.plans, IsEmpty());
}

TEST_F(AUfwHelper, PutsRightWhatDoesNotStand)
{
    EXPECT_TRUE(ask(Verb::ban).ok());
    ufw_.is_prepared = false;
    EXPECT_THAT(listed(), ElementsAre(prefix("192.0.2.7")));
    EXPECT_EQ(ufw_.prepared, 2);
}

TEST_F(AUfwHelper, TellsWhatUfwFailsAt)
{
    ufw_.failure = "ufw is not enabled";
    for (const auto verb : {Verb::list, Verb::ban, Verb::unban})
        EXPECT_EQ(ask(verb).error().message, "ufw is not enabled");
    ufw_.failure.reset();
    EXPECT_TRUE(ask(Verb::ban).ok());
}

TEST_F(AUfwHelper, TakesUpOtherPortsAndLooksBeforeItBans)
{
    EXPECT_TRUE(ask(Verb::ban).ok());
    settings_ = UfwSettings{PortSet{false, {25, 465}}, {}};
    EXPECT_TRUE(ask(Verb::ban, "198.51.100.7").ok());
    ASSERT_EQ(made_.size(), 2U);
    EXPECT_EQ(made_.back().ports(0).list(), "25,465");
    EXPECT_EQ(ufw_.prepared, 2);
}

// The configuration file of a helper.
class AHelpersConfiguration : public ::testing::Test {
protected:
    void write(const std::string& text) const
    {
        std::ofstream(path_) << text;
        ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);
    }
    static std::string with_ports(const std::string& ports)
    {
        return "sources: [{file: /var/log/maillog}]\nallow: [192.0.2.0/24]\nfirewall: {ports: " +
               ports + "}\n";
    }

    TempDirectory directory_;
    std::string path_ = directory_ / "mailban.yaml";
    UfwHelper::ReadSettings read_ = settings_from(path_);
};

TEST_F(AHelpersConfiguration, SaysPortsAndWhoIsNeverBanned)
{
    write(with_ports("[25, 465]"));
    const auto settings = read_();
    ASSERT_TRUE(settings.ok()) << settings.error().message;
    EXPECT_EQ(settings->ports.ports(0).list(), "25,465");
    EXPECT_THAT(settings->never, ElementsAre(prefix("192.0.2.0/24")));
}

TEST_F(AHelpersConfiguration, IsReadAgainWhenItChanges)
{
    write(with_ports("[25]"));
    EXPECT_EQ(read_()->ports.ports(0).list(), "25");
    write(with_ports("[25, 587]"));
    EXPECT_EQ(read_()->ports.ports(0).list(), "25,587");
}

TEST_F(AHelpersConfiguration, StaysInForceWhileANewOneIsWrong)
{
    EXPECT_THAT(read_().error().message, HasSubstr("cannot open"));
    write(with_ports("[25]") + "prots: 1\n");
    EXPECT_THAT(read_().error().message, HasSubstr("prots"));
    write(with_ports("[25]"));
    EXPECT_EQ(read_()->ports.ports(0).list(), "25");
    write(with_ports("[25, 26]") + "prots: 1\n");
    EXPECT_EQ(read_()->ports.ports(0).list(), "25");
    ASSERT_EQ(::remove(path_.c_str()), 0);
    EXPECT_EQ(read_()->ports.ports(0).list(), "25");
}

TEST_F(AHelpersConfiguration, ThatOthersMayWriteIsNotFollowed)
{
    write(with_ports("[25]"));
    for (const mode_t mode : {0666U, 0664U, 0646U}) {
        ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
        EXPECT_THAT(read_().error().message, HasSubstr("can be written by"));
    }
    ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
    EXPECT_TRUE(read_().ok());
}

}  // namespace
}  // namespace mailban::io::ufw_helper_test
