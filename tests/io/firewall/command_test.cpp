// The command backend with a real program: a small script that keeps its bans in a file.
#include "io/firewall/command.h"

#include "io/firewall/enforcer.h"
#include "io/run.h"
#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "unit/firewall/plan_support.h"

namespace mailban::io::command_test {
namespace {

using namespace std::chrono_literals;
using test::add;
using test::extend;
using test::kNoon;
using test::reconcile;
using test::remove;
using test::operator""_p;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kScript = R"sh(#!/bin/sh
cd "$(dirname "$0")" || exit 9
echo "$*" >>calls
[ ! -e hang ] || exec tail -f /dev/null
[ ! -e broken ] || { echo "out of order" >&2; exit 3; }
case $1 in
ban) grep -v "^$2 " held >new; echo "$2 $3" >>new; mv new held ;;
unban) grep -v "^$2 " held >new; mv new held ;;
list) if [ -e silent ]; then cut -d' ' -f1 held; else cat held; fi ;;
clear) : >held ;;
esac
)sh";

class ACommandFirewall : public ::testing::Test {
protected:
    ACommandFirewall()
    {
        write("tool", kScript);
        ::chmod(path("tool").c_str(), 0700);
        write("held", "");
        const auto tool = path("tool");
        commands_.ban = {{{tool, "ban", "{prefix}", "{seconds}"}, {}, {}}};
        commands_.unban = {{{tool, "unban", "{prefix}"}, {}, {}}};
        commands_.list = {{{tool, "list"}, {}, {}}};
        commands_.time_limit = 5s;
    }

    std::string path(const std::string& name) const { return directory_ / name; }
    void write(const std::string& name, const std::string& text) const
    {
        std::ofstream(path(name)) << text;
    }
    std::string read(const std::string& name) const
    {
        std::ostringstream text;
        text << std::ifstream(path(name)).rdbuf();
        return text.str();
    }
    void forget(const std::string& name) const { std::filesystem::remove(path(name)); }

    CommandFirewall& firewall()
    {
        if (!firewall_) firewall_.emplace(commands_, PortSet{false, {25}}, run_program);
        return *firewall_;
    }
    Status apply(const Plan& plan) { return await_result(firewall().apply(plan, kNoon)); }
    std::vector<Held> list()
    {
        auto held = await_result(firewall().list(kNoon));
        EXPECT_TRUE(held.ok());
        return held ? *held : std::vector<Held>{};
    }

    TempDirectory directory_{};
    CommandSet commands_{};
    std::optional<CommandFirewall> firewall_{};
};

TEST_F(ACommandFirewall, BansUnbansAndLists)
{
    ASSERT_TRUE(apply({add("192.0.2.7"_p, kNoon + 60s), add("2001:db8::/64"_p, kNoon + 90s)}).ok());
    EXPECT_THAT(list(), ElementsAre(Held{"192.0.2.7"_p, kNoon + 60s},
                                    Held{"2001:db8::/64"_p, kNoon + 90s}));
    ASSERT_TRUE(apply({remove("192.0.2.7"_p)}).ok());
    EXPECT_EQ(read("held"), "2001:db8::/64 90\n");
}

// A firewall with a list for each set of ports, as its programs name them.
TEST_F(ACommandFirewall, KeepsBansOfOtherPortsApartWhereItsProgramsNamePorts)
{
    const auto tool = path("tool");
    write("by-ports", R"sh(#!/bin/sh
cd "${0%/*}" || exit 1
touch "list-$2"
case $1 in
ban) grep -v "^$3\$" "list-$2" >new; echo "$3" >>new; mv new "list-$2" ;;
unban) grep -v "^$3\$" "list-$2" >new; mv new "list-$2" ;;
list) cat "list-$2" ;;
esac
)sh");
    ::chmod(path("by-ports").c_str(), 0700);
    const auto program = path("by-ports");
    commands_.ban = {{{program, "ban", "{ports}", "{prefix}"}, {}, {}}};
    commands_.unban = {{{program, "unban", "{ports}", "{prefix}"}, {}, {}}};
    commands_.list = {{{program, "list", "{ports}"}, {}, {}}};
    firewall_.emplace(commands_, PortGroups(PortSet{false, {25, 465}}, {}), run_program);
    EXPECT_TRUE(firewall_->tells_ports_apart());
    const auto prefix = "192.0.2.7"_p;
    EXPECT_TRUE(apply({{Change::Kind::add, prefix, {}, 1}}).ok());
    EXPECT_THAT(list(), ElementsAre(Held{prefix, {}, 1}));
    EXPECT_TRUE(apply({{Change::Kind::add, prefix, {}, 0}}).ok());
    EXPECT_THAT(list(), ElementsAre(Held{prefix, {}, 0}, Held{prefix, {}, 1}));
    EXPECT_TRUE(apply({{Change::Kind::remove, prefix, {}, 1}}).ok());
    EXPECT_EQ(read("list-25,465"), "192.0.2.7/32\n");
    EXPECT_EQ(read("list-465"), "");
    EXPECT_TRUE(await_result(firewall_->remove_all()).ok());
    EXPECT_EQ(read("list-25,465"), "");
}

