#include "io/allow/host_names.h"

#include "io/allow/name_server.h"
#include "io/support/run_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::io::host_names_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr Timestamp kNow{std::chrono::seconds(1'800'000'000)};
constexpr auto kName = "office.example.net";

class ResolvedHostNames : public ::testing::Test {
protected:
    ResolvedHostNames()
    {
        server_.replies = [this](const std::string& name, std::uint16_t type) {
            const auto& reply = type == kTypeA ? v4_ : v6_;
            return name == kName ? reply : DnsReply{{}, 3};
        };
    }
    ~ResolvedHostNames() override { end(); }

    void begin(const KnownAddresses& known = {}, const std::vector<std::string>& names = {kName})
    {
        ResolverOptions options{server_.address(), 100ms, 2};
        ResolvePace pace{20ms, 1h, 20ms, 50ms};
        names_ = std::make_unique<HostNames>(
            context_, [this](const ResolvedName&) { ++changes_; }, [] { return kNow; }, options,
            pace);
        names_->set(names, known);
        asio::co_spawn(context_, names_->run(), [this](const std::exception_ptr& failure) {
            EXPECT_FALSE(failure);
            is_over_ = true;
        });
    }
    void end()
    {
        if (!names_) return;
        names_->stop();
        EXPECT_TRUE(run_until(context_, [this] { return is_over_; }));
        names_.reset();
        is_over_ = false;
    }

    std::vector<std::string> addresses() const
    {
        std::vector<std::string> all;
        const auto names = names_->names();
        for (const auto& entry : allowed_by(names.at(0)))
            all.push_back(entry.prefix.to_string());
        return all;
    }
    std::string problem() const { return names_->names().at(0).problem(); }
    bool come_to_be(const std::vector<std::string>& wanted)
    {
        return run_until(context_, [&] { return addresses() == wanted; });
    }
    bool come_to_fail(const std::string& text)
    {
        return run_until(context_, [&] { return problem().find(text) != std::string::npos; });
    }
    // Until the server was asked so many more questions.
    bool are_asked(std::size_t more)
    {
        const auto enough = server_.questions + more;
        return run_until(context_, [&] { return server_.questions >= enough; });
    }

    asio::io_context context_{};
    NameServer server_{context_};
    DnsReply v4_{{dns_address(kName, "192.0.2.7", 3600)}};
    DnsReply v6_{};
    int changes_ = 0;
    bool is_over_ = false;
    std::unique_ptr<HostNames> names_{};
};

TEST_F(ResolvedHostNames, StandForTheirAddressesOfBothFamilies)
{
    v4_.records.push_back(dns_address(kName, "192.0.2.8", 3600));
    v6_.records = {dns_address(kName, "2001:db8::7", 3600)};
    begin();
    EXPECT_TRUE(come_to_be({"192.0.2.7/32", "192.0.2.8/32", "2001:db8::7/128"}));
    EXPECT_EQ(problem(), "");
    EXPECT_EQ(changes_, 1);
}

TEST_F(ResolvedHostNames, AreAskedForAgainWhenTheirTimeToLiveIsOverAndNotBefore)
{
    v4_.records = {dns_address(kName, "192.0.2.7", 0)};
    begin();
    EXPECT_TRUE(come_to_be({"192.0.2.7/32"}));
    v4_.records = {dns_address(kName, "192.0.2.8", 3600)};
    EXPECT_TRUE(come_to_be({"192.0.2.8/32"}));
    const auto asked = server_.questions;
    v4_.records = {dns_address(kName, "192.0.2.9", 3600)};
    EXPECT_FALSE(run_until(
        context_, [&] { return server_.questions > asked; }, 200ms));
    EXPECT_THAT(addresses(), ElementsAre("192.0.2.8/32"));
}

TEST_F(ResolvedHostNames, FollowAnAliasAndItsTimeToLive)
{
    v4_.records = {dns_record(kName, kTypeCname, 0, dns_name("pool.example.org")),
                   dns_address("pool.example.org", "192.0.2.7", 3600)};
    begin();
    EXPECT_TRUE(come_to_be({"192.0.2.7/32"}));
    v4_.records = {dns_record(kName, kTypeCname, 0, dns_name("pool.example.org")),
                   dns_address("pool.example.org", "192.0.2.8", 3600)};
    EXPECT_TRUE(come_to_be({"192.0.2.8/32"}));
}

TEST_F(ResolvedHostNames, AreReadOverTcpWhereTheAnswerIsTooLarge)
{
    v4_.is_truncated = true;
    begin();
    EXPECT_TRUE(come_to_be({"192.0.2.7/32"}));
    EXPECT_GE(server_.over_tcp, 1U);
}

