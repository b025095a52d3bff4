// Which file is which, by the changes of names that the kernel reports.
#include "mailban/rotation/name_history.h"

#include <gmock/gmock.h>

#include <map>
#include <random>

namespace mailban::name_history_test {
namespace {

using What = NameChange::What;
using ::testing::ElementsAre;

class ANameHistory : public ::testing::Test {
protected:
    ANameHistory()
    {
        history.overflow();
        history.begin("log");
    }
    void rename(const std::string& from, const std::string& to)
    {
        ++cookie;
        history.apply({What::moved_from, cookie, from});
        history.apply({What::moved_to, cookie, to});
    }
    void create(const std::string& name) { history.apply({What::created, 0, name}); }
    void remove(const std::string& name) { history.apply({What::deleted, 0, name}); }
    void sync()
    {
        history.begin_sync();
        history.end_sync();
    }
    std::vector<std::string> names() const
    {
        std::vector<std::string> names;
        for (const auto& file : history.files())
            names.push_back(file.is_gone() ? "gone" : file.name);
        return names;
    }

    NameHistory history{};
    std::uint32_t cookie = 0;
};

TEST_F(ANameHistory, FollowsEachFileThatHadTheName)
{
    rename("log", "log.1");
    create("log");
    rename("log.1", "log.2");
    rename("log", "log.1");
    create("log");
    EXPECT_THAT(names(), ElementsAre("log.2", "log.1", "log"));
}

TEST_F(ANameHistory, IsNotConcernedWithFilesThatNeverHadTheName)
{
    create("log.1");
    create("other");
    rename("other", "elsewhere");
    EXPECT_THAT(names(), ElementsAre("log"));
}

TEST_F(ANameHistory, TakesWhatIsRenamedToTheLogForAnotherFile)
{
    rename("new", "log");
    EXPECT_THAT(names(), ElementsAre("gone", "log"));
}

TEST_F(ANameHistory, KnowsAFileThatGotItsNameBackAsTheNewest)
{
    rename("log", "log.1");
    create("log");
    remove("log");
    rename("log.1", "log");
    EXPECT_THAT(names(), ElementsAre("gone", "log"));
}

TEST_F(ANameHistory, AwaitsTheSecondHalfOfARenamingAndNoLonger)
{
    history.apply({What::moved_from, 7, "log"});
    EXPECT_FALSE(history.files().at(0).is_gone());
    history.begin_sync();
    history.apply({What::moved_to, 7, "log.1"});
    history.end_sync();
    EXPECT_THAT(names(), ElementsAre("log.1"));
    history.apply({What::moved_from, 8, "log.1"});
    // It left after it was asked for.
    history.end_sync();
    EXPECT_FALSE(history.files().at(0).is_gone());
    sync();
    EXPECT_THAT(names(), ElementsAre("gone"));
}

TEST_F(ANameHistory, CountsTheMovesOfAFileEvenIfItReturnsToAName)
{
    rename("log", "log.1");
    const auto moves = history.files().at(0).moves;
    rename("log.1", "x");
    rename("x", "log.1");
    EXPECT_GT(history.files().at(0).moves, moves);
}

TEST_F(ANameHistory, IsIncompleteOnceEventsWereLost)
{
    EXPECT_TRUE(history.is_complete());
    history.overflow();
    EXPECT_FALSE(history.is_complete());
    create("log");
    EXPECT_TRUE(history.files().empty());
    history.stop();
    history.begin("log");
    EXPECT_FALSE(history.is_complete());
}

// Against a directory that is one map.
TEST_F(ANameHistory, AgreesWithADirectoryOverRandomChanges)
{
    for (std::uint32_t seed = 1; seed <= 300; ++seed) {
        std::mt19937 random(seed);
        const std::vector<std::string> pool{"log", "log", "log.1", "log.2", "other"};
        std::map<std::string, int> directory{{"log", 0}};
        std::vector<int> held{0};
        int next = 1;
        history.begin("log");
        for (int i = 0; i < 40; ++i) {
            const auto& a = pool[random() % pool.size()];
            const auto& b = pool[random() % pool.size()];
            if (!directory.contains(a)) {
                create(a);
                if (a == "log") held.push_back(next);
                directory[a] = next++;
            } else if (random() % 4 == 0) {
                remove(a);
                directory.erase(a);
            } else if (a != b) {
                rename(a, b);
                directory[b] = directory[a];
                directory.erase(a);
                if (b == "log") {
                    std::erase(held, directory[b]);
                    held.push_back(directory[b]);
                }
            }
        }
        std::vector<std::string> expected;
        for (const int file : held) {
            std::string name = "gone";
            for (const auto& [entry, number] : directory)
                if (number == file) name = entry;
            expected.push_back(name);
        }
        ASSERT_EQ(names(), expected) << "seed " << seed;
    }
}

}  // namespace
}  // namespace mailban::name_history_test