TEST_F(ACommandFirewall, KnowsOneListWhereItsProgramsNameNoPorts)
{
    firewall_.emplace(commands_, PortGroups(PortSet{false, {25, 465}}, {}), run_program);
    EXPECT_FALSE(firewall_->tells_ports_apart());
    EXPECT_TRUE(apply({add("192.0.2.7"_p, kNoon + 60s)}).ok());
    EXPECT_THAT(list(), ElementsAre(Held{"192.0.2.7"_p, kNoon + 60s, 0}));
}

TEST_F(ACommandFirewall, GivesABanAnotherEnd)
{
    ASSERT_TRUE(apply({add("192.0.2.7"_p, kNoon + 60s)}).ok());
    ASSERT_TRUE(apply({extend("192.0.2.7"_p, kNoon + 120s)}).ok());
    EXPECT_EQ(read("held"), "192.0.2.7/32 120\n");
    EXPECT_THAT(read("calls"), HasSubstr("unban 192.0.2.7/32\nban 192.0.2.7/32 120\n"));
}

TEST_F(ACommandFirewall, RemembersEndsThatAreNotListed)
{
    write("silent", "");
    ASSERT_TRUE(apply({add("192.0.2.7"_p, kNoon + 60s)}).ok());
    write("held", read("held") + "192.0.2.8/32 5\n");
    EXPECT_THAT(list(), ElementsAre(Held{"192.0.2.7"_p, kNoon + 60s}, Held{"192.0.2.8"_p, {}}));
}

TEST_F(ACommandFirewall, TakesABanForEverForWhatItCouldBeGiven)
{
    commands_.longest = 100s;
    ASSERT_TRUE(apply({add("192.0.2.7"_p, {}), add("192.0.2.8"_p, kNoon + 1h)}).ok());
    EXPECT_EQ(read("held"), "192.0.2.7/32 100\n192.0.2.8/32 100\n");
    EXPECT_THAT(list(), ElementsAre(Held{"192.0.2.7"_p, {}}, Held{"192.0.2.8"_p, kNoon + 1h}));
    // When less than half is left of it, it shows as it is, so that it is told again.
    write("held", "192.0.2.7/32 40\n");
    const auto later = await_result(firewall().list(kNoon + 60s));
    ASSERT_TRUE(later.ok());
    EXPECT_THAT(*later, ElementsAre(Held{"192.0.2.7"_p, kNoon + 100s}));
}

TEST_F(ACommandFirewall, KeepsNoTimeWhereTheProgramTakesNone)
{
    commands_.ban = {{{path("tool"), "ban", "{prefix}"}, {}, {}}};
    ASSERT_TRUE(apply({add("192.0.2.7"_p, kNoon + 60s)}).ok());
    EXPECT_EQ(firewall().keeps_time(), KeepsTime::no);
    EXPECT_THAT(reconcile({{"192.0.2.7"_p, kNoon + 60s}}, list(), KeepsTime::no), IsEmpty());
}

TEST_F(ACommandFirewall, RunsAStepOnlyWhereItsConditionsSaySo)
{
    const auto tool = path("tool");
    commands_.prepare = {{{tool, "one"}, {}, {"true"}},
                         {{tool, "two"}, {}, {"false"}},
                         {{tool, "three"}, {"true"}, {}},
                         {{tool, "four"}, {"false"}, {}}};
    ASSERT_TRUE(await_result(firewall().prepare()).ok());
    EXPECT_EQ(read("calls"), "two\nthree\n");
}

TEST_F(ACommandFirewall, TakesEverythingAwayWithACommandOrOneByOne)
{
    ASSERT_TRUE(apply({add("192.0.2.7"_p, {}), add("2001:db8::/64"_p, {})}).ok());
    ASSERT_TRUE(await_result(firewall().remove_all()).ok());
    EXPECT_EQ(read("held"), "");
    EXPECT_THAT(read("calls"), HasSubstr("unban 2001:db8::/64"));

    ASSERT_TRUE(apply({add("192.0.2.7"_p, {})}).ok());
    commands_.remove = {{{path("tool"), "clear"}, {}, {}}};
    firewall_.emplace(commands_, PortSet{}, run_program);
    ASSERT_TRUE(await_result(firewall().remove_all()).ok());
    EXPECT_EQ(read("held"), "");
}

