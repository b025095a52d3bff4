#include "mailban/parse/consensus.h"

#include <gtest/gtest.h>

namespace mailban::consensus_test {
namespace {

const auto kOne = IpAddress::v4(192, 0, 2, 1);
const auto kTwo = IpAddress::v4(192, 0, 2, 2);

TEST(Consensus, OfNoCandidateIsNothing)
{
    EXPECT_EQ(ClientConsensus().agreed(), nullptr);
    EXPECT_FALSE(ClientConsensus().is_contradicted());
}

TEST(Consensus, OfOneCandidateIsThatOne)
{
    ClientConsensus consensus;
    consensus.add({kOne, "bob"});
    ASSERT_NE(consensus.agreed(), nullptr);
    EXPECT_EQ(consensus.agreed()->ip, kOne);
    EXPECT_EQ(consensus.agreed()->account, "bob");
}

TEST(Consensus, LeavesOutADetailInWhichCandidatesDiffer)
{
    ClientConsensus consensus;
    consensus.add({kOne, "bob"});
    consensus.add({kOne, "bob"});
    EXPECT_EQ(consensus.agreed()->account, "bob");
    consensus.add({kOne, "bob, or so"});
    consensus.add({kOne, "bob"});
    ASSERT_NE(consensus.agreed(), nullptr);
    EXPECT_EQ(consensus.agreed()->ip, kOne);
    EXPECT_FALSE(consensus.agreed()->account);
}

TEST(Consensus, LeavesOutADetailThatOneCandidateHasAlone)
{
    ClientConsensus consensus;
    consensus.add({kOne, {}});
    consensus.add({kOne, "bob"});
    EXPECT_FALSE(consensus.agreed()->account);
}

TEST(Consensus, IsBrokenForGoodByAContradiction)
{
    ClientConsensus consensus;
    consensus.add({kOne, "bob"});
    consensus.add({kTwo, "bob"});
    EXPECT_TRUE(consensus.is_contradicted());
    consensus.add({kOne, "bob"});
    EXPECT_EQ(consensus.agreed(), nullptr);
    EXPECT_EQ(consensus.count(), 3U);
}

TEST(Consensus, OfTooManyCandidatesIsNothing)
{
    ClientConsensus consensus;
    for (int count = 0; count < 64; ++count)
        consensus.add({kOne, "bob"});
    EXPECT_NE(consensus.agreed(), nullptr);
    consensus.add({kOne, "bob"});
    EXPECT_EQ(consensus.agreed(), nullptr);
}

TEST(Consensus, IsNothingWhereTheSearchWasGivenUp)
{
    ClientConsensus consensus;
    consensus.add({kOne, "bob"});
    consensus.give_up();
    EXPECT_TRUE(consensus.is_contradicted());
    EXPECT_EQ(consensus.agreed(), nullptr);
}

struct Gathered {
    int client = 0;
    int seen = 1;  // candidates, contradicting ones too

    bool contradicts(const Gathered& other) const noexcept { return client != other.client; }
    void keep_common(const Gathered& other) noexcept { seen += other.seen; }
};

TEST(Consensus, GathersWhatCandidatesHaveInCommonInSpiteOfAContradiction)
{
    Consensus<Gathered> consensus;
    for (const int client : {1, 2, 1})
        consensus.add({client});
    EXPECT_EQ(consensus.agreed(), nullptr);
    EXPECT_EQ(consensus.common().seen, 3);
}

}  // namespace
}  // namespace mailban::consensus_test
