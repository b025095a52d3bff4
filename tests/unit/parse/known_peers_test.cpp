#include "mailban/parse/known_peers.h"

#include <gtest/gtest.h>

#include <iostream>
#include <random>
#include <set>

#include "seed.h"

namespace mailban::known_peers_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Seen = KnownPeers::Seen;

const Timestamp kStart = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);
const auto kAlice = IpAddress::v4(192, 0, 2, 7);
const auto kBob = IpAddress::v4(192, 0, 2, 8);
const auto kMallory = IpAddress::v4(198, 51, 100, 9);

TEST(KnownPeersMemory, IsEmptyAtFirst)
{
    const KnownPeers peers;
    EXPECT_FALSE(peers.of_process("mail", 7, kStart));
    EXPECT_EQ(peers.connection("mail", kAlice, 25, kStart), Seen::no);
}

TEST(KnownPeersMemory, KnowsTheLatestPeerOfAProcess)
{
    KnownPeers peers;
    peers.remember_process("mail", 7, kAlice, kStart);
    EXPECT_EQ(peers.of_process("mail", 7, kStart), kAlice);
    peers.remember_process("mail", 7, kBob, kStart + seconds(1));
    EXPECT_EQ(peers.of_process("mail", 7, kStart + seconds(1)), kBob);
    peers.forget_process("mail", 7);
    EXPECT_FALSE(peers.of_process("mail", 7, kStart + seconds(1)));
}

TEST(KnownPeersMemory, KnowsTheProcessesOfHostsWithOtherClocks)
{
    KnownPeers peers;
    for (std::uint32_t pid = 0; pid < 10'000; ++pid) {
        const Timestamp at = kStart + seconds(pid);
        peers.remember_process("late", pid, kAlice, at + hours(9));
        peers.remember_process("mail", pid, kBob, at);
        if (pid < 500) continue;
        ASSERT_EQ(peers.of_process("mail", pid - 500, at), kBob);
        ASSERT_EQ(peers.of_process("late", pid - 500, at + hours(9)), kAlice);
    }
}

TEST(KnownPeersMemory, KeepsProcessesAndHostsApart)
{
    KnownPeers peers;
    peers.remember_process("mail", 7, kAlice, kStart);
    EXPECT_FALSE(peers.of_process("mail", 8, kStart));
    EXPECT_FALSE(peers.of_process("mail2", 7, kStart));
    EXPECT_FALSE(peers.of_process("", 7, kStart));
}

TEST(KnownPeersMemory, KeepsConnectionsApart)
{
    KnownPeers peers;
    peers.remember_connection("mail", kAlice, 4711, kStart);
    EXPECT_EQ(peers.connection("mail", kAlice, 4711, kStart), Seen::yes);
    EXPECT_EQ(peers.connection("mail", kAlice, 4712, kStart), Seen::no);
    EXPECT_EQ(peers.connection("mail", kBob, 4711, kStart), Seen::no);
    EXPECT_EQ(peers.connection("mail2", kAlice, 4711, kStart), Seen::no);
    EXPECT_EQ(peers.connection("", kAlice, 4711, kStart), Seen::no);
}

TEST(KnownPeersMemory, FadesAfterAWhileAndDoesNotReachBack)
{
    KnownPeers peers;
    peers.remember_process("mail", 7, kAlice, kStart);
    peers.remember_connection("mail", kAlice, 4711, kStart);
    EXPECT_TRUE(peers.of_process("mail", 7, kStart + KnownPeers::kMemory));
    EXPECT_FALSE(peers.of_process("mail", 7, kStart + KnownPeers::kMemory + seconds(1)));
    EXPECT_FALSE(peers.of_process("mail", 7, kStart - seconds(1)));
    // A client may wait before it guesses.
    EXPECT_EQ(peers.connection("mail", kAlice, 4711, kStart + hours(24)), Seen::yes);
    EXPECT_EQ(peers.connection("mail", kAlice, 4711, kStart + hours(25)), Seen::no);
    EXPECT_EQ(peers.connection("mail", kAlice, 4711, kStart - seconds(1)), Seen::no);
}

TEST(KnownPeersMemory, ForgetsTheOldestProcessButNeverMixesThemUp)
{
    KnownPeers peers;
    const auto count = static_cast<std::uint32_t>(3 * KnownPeers::kCapacity);
    const auto peer_of = [](std::uint32_t pid) {
        return IpAddress::v4(10, static_cast<std::uint8_t>(pid >> 16U),
                             static_cast<std::uint8_t>(pid >> 8U), static_cast<std::uint8_t>(pid));
    };
    for (std::uint32_t pid = 1; pid <= count; ++pid)
        peers.remember_process("mail", pid, peer_of(pid), kStart);
    for (std::uint32_t pid = 1; pid <= count; ++pid) {
        const auto peer = peers.of_process("mail", pid, kStart);
        ASSERT_EQ(peer.has_value(), pid + KnownPeers::kCapacity > count) << pid;
        if (peer) {
            ASSERT_EQ(*peer, peer_of(pid));
        }
    }
}