TEST_F(ACommandFirewall, RefusesABlockThatTheProgramCouldOnlyHalfBan)
{
    commands_.ban = {{{path("tool"), "ban", "{address}"}, {}, {}}};
    ASSERT_TRUE(apply({add("192.0.2.7"_p)}).ok());
    const auto refused = apply({add("192.0.2.0/24"_p)});
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().message, HasSubstr("192.0.2.0/24 is a subnet"));
}

TEST_F(ACommandFirewall, SaysWhichProgramFailedAndWhy)
{
    write("broken", "");
    const auto failed = apply({add("192.0.2.7"_p, kNoon + 60s)});
    ASSERT_FALSE(failed.ok());
    EXPECT_THAT(failed.error().message,
                HasSubstr("tool ban 192.0.2.7/32 60 ended with code 3: out of order"));
    EXPECT_FALSE(await_result(firewall().list(kNoon)).ok());
    commands_.ban = {{{"/nonexistent/tool", "{prefix}"}, {}, {}}};
    firewall_.emplace(commands_, PortSet{}, run_program);
    const auto absent = apply({add("192.0.2.7"_p)});
    ASSERT_FALSE(absent.ok());
    EXPECT_THAT(absent.error().message, HasSubstr("cannot run /nonexistent/tool"));
}

TEST_F(ACommandFirewall, EndsAProgramThatHangs)
{
    commands_.time_limit = 50ms;
    write("hang", "");
    const auto failed = apply({add("192.0.2.7"_p, kNoon + 60s)});
    ASSERT_FALSE(failed.ok());
    EXPECT_THAT(failed.error().message, HasSubstr("did not end within 50 ms and was killed"));
}

// Under load, with a program that hangs, fails and is gone by turns.
TEST_F(ACommandFirewall, LosesNothingAndDoublesNothingWhateverFails)
{
    commands_.time_limit = 100ms;
    asio::io_context context;
    const auto factory = [this]() -> asio::awaitable<Result<std::unique_ptr<Firewall>>> {
        co_return std::make_unique<CommandFirewall>(commands_, PortSet{false, {25}}, run_program);
    };
    const EnforcerOptions quick{10ms, 40ms, 1h, 1min, 20s, 1s, 1ms, 1s};
    Enforcer enforcer(
        context.get_executor(), factory, {}, [] { return kNoon; }, quick);
    asio::co_spawn(context, enforcer.start(), asio::detached);
    const auto run_until = [&](auto is_done) {
        context.restart();
        const auto end = std::chrono::steady_clock::now() + 30s;
        while (!is_done())
            if (context.run_one_until(end) == 0) return false;
        return true;
    };
    ASSERT_TRUE(run_until([&] { return enforcer.status().backend == "command"; }));

    Wanted wanted;
    std::uint8_t last = 0;
    const auto put_load = [&] {
        for (int i = 0; i < 8; ++i) {
            const auto prefix = Prefix::host(IpAddress::v4(192, 0, 2, ++last));
            enforcer.set(prefix, kNoon + 60s);
            wanted[prefix] = kNoon + 60s;
        }
        enforcer.clear(wanted.begin()->first);
        wanted.erase(wanted.begin());
    };
    const auto vanish = [&](bool away) {
        std::filesystem::rename(path(away ? "tool" : "gone"), path(away ? "gone" : "tool"));
    };
    struct Fault {
        std::function<void()> begin;
        std::function<void()> end;
        std::string reason;
    };
    const std::vector<Fault> faults{
        {[&] { write("hang", ""); }, [&] { forget("hang"); }, "was killed"},
        {[&] { write("broken", ""); }, [&] { forget("broken"); }, "out of order"},
        {[&] { vanish(true); }, [&] { vanish(false); }, "cannot run"}};
    for (const auto& fault : faults) {
        SCOPED_TRACE(fault.reason);
        put_load();
        fault.begin();
        put_load();
        ASSERT_TRUE(run_until([&] { return enforcer.status().degraded; }));
        const auto failed = enforcer.status().failed;
        put_load();
        ASSERT_TRUE(run_until([&] { return enforcer.status().failed > failed + 2; }));
        EXPECT_THAT(enforcer.status().reason, HasSubstr(fault.reason));
        EXPECT_EQ(enforcer.status().since, kNoon);
        EXPECT_GT(enforcer.status().pending, 0U);
        fault.end();
        ASSERT_TRUE(run_until(
            [&] { return !enforcer.status().degraded && enforcer.status().pending == 0; }));
        Wanted held;
        for (const auto& one : parse_command_list(read("held"), kNoon))
            EXPECT_TRUE(held.emplace(one.prefix, one.until).second) << "twice: " << read("held");
        EXPECT_EQ(held, wanted);
    }
    asio::co_spawn(context, enforcer.finish(), asio::detached);
    EXPECT_TRUE(run_until([&] { return enforcer.idle(); }));
}

}  // namespace

}  // namespace mailban::io::command_test
