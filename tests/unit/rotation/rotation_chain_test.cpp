// Which file follows which, and whether the one that was opened is the right one.
#include "mailban/rotation/rotation_chain.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace mailban::rotation_chain_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Opening = RotationChain::Opening;
using What = NameChange::What;

class ARotationChain : public ::testing::Test {
protected:
    ARotationChain()
    {
        chain.history().overflow();
        chain.history().begin("m");
    }
    void rename(const std::string& from, const std::string& to)
    {
        ++cookie;
        chain.history().apply({What::moved_from, cookie, from});
        chain.history().apply({What::moved_to, cookie, to});
    }
    void create(const std::string& name) { chain.history().apply({What::created, 0, name}); }
    void remove(const std::string& name) { chain.history().apply({What::deleted, 0, name}); }
    void rotate()
    {
        rename("m.2", "m.3");
        rename("m.1", "m.2");
        rename("m", "m.1");
        create("m");
    }
    std::vector<std::string> names_to_open() const
    {
        std::vector<std::string> names;
        for (const auto& attempt : chain.to_open())
            names.push_back(attempt.name);
        return names;
    }
    void open_all(Opening opening = Opening::done)
    {
        for (const auto& attempt : chain.to_open())
            EXPECT_TRUE(chain.note(attempt, opening));
    }
    // The files that are handed out, by their ids.
    std::vector<std::uint64_t> take_all()
    {
        std::vector<std::uint64_t> ids;
        while (const auto next = chain.next()) {
            ids.push_back(next->id);
            chain.drop_next();
        }
        return ids;
    }

    RotationChain chain{};
    std::uint32_t cookie = 0;
};

TEST_F(ARotationChain, OpensEachFileByTheNameThatItHasNow)
{
    rotate();
    rotate();
    EXPECT_THAT(names_to_open(), ElementsAre("m.2", "m.1", "m"));
    open_all();
    EXPECT_TRUE(chain.is_settled());
    EXPECT_THAT(take_all(), ElementsAre(0U, 1U, 2U));
    EXPECT_THAT(names_to_open(), IsEmpty());
}

TEST_F(ARotationChain, DoesNotBelieveAFileThatWasRenamedWhileItWasOpened)
{
    const auto attempts = chain.to_open();
    rotate();
    EXPECT_FALSE(chain.note(attempts.at(0), Opening::done));
    EXPECT_FALSE(chain.is_settled());
    EXPECT_THAT(names_to_open(), ElementsAre("m.1", "m"));
}

TEST_F(ARotationChain, HandsOutAFileThatWasDeletedAfterItWasOpened)
{
    open_all();
    remove("m");
    EXPECT_EQ(chain.count_gone(), 0U);
    EXPECT_THAT(take_all(), ElementsAre(0U));
}

TEST_F(ARotationChain, CountsFilesThatWereGoneBeforeTheyCouldBeOpened)
{
    remove("m");
    create("m");
    remove("m");
    create("m");
    EXPECT_EQ(chain.count_gone(), 2U);
    EXPECT_EQ(chain.next(), std::nullopt);
    chain.drop_next();
    chain.drop_next();
    open_all();
    EXPECT_THAT(take_all(), ElementsAre(2U));
}

TEST_F(ARotationChain, WaitsForAnEarlierFileBeforeItHandsOutALaterOne)
{
    rotate();
    const auto attempts = chain.to_open();
    EXPECT_TRUE(chain.note(attempts.at(1), Opening::done));
    EXPECT_EQ(chain.next(), std::nullopt);
    EXPECT_TRUE(chain.note(attempts.at(0), Opening::done));
    EXPECT_THAT(take_all(), ElementsAre(0U, 1U));
}

TEST_F(ARotationChain, WaitsWhereTheLogItselfMayNotBeRead)
{
    open_all(Opening::refused);
    EXPECT_TRUE(chain.is_settled());
    EXPECT_EQ(chain.next(), std::nullopt);
    chain.begin_round();
    open_all();
    EXPECT_THAT(take_all(), ElementsAre(0U));
}

TEST_F(ARotationChain, PassesOverARotatedFileThatMayNotBeRead)
{
    open_all(Opening::refused);
    rotate();
    open_all();
    const RotationChain::Successor refused{0, Opening::refused};
    EXPECT_EQ(chain.next(), refused);
}

TEST_F(ARotationChain, AwaitsALogThatDoesNotExist)
{
    open_all(Opening::absent);
    EXPECT_THAT(take_all(), IsEmpty());
    create("m");
    open_all();
    EXPECT_THAT(take_all(), ElementsAre(1U));
}

TEST_F(ARotationChain, ForgetsWhatItOpenedWhenEventsWereLost)
{
    open_all();
    chain.history().overflow();
    chain.history().begin("m");
    chain.begin_round();
    EXPECT_FALSE(chain.is_opened(0));
    EXPECT_THAT(names_to_open(), ElementsAre("m"));
}

}  // namespace
}  // namespace mailban::rotation_chain_test
