#include "mailban/rotation/followed.h"

#include "mailban/rotation/fingerprint.h"

#include <gmock/gmock.h>

#include <string>

namespace mailban::followed_test {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;

constexpr FilePosition kOld{1, 10, 500, 99, 60};
constexpr FilePosition kNew{1, 11, 20, 98, 20};
constexpr FilePosition kEmpty{1, 12, 0, 0, 0};

TEST(ThePositionOfOpenFiles, IsThatOfEach)
{
    EXPECT_THAT(position_of({{kOld}, {kNew, kOld}}).files, ElementsAre(kOld, kNew));
}

TEST(ThePositionOfOpenFiles, HoldsTheFileBeforeAnEmptyOneAsLongAsThatIsEmpty)
{
    EXPECT_THAT(position_of({{kEmpty, kOld}}).files, ElementsAre(kOld, kEmpty));
    EXPECT_THAT(position_of({{kNew, kOld}}).files, ElementsAre(kNew));
    EXPECT_THAT(position_of({{kOld}, {kEmpty, kOld}}).files, ElementsAre(kOld, kEmpty));
    EXPECT_THAT(position_of({{kNew, kOld, SearchBefore::now}}).files, ElementsAre(kOld, kNew));
}

TEST(ThePositionOfOpenFiles, HasEachFileOnceThoughItGrewSinceItWasNoted)
{
    FilePosition grown = kOld;
    grown.offset = 900;
    grown.fingerprint = 97;
    EXPECT_THAT(position_of({{grown}, {kEmpty, kOld}}).files, ElementsAre(grown, kEmpty));
}

TEST(AnAnchor, IsTheNewestFileBeforeWithAFingerprint)
{
    EXPECT_EQ(anchor_before({{kOld}, {kNew}}, 2), kNew);
    EXPECT_EQ(anchor_before({{kOld}, {kNew}}, 1), kOld);
    EXPECT_EQ(anchor_before({{kOld}, {kEmpty}}, 2), kOld);
    EXPECT_EQ(anchor_before({{kEmpty, kOld}}, 1), kOld);
    EXPECT_EQ(anchor_before({{kEmpty}}, 1), kEmpty);
    EXPECT_EQ(anchor_before({{kOld}}, 0), std::nullopt);
}

TEST(ARotatedFile, IsClosedWhenItIsReadAndItsWritersHaveMovedOn)
{
    struct Case {
        std::string what{};
        OldestFile oldest{};
        FollowedLog log{};
        bool is_finished = false;
    };
    const TailOptions options{30s, 1h, 5s};
    const std::vector<Case> cases{
        {"it grew just now", {false, false, false, 29s}, {2, true, false}, false},
        {"it is quiet, and the new one in use", {false, false, false, 30s}, {2, true, false}, true},
        {"it is quiet, and the new one empty",
         {false, false, false, 30s},
         {2, false, false},
         false},
        {"it is quiet for very long", {false, false, false, 1h}, {2, false, false}, true},
        {"it holds unread bytes", {false, false, true, 2h}, {2, true, false}, false},
        {"too many are open", {false, false, false, 0s}, {17, false, false}, true},
        {"an archive is being read", {true, false, false, 2h}, {2, true, false}, false},
        {"an archive was read", {true, true, false, 0s}, {2, false, false}, true},
        {"an archive may be a successor", {true, true, false, 2h}, {2, true, true}, false},
    };
    for (const auto& one : cases)
        EXPECT_EQ(is_finished(one.oldest, one.log, options), one.is_finished) << one.what;
}

TEST(TheNextLook, IsSoonWhereSomethingIsPutOffAndThenLessSo)
{
    LookFacts facts;
    facts.is_put_off = true;
    std::chrono::milliseconds total{};
    for (int i = 0; i < 6; ++i) {
        facts.last_pause = time_to_next_look(facts, {});
        total += facts.last_pause;
    }
    EXPECT_EQ(total, 126ms);
    facts.last_pause = 90ms;
    EXPECT_EQ(time_to_next_look(facts, {}), 100ms);
    facts.has_problem = true;
    facts.last_pause = 900ms;
    EXPECT_EQ(time_to_next_look(facts, {}), 1s);
}

TEST(TheNextLook, IsLaterTheLongerAFileHasNotGrown)
{
    const auto look = [](std::chrono::milliseconds since_written) {
        LookFacts facts;
        facts.files = 1;
        facts.since_written = since_written;
        return time_to_next_look(facts, {});
    };
    EXPECT_EQ(look(0s), 5s);
    EXPECT_EQ(look(100s), 5s);
    EXPECT_EQ(look(200s), 10s);
    EXPECT_EQ(look(1h), 1min);
    // The clock was set.
    EXPECT_EQ(look(-1h), 5s);
}

TEST(TheNextLook, IsWhenARotatedFileCanBeClosed)
{
    const TailOptions options{30s, 1h, 2h};
    const auto look = [&](std::chrono::milliseconds since_oldest_grew) {
        LookFacts facts;
        facts.files = 2;
        facts.since_oldest_grew = since_oldest_grew;
        return time_to_next_look(facts, options);
    };
    EXPECT_EQ(look(10s), 20s);
    EXPECT_EQ(look(30s), 1h - 30s);
    EXPECT_EQ(look(2h), 2h);
}

TEST(ANewcomer, IsTheNextFileOrOneThatIsKnown)
{
    EXPECT_EQ(role_of({true, true, true}), NewcomerRole::known);
    EXPECT_EQ(role_of({false, false, true}), NewcomerRole::next);
    EXPECT_EQ(role_of({false, false, false}), NewcomerRole::next);
    EXPECT_EQ(role_of({false, true, true}), NewcomerRole::returned);
    EXPECT_EQ(role_of({false, true, false}), NewcomerRole::known);
}

// A like first line does not make a file the continuation of another that still exists.
TEST(AReplacement, IsOfADeletedFileOrHasALongBeginningInCommon)
{
    const FilePosition known{1, 10, 5000, 99, kHeadSize};
    EXPECT_TRUE(is_replacement(kOld, 0));
    EXPECT_FALSE(is_replacement(kOld, 1));
    EXPECT_TRUE(is_replacement(known, 1));
    EXPECT_FALSE(is_replacement(kEmpty, 0));
}

}  // namespace
}  // namespace mailban::followed_test
