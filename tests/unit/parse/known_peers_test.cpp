#include "mailban/parse/known_peers.h"

#include <gtest/gtest.h>

namespace mailban {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const Timestamp kStart = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);
const auto kAlice = IpAddress::v4(192, 0, 2, 7);
const auto kBob = IpAddress::v4(192, 0, 2, 8);

TEST(KnownPeersMemory, IsEmptyAtFirst)
{
    const KnownPeers peers;
    EXPECT_FALSE(peers.of_process("mail", 7, kStart));
    EXPECT_FALSE(peers.has_connection("mail", kAlice, 25, kStart));
}

TEST(KnownPeersMemory, KnowsTheLatestPeerOfAProcess)
{
    KnownPeers peers;
    peers.remember_process("mail", 7, kAlice, kStart);
    EXPECT_EQ(peers.of_process("mail", 7, kStart), kAlice);
    peers.remember_process("mail", 7, kBob, kStart + seconds(1));
    EXPECT_EQ(peers.of_process("mail", 7, kStart + seconds(1)), kBob);
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
    EXPECT_TRUE(peers.has_connection("mail", kAlice, 4711, kStart));
    EXPECT_FALSE(peers.has_connection("mail", kAlice, 4712, kStart));
    EXPECT_FALSE(peers.has_connection("mail", kBob, 4711, kStart));
    EXPECT_FALSE(peers.has_connection("mail2", kAlice, 4711, kStart));
}

TEST(KnownPeersMemory, FadesAfterAWhileAndDoesNotReachBack)
{
    KnownPeers peers;
    peers.remember_process("mail", 7, kAlice, kStart);
    peers.remember_connection("mail", kAlice, 4711, kStart);
    EXPECT_TRUE(peers.of_process("mail", 7, kStart + KnownPeers::kMemory));
    EXPECT_FALSE(peers.of_process("mail", 7, kStart + KnownPeers::kMemory + seconds(1)));
    EXPECT_FALSE(peers.of_process("mail", 7, kStart - seconds(1)));
    EXPECT_FALSE(peers.has_connection("mail", kAlice, 4711, kStart + minutes(11)));
}

TEST(KnownPeersMemory, ForgetsTheOldButNeverMixesThemUp)
{
    KnownPeers peers;
    const auto count = static_cast<std::uint32_t>(3 * KnownPeers::kSlots);
    for (std::uint32_t pid = 1; pid <= count; ++pid) {
        const auto peer =
            IpAddress::v4(10, static_cast<std::uint8_t>(pid >> 16U),
                          static_cast<std::uint8_t>(pid >> 8U), static_cast<std::uint8_t>(pid));
        peers.remember_process("mail", pid, peer, kStart);
        EXPECT_EQ(peers.of_process("mail", pid, kStart), peer);
    }
    std::size_t kept = 0;
    for (std::uint32_t pid = 1; pid <= count; ++pid) {
        const auto peer = peers.of_process("mail", pid, kStart);
        if (!peer) continue;
        ++kept;
        EXPECT_EQ(peer->bytes()[15], pid % 256);
    }
    EXPECT_EQ(kept, KnownPeers::kSlots);
}

}  // namespace
}  // namespace mailban