// A second connection from port p + 2048 took the place of the one from p.
TEST(KnownPeersMemory, HasNoTwoConnectionsInOnePlace)
{
    KnownPeers peers;
    for (std::uint32_t port = 1024; port < 65536; port += 64)
        peers.remember_connection("mail", kMallory, static_cast<std::uint16_t>(port), kStart);
    std::size_t kept = 0;
    for (std::uint32_t port = 1024; port < 65536; port += 64) {
        const auto seen =
            peers.connection("mail", kMallory, static_cast<std::uint16_t>(port), kStart);
        kept += seen == Seen::yes ? 1 : 0;
    }
    EXPECT_EQ(kept, 1008U);
}

TEST(KnownPeersMemory, SaysThatItDoesNotKnowWhatANetworkHasPushedOut)
{
    KnownPeers peers;
    peers.remember_connection("mail", kAlice, 4711, kStart);
    peers.remember_connection("mail", kMallory, 1023, kStart);
    for (std::uint32_t port = 1024; port < 65536; ++port)
        peers.remember_connection("mail", kMallory, static_cast<std::uint16_t>(port),
                                  kStart + minutes(1));
    EXPECT_EQ(peers.connection("mail", kMallory, 1023, kStart + minutes(2)), Seen::unknown);
    EXPECT_EQ(peers.connection("mail", kMallory, 65535, kStart + minutes(2)), Seen::yes);
    EXPECT_EQ(peers.connection("mail", kMallory, 1023, kStart + hours(25)), Seen::no);
    EXPECT_EQ(peers.connection("mail", kAlice, 4711, kStart + minutes(2)), Seen::yes);
    EXPECT_EQ(peers.connection("mail", kBob, 4711, kStart + minutes(2)), Seen::no);
}

IpAddress from_many_networks(std::uint32_t number)
{
    return IpAddress::v4(10, static_cast<std::uint8_t>(number >> 8U),
                         static_cast<std::uint8_t>(number), 1);
}

TEST(KnownPeersMemory, SaysSoOfEverybodyWhereAllNetworksTogetherAreTooMany)
{
    KnownPeers peers;
    peers.remember_connection("mail", kAlice, 4711, kStart);
    for (std::uint32_t number = 0; number < KnownPeers::kCapacity; ++number)
        peers.remember_connection("mail", from_many_networks(number), 1, kStart + seconds(1));
    EXPECT_EQ(peers.connection("mail", kAlice, 4711, kStart + minutes(1)), Seen::unknown);
    EXPECT_EQ(peers.connection("mail", kBob, 1, kStart + minutes(1)), Seen::unknown);
    EXPECT_EQ(peers.connection("mail", from_many_networks(0), 1, kStart + minutes(1)), Seen::yes);
    EXPECT_EQ(peers.connection("mail", kAlice, 4711, kStart + minutes(11)), Seen::no);
}

TEST(KnownPeersMemory, LetsAPortThatIsUsedAgainGoLast)
{
    KnownPeers peers;
    for (std::uint16_t port = 0; port < KnownPeers::kOfOneNetwork; ++port)
        peers.remember_connection("mail", kMallory, port, kStart);
    peers.remember_connection("mail", kMallory, 0, kStart + seconds(1));
    peers.remember_connection("mail", kMallory, 5000, kStart + seconds(1));
    EXPECT_EQ(peers.connection("mail", kMallory, 0, kStart + seconds(2)), Seen::yes);
    EXPECT_EQ(peers.connection("mail", kMallory, 1, kStart + seconds(2)), Seen::unknown);
}

// Whoever may open any connections, in any order, from his own networks: others' are never pushed
// out, and none of theirs that there was not is ever seen.
TEST(KnownPeersMemory, CannotBeMovedByOneWhoOpensAnyConnections)
{
    const auto seed = test::property_seed();
    std::mt19937 random(seed);
    const auto any = [&](std::uint32_t below) { return random() % below; };
    KnownPeers peers(seed);
    std::set<std::uint16_t> ports;
    Timestamp now = kStart;
    for (int step = 0; step < 200'000; ++step) {
        now += std::chrono::milliseconds(any(20));
        if (any(100) == 0 && ports.size() < 500) {
            const auto port = static_cast<std::uint16_t>(1024 + any(60'000));
            ports.insert(port);
            peers.remember_connection("mail", kAlice, port, now);
        }
        // Eight networks, ports in steps and at random.
        const auto ip = IpAddress::v4(203, 0, static_cast<std::uint8_t>(any(8)),
                                      static_cast<std::uint8_t>(any(256)));
        const auto port = any(2) == 0 ? 1024 + 2048 * any(30) : any(65'536);
        peers.remember_connection(any(50) == 0 ? "other" : "mail", ip,
                                  static_cast<std::uint16_t>(port), now);
        const auto tried = static_cast<std::uint16_t>(any(65'536));
        const auto expected = ports.contains(tried) ? Seen::yes : Seen::no;
        ASSERT_EQ(peers.connection("mail", kAlice, tried, now), expected);
    }
    for (const auto port : ports)
        ASSERT_EQ(peers.connection("mail", kAlice, port, now), Seen::yes);
}

}  // namespace
}  // namespace mailban::known_peers_test