TEST_F(ResolvedHostNames, KeepWhatTheyStoodForWhateverGoesWrong)
{
    v4_.records = {dns_address(kName, "192.0.2.7", 0)};
    v6_.records = {dns_address(kName, "2001:db8::7", 0)};
    begin();
    ASSERT_TRUE(come_to_be({"192.0.2.7/32", "2001:db8::7/128"}));
    const std::string any = "does not resolve";
    const std::vector<std::pair<DnsReply, std::string>> mishaps{
        {{{}, 2}, any},     {{{}, 3}, "no such name"},
        {{}, "no address"}, {{{}, 0, false, true}, "no name server answers in time"},
        {{{}, 5}, any},     {{{dns_record(kName, kTypeA, 0, "abc")}}, any}};
    for (const auto& [reply, cause] : mishaps) {
        v4_ = v6_ = reply;
        EXPECT_TRUE(come_to_fail(cause)) << cause << ", not: " << problem();
        EXPECT_THAT(problem(), HasSubstr("2 known addresses stay allowed"));
        EXPECT_THAT(addresses(), ElementsAre("192.0.2.7/32", "2001:db8::7/128")) << cause;
        v4_ = {{dns_address(kName, "192.0.2.7", 0)}};
        v6_ = {{dns_address(kName, "2001:db8::7", 0)}};
        EXPECT_TRUE(run_until(context_, [this] { return problem().empty(); })) << cause;
    }
}

TEST_F(ResolvedHostNames, TakeNothingFromGarbage)
{
    v4_ = v6_ = DnsReply{{}, 0, false, false, true};
    begin({{kName, {*IpAddress::parse("192.0.2.7")}}});
    EXPECT_TRUE(come_to_fail("does not resolve"));
    EXPECT_THAT(addresses(), ElementsAre("192.0.2.7/32"));
}

TEST_F(ResolvedHostNames, KeepTheFamilyThatFailsWhileTheOtherChanges)
{
    v4_.records = {dns_address(kName, "192.0.2.7", 0)};
    v6_.records = {dns_address(kName, "2001:db8::7", 0)};
    begin();
    ASSERT_TRUE(come_to_be({"192.0.2.7/32", "2001:db8::7/128"}));
    v6_ = DnsReply{{}, 2};
    v4_.records = {dns_address(kName, "192.0.2.8", 0)};
    EXPECT_TRUE(come_to_be({"192.0.2.8/32", "2001:db8::7/128"}));
    v6_ = DnsReply{};
    EXPECT_TRUE(come_to_be({"192.0.2.8/32"}));
}

TEST_F(ResolvedHostNames, AreKnownFromAnEarlierRunWhileNoServerAnswers)
{
    v4_.is_silent = v6_.is_silent = true;
    begin({{kName, {*IpAddress::parse("192.0.2.7")}}});
    EXPECT_THAT(addresses(), ElementsAre("192.0.2.7/32"));
    EXPECT_TRUE(come_to_fail("no name server answers in time"));
    EXPECT_THAT(addresses(), ElementsAre("192.0.2.7/32"));
    EXPECT_TRUE(are_asked(4));
}

TEST_F(ResolvedHostNames, DoNotWaitForEachOther)
{
    server_.replies = [this](const std::string& name, std::uint16_t) {
        if (name == "slow.example") return DnsReply{{}, 0, false, true};
        return v4_;
    };
    begin({}, {kName, "slow.example"});
    EXPECT_TRUE(come_to_be({"192.0.2.7/32"}));
    EXPECT_EQ(names_->names().at(1).problem(), "");  // is still being waited for
}

TEST_F(ResolvedHostNames, AreForgottenWithTheirPlaceInTheConfiguration)
{
    begin();
    ASSERT_TRUE(come_to_be({"192.0.2.7/32"}));
    names_->set({"other.example", kName}, {});
    EXPECT_THAT(names_->names().at(1).addresses(), ElementsAre(*IpAddress::parse("192.0.2.7")));
    names_->set({"other.example"}, {});
    EXPECT_TRUE(come_to_fail("no such name; it allows no address"));
    names_->set({kName}, {});
    EXPECT_THAT(addresses(), IsEmpty());
    EXPECT_TRUE(come_to_be({"192.0.2.7/32"}));
}

TEST_F(ResolvedHostNames, MayEndInTheMidstOfAQuestion)
{
    v4_.is_silent = v6_.is_silent = true;
    begin();
    ASSERT_TRUE(are_asked(1));
    end();
    EXPECT_EQ(changes_, 0);
}

}  // namespace
}  // namespace mailban::io::host_names_test
