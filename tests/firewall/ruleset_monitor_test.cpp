#include "io/firewall/ruleset_monitor.h"

#include "io/firewall/nftables.h"
#include "io/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "unit/firewall/plan_support.h"

namespace mailban::io::ruleset_monitor_test {
namespace {

using namespace std::chrono_literals;
using test::operator""_p;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Another process, as an administrator would start it.
void nft(const std::string& command)
{
    ASSERT_EQ(std::system(("nft '" + command + "'").c_str()), 0) << command;
}

class ARulesetWatch : public ::testing::Test {
protected:
    void SetUp() override
    {
        auto opened = RulesetMonitor::open(context_.get_executor(), {"watched"},
                                           [this](const RulesetMonitor::Loss& loss) {
                                               heard_.push_back(loss.program + " " + loss.table);
                                           });
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        watch_.emplace(std::move(*opened));
        nft("add table inet watched; add set inet watched s { type ipv4_addr; }; "
            "add element inet watched s { 192.0.2.7, 192.0.2.8 }");
    }
    void TearDown() override { nft("flush ruleset"); }

    // The kernel has told everything by the time nft has ended.
    std::vector<std::string> told()
    {
        context_.restart();
        context_.poll();
        return std::exchange(heard_, {});
    }

    asio::io_context context_{1};
    std::vector<std::string> heard_{};
    std::optional<RulesetMonitor> watch_{};
};

TEST_F(ARulesetWatch, TellsWhoTookSomethingAway)
{
    EXPECT_THAT(told(), IsEmpty());
    nft("delete element inet watched s { 192.0.2.7 }");
    EXPECT_THAT(told(), ElementsAre("nft watched"));
    nft("flush set inet watched s");
    EXPECT_THAT(told(), ElementsAre("nft watched"));
    nft("flush ruleset");
    EXPECT_THAT(told(), ElementsAre("nft watched"));
}

TEST_F(ARulesetWatch, TellsNothingOfOtherTablesAndAdditions)
{
    nft("add table ip other; add chain ip other c; delete table ip other");
    nft("add element inet watched s { 192.0.2.9 }");
    EXPECT_THAT(told(), IsEmpty());
}

TEST_F(ARulesetWatch, ForgetsWhatHappenedSoFar)
{
    nft("delete element inet watched s { 192.0.2.7 }");
    watch_->forget();
    EXPECT_THAT(told(), IsEmpty());
    nft("delete element inet watched s { 192.0.2.8 }");
    EXPECT_THAT(told(), ElementsAre("nft watched"));
}

TEST_F(ARulesetWatch, MayGoWhileItListens)
{
    told();
    watch_.reset();
    nft("flush ruleset");
    EXPECT_THAT(told(), IsEmpty());
}

TEST(TheNftablesBackend, IsDisturbedByOthersAndNotByItself)
{
    asio::io_context context{1};
    NftablesFirewall firewall(NftShape{PortSet{false, {25}}, 32, 64});
    std::vector<std::string> signs;
    firewall.on_disturbed([&](std::string_view why) { signs.emplace_back(why); });
    const Timestamp now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    const auto work = [&]() -> asio::awaitable<void> {
        const auto prepared = co_await firewall.prepare();
        EXPECT_TRUE(prepared.ok());
        Plan add{test::add("192.0.2.7"_p, now + 1h)};
        const auto added = co_await firewall.apply(std::move(add), now);
        EXPECT_TRUE(added.ok());
        Plan remove{test::remove("192.0.2.7"_p)};
        const auto removed = co_await firewall.apply(std::move(remove), now);
        EXPECT_TRUE(removed.ok());
    };
    asio::co_spawn(context, work(), asio::detached);
    context.run_for(5s);
    EXPECT_THAT(signs, IsEmpty());
    nft("flush ruleset");
    context.restart();
    context.run_one_for(5s);
    EXPECT_THAT(signs,
                ElementsAre(::testing::HasSubstr("removed something from the table mailban")));
}

TEST(ALoss, IsToldInWords)
{
    EXPECT_EQ(to_string(RulesetMonitor::Loss{"mailban", "nft", 4711}),
              "nft (process 4711) removed something from the table mailban");
    EXPECT_EQ(to_string(RulesetMonitor::Loss{"mailban", "", 0}),
              "another program removed something from the table mailban");
}

}  // namespace
}  // namespace mailban::io::ruleset_monitor_test
