#include "io/firewall/nftables.h"

#include "io/run.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <random>

#include "unit/firewall/plan_support.h"

namespace mailban::io::nftables_test {

namespace {

using namespace std::chrono_literals;
using test::add;
using test::extend;
using test::reconcile;
using test::remove;
using test::operator""_p;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

const NftShape kShape{PortSet{false, {25, 465}}, 32, 64};

Timestamp now()
{
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

// nft itself, as an administrator would use it.
int nft(const std::string& command)
{
    return std::system(("nft '" + command + "' 2>/dev/null").c_str());
}

std::string ruleset()
{
    std::string text;
    FILE* pipe = ::popen("nft --stateless list ruleset", "r");
    char buffer[4096];
    for (std::size_t size; (size = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
        text.append(buffer, size);
    ::pclose(pipe);
    return text;
}

class Nftables : public ::testing::Test {
protected:
    void SetUp() override
    {
        ASSERT_TRUE(wait(firewall_.remove_all()).ok());
        const auto prepared = wait(firewall_.prepare());
        ASSERT_TRUE(prepared.ok()) << prepared.error().message;
    }
    void TearDown() override { EXPECT_TRUE(wait(firewall_.remove_all()).ok()); }

    template <class T>
    T wait(asio::awaitable<T> work)
    {
        return await_result(context_, std::move(work));
    }
    void apply(const Plan& plan)
    {
        const auto applied = wait(firewall_.apply(plan, now()));
        ASSERT_TRUE(applied.ok()) << applied.error().message;
    }
    std::vector<Prefix> held()
    {
        const auto list = wait(firewall_.list(now()));
        EXPECT_TRUE(list.ok()) << list.error().message;
        std::vector<Prefix> prefixes;
        if (!list) return prefixes;
        for (const auto& one : *list)
            prefixes.push_back(one.prefix);
        return prefixes;
    }

    asio::io_context context_{};
    NftablesFirewall firewall_{kShape};
};

TEST_F(Nftables, HoldsHostsBlocksAndSubnets)
{
    apply({add("192.0.2.7"_p), add("2001:db8:1::/64"_p), add("198.51.100.0/24"_p),
           add("2001:db8:2::7"_p), add("2001:db8:3::/48"_p)});
    EXPECT_THAT(held(),
                UnorderedElementsAre("192.0.2.7"_p, "2001:db8:1::/64"_p, "198.51.100.0/24"_p,
                                     "2001:db8:2::7"_p, "2001:db8:3::/48"_p));
}

TEST_F(Nftables, KeepsTheEndOfEachBan)
{
    const auto end = now() + 3h;
    apply({add("192.0.2.7"_p, end), add("192.0.2.8"_p)});
    apply({extend("192.0.2.7"_p, end + 1h), extend("192.0.2.8"_p, end)});
    const auto list = wait(firewall_.list(now()));
    ASSERT_TRUE(list.ok());
    for (const auto& one : *list) {
        const auto wanted = one.prefix == "192.0.2.7"_p ? end + 1h : end;
        EXPECT_FALSE(differ(one.until, wanted)) << one.prefix.to_string();
    }
}

TEST_F(Nftables, MaySayEverythingTwice)
{
    const Plan plan{add("192.0.2.7"_p, now() + 1h), add("198.51.100.0/24"_p, now() + 1h)};
    apply(plan);
    apply(plan);
    EXPECT_THAT(held(), SizeIs(2));
    apply({remove("192.0.2.7"_p), remove("198.51.100.0/24"_p)});
    apply({remove("192.0.2.7"_p), remove("198.51.100.0/24"_p), remove("203.0.113.1"_p)});
    EXPECT_THAT(held(), IsEmpty());
}

TEST_F(Nftables, ReplacesABlockByTheOneAroundItAndBack)
{
    apply({add("198.51.100.0/24"_p)});
    apply({remove("198.51.100.0/24"_p), add("198.51.0.0/16"_p)});
    EXPECT_THAT(held(), UnorderedElementsAre("198.51.0.0/16"_p));
    apply({remove("198.51.0.0/16"_p), add("198.51.100.0/24"_p), add("198.51.101.0/24"_p)});
    EXPECT_THAT(held(), UnorderedElementsAre("198.51.100.0/24"_p, "198.51.101.0/24"_p));
}

TEST_F(Nftables, KeepsBansWhenItIsPreparedAgain)
{
    apply({add("192.0.2.7"_p, now() + 1h), add("198.51.100.0/24"_p)});
    const auto before = ruleset();
    ASSERT_TRUE(wait(firewall_.prepare()).ok());
    NftablesFirewall next(kShape);
    ASSERT_TRUE(wait(next.prepare()).ok());
    EXPECT_THAT(held(), SizeIs(2));
    EXPECT_EQ(ruleset().size(), before.size());
}

// A client's first packet to this machine's port 25, by way of the loopback interface.
void knock(const char* from)
{
    const int line = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ASSERT_GE(line, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    ASSERT_EQ(::inet_pton(AF_INET, from, &address.sin_addr), 1);
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    ASSERT_EQ(::bind(line, name, sizeof address), 0);
    address.sin_port = htons(25);
    ASSERT_EQ(::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr), 1);
    EXPECT_NE(::connect(line, name, sizeof address), 0) << "nobody listens";
    ::close(line);
}

TEST_F(Nftables, CountsWhatItDrops)
{
    EXPECT_EQ(firewall_.drops(), FirewallDrops());
    apply({add("127.0.0.2"_p), add("127.1.0.0/16"_p)});
    knock("127.0.0.3");
    EXPECT_EQ(firewall_.drops(), FirewallDrops());
    knock("127.0.0.2");
    knock("127.1.2.3");
    const auto drops = firewall_.drops();
    ASSERT_TRUE(drops);
    EXPECT_EQ(drops->packets, 2U);
    EXPECT_GE(drops->bytes, 2 * 40U) << "two headers";
    // The rules are made anew, the counter goes on.
    ASSERT_TRUE(wait(firewall_.prepare()).ok());
    EXPECT_EQ(firewall_.drops(), drops);
}

TEST_F(Nftables, CountsInATableOfAnEarlierVersionOnceItIsPrepared)
{
    nft("flush chain inet mailban verdict");
    ASSERT_EQ(nft("delete counter inet mailban dropped"), 0);
    EXPECT_EQ(firewall_.drops(), std::nullopt);
    apply({add("127.0.0.2"_p)});
    ASSERT_TRUE(wait(firewall_.prepare()).ok());
    knock("127.0.0.2");
    EXPECT_EQ(firewall_.drops()->packets, 1U);
    EXPECT_THAT(held(), SizeIs(1));
}

TEST_F(Nftables, TakesOtherPortsAndKeepsTheBans)
{
    apply({add("192.0.2.7"_p)});
    NftablesFirewall next({PortSet{true, {}}, 32, 64});
    ASSERT_TRUE(wait(next.prepare()).ok());
    EXPECT_THAT(held(), SizeIs(1));
    EXPECT_THAT(ruleset(), ::testing::Not(::testing::HasSubstr("dport")));
}

TEST_F(Nftables, TakesTheLongestBanThereIs)
{
    const auto end = now() + 36'525 * 24h;
    apply({add("192.0.2.7"_p, end), add("198.51.100.0/24"_p, end)});
    const auto list = wait(firewall_.list(now()));
    ASSERT_TRUE(list.ok());
    ASSERT_THAT(*list, SizeIs(2));
    for (const auto& one : *list)
        EXPECT_FALSE(differ(one.until, end)) << one.prefix.to_string();
}

TEST_F(Nftables, TakesForwardedTrafficInAndLetsItGoAgain)
{
    const auto plain = ruleset();
    apply({add("192.0.2.7"_p)});
    NftablesFirewall forwarding({kShape.ports, 32, 64, Forward::yes});
    ASSERT_FALSE(wait(forwarding.list(now())).ok());
    ASSERT_TRUE(wait(forwarding.prepare()).ok());
    EXPECT_THAT(ruleset(), ::testing::HasSubstr("hook forward"));
    const auto list = wait(forwarding.list(now()));
    ASSERT_TRUE(list.ok()) << list.error().message;
    EXPECT_THAT(*list, SizeIs(1));
    EXPECT_FALSE(wait(firewall_.list(now())).ok());
    ASSERT_TRUE(wait(firewall_.prepare()).ok());
    EXPECT_THAT(held(), SizeIs(1));
    apply({remove("192.0.2.7"_p)});
    EXPECT_EQ(ruleset(), plain);
}

Change in_second_group(Change change)
{
    change.group = 1;
    return change;
}

TEST_F(Nftables, KeepsBansOfOtherPortsApart)
{
    NftablesFirewall two({PortGroups(PortSet{false, {25, 465}}, {}), 32, 64});
    ASSERT_TRUE(wait(two.prepare()).ok());
    const auto end = now() + 3h;
    const Plan plan{add("192.0.2.7"_p, end), in_second_group(add("192.0.2.8"_p, end)),
                    in_second_group(add("2001:db8::/48"_p, end)), add("2001:db8:0:7::/64"_p, end)};
    const auto applied = wait(two.apply(plan, now()));
    ASSERT_TRUE(applied.ok()) << applied.error().message;
    const auto list = wait(two.list(now()));
    ASSERT_TRUE(list.ok()) << list.error().message;
    std::vector<std::pair<Prefix, PortGroup>> found;
    for (const auto& held : *list)
        found.emplace_back(held.prefix, held.group);
    EXPECT_THAT(found, UnorderedElementsAre(
                           std::pair("192.0.2.7"_p, 0), std::pair("192.0.2.8"_p, 1),
                           std::pair("2001:db8::/48"_p, 1), std::pair("2001:db8:0:7::/64"_p, 0)));
    const auto rules = ruleset();
    EXPECT_THAT(rules, ::testing::HasSubstr("tcp dport { 25, 465 } jump verdict\n"));
    EXPECT_THAT(rules, ::testing::HasSubstr("tcp dport 465 jump verdict_1\n"));
}

// A table of a mailban that knew one group gets the others, keeps its bans, and gives them up
// again.
TEST_F(Nftables, TakesUpAndGivesUpGroupsOfPorts)
{
    const auto plain = ruleset();
    apply({add("192.0.2.7"_p)});
    NftablesFirewall three({PortGroups(PortSet{false, {25, 465}}, {{false, {143}}}), 32, 64});
    EXPECT_FALSE(wait(three.list(now())).ok());
    ASSERT_TRUE(wait(three.prepare()).ok());
    const auto list = wait(three.list(now()));
    ASSERT_TRUE(list.ok()) << list.error().message;
    EXPECT_THAT(*list, UnorderedElementsAre(Held{"192.0.2.7"_p, {}, 0}));
    ASSERT_TRUE(wait(three.apply({in_second_group(add("192.0.2.8"_p))}, now())).ok());
    EXPECT_THAT(ruleset(), ::testing::HasSubstr("set banned4_3"));

    NftablesFirewall one(kShape);
    ASSERT_TRUE(wait(one.prepare()).ok());
    EXPECT_THAT(held(), UnorderedElementsAre("192.0.2.7"_p));
    apply({remove("192.0.2.7"_p)});
    EXPECT_EQ(ruleset(), plain);
}

TEST_F(Nftables, ShowsWhatItHasMade)
{
    apply({add("192.0.2.7"_p)});
    const auto text = wait(firewall_.describe());
    ASSERT_TRUE(text.ok());
    EXPECT_THAT(*text, ::testing::AllOf(::testing::HasSubstr("table inet mailban"),
                                        ::testing::HasSubstr("192.0.2.7")));
    ASSERT_TRUE(wait(firewall_.remove_all()).ok());
    const auto nothing = wait(firewall_.describe());
    ASSERT_TRUE(nothing.ok()) << nothing.error().message;
    EXPECT_EQ(*nothing, "");
}

TEST_F(Nftables, StartsAnewForOtherPrefixLengths)
{
    apply({add("2001:db8:1::/64"_p)});
    NftablesFirewall next({kShape.ports, 24, 56});
    ASSERT_TRUE(wait(next.prepare()).ok());
    const Plan plan{add("2001:db8:1::/56"_p), add("192.0.2.0/24"_p), add("192.0.3.7"_p)};
    const auto applied = wait(next.apply(plan, now()));
    ASSERT_TRUE(applied.ok()) << applied.error().message;
    const auto list = wait(next.list(now()));
    ASSERT_TRUE(list.ok()) << list.error().message;
    EXPECT_THAT(*list, UnorderedElementsAre(Held{"2001:db8:1::/56"_p, {}},
                                            Held{"192.0.2.0/24"_p, {}}, Held{"192.0.3.7"_p, {}}));
}

TEST_F(Nftables, FitsEveryPossiblePrefixLength)
{
    for (unsigned length = 1; length <= 128; ++length) {
        SCOPED_TRACE(length);
        const unsigned length4 = std::min(length, 32U);
        NftablesFirewall other({kShape.ports, length4, length});
        ASSERT_TRUE(wait(other.prepare()).ok());
        const auto six =
            Prefix::of(IpAddress::parse("fdb8:9abc:def0:1234:5678:9abc:def0:1").value(), length);
        const auto four = Prefix::of(IpAddress::v4(203, 119, 57, 171), length4);
        ASSERT_TRUE(wait(other.apply({add(six), add(four)}, now())).ok());
        const auto list = wait(other.list(now()));
        ASSERT_TRUE(list.ok()) << list.error().message;
        EXPECT_THAT(*list, UnorderedElementsAre(Held{six, {}}, Held{four, {}}));
    }
}

TEST_F(Nftables, SaysWhatIsMissing)
{
    nft("flush chain inet mailban verdict");
    EXPECT_FALSE(wait(firewall_.list(now())).ok());
    ASSERT_TRUE(wait(firewall_.prepare()).ok());
    EXPECT_TRUE(wait(firewall_.list(now())).ok());
    nft("flush ruleset");
    const auto list = wait(firewall_.list(now()));
    ASSERT_FALSE(list.ok());
    EXPECT_THAT(list.error().message, ::testing::HasSubstr("table mailban is missing"));
    ASSERT_TRUE(wait(firewall_.prepare()).ok());
    EXPECT_THAT(held(), IsEmpty());
}

TEST_F(Nftables, ReplacesSetsOfAnotherKindUnderItsNames)
{
    nft("flush ruleset");
    ASSERT_EQ(nft("add table inet mailban; add set inet mailban banned4 { type inet_service; }"),
              0);
    NftablesFirewall next(kShape);
    ASSERT_TRUE(wait(next.prepare()).ok());
    EXPECT_THAT(held(), IsEmpty());
}

TEST_F(Nftables, LeavesTheRestAsItWas)
{
    ASSERT_TRUE(wait(firewall_.remove_all()).ok());
    nft("add table ip other; add chain ip other input { type filter hook input priority 0; }");
    const auto before = ruleset();
    ASSERT_TRUE(wait(firewall_.prepare()).ok());
    apply({add("192.0.2.7"_p), add("198.51.100.0/24"_p)});
    ASSERT_TRUE(wait(firewall_.remove_all()).ok());
    EXPECT_EQ(ruleset(), before);
    nft("delete table ip other");
}

TEST_F(Nftables, TakesThousandsAtOnceWithoutPrivileges)
{
    Plan plan;
    for (std::uint16_t i = 0; i < 10'000; ++i) {
        IpAddress::Bytes bytes{0x20, 0x01, 0x0d, 0xb8};
        bytes[6] = static_cast<std::uint8_t>(i >> 8U);
        bytes[7] = static_cast<std::uint8_t>(i);
        plan.push_back(add(Prefix::of(IpAddress(bytes), 64), now() + 1h));
    }
    apply(plan);
    EXPECT_THAT(held(), SizeIs(10'000));
    for (auto& change : plan)
        change.kind = Change::Kind::extend;
    apply(plan);
    EXPECT_THAT(held(), SizeIs(10'000));
}

TEST_F(Nftables, ReachesWhatIsWantedFromAnyState)
{
    for (unsigned seed = 0; seed < 30; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        Wanted wanted;
        for (int i = 0; i < 15; ++i) {
            const auto prefix = test::any_prefix(random);
            const auto overlaps = [&](const auto& one) { return one.first.overlaps(prefix); };
            if (std::none_of(wanted.begin(), wanted.end(), overlaps))
                wanted[prefix] =
                    random() % 2 == 0 ? Until{} : Until{now() + 1h * (random() % 9 + 1)};
        }
        const auto actual = wait(firewall_.list(now()));
        ASSERT_TRUE(actual.ok());
        apply(reconcile(wanted, *actual, KeepsTime::yes));
        const auto after = wait(firewall_.list(now()));
        ASSERT_TRUE(after.ok());
        EXPECT_THAT(reconcile(wanted, *after, KeepsTime::yes), IsEmpty());
    }
}

}  // namespace

}  // namespace mailban::io::nftables_test
