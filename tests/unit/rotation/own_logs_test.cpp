// Which of several files are logs of their own, from names and times alone.
#include "mailban/rotation/own_logs.h"

#include <gmock/gmock.h>

namespace mailban::own_logs_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Timestamp kNow{std::chrono::seconds(1'800'000'000)};

LogMatch file(std::string path, Timestamp written = kNow)
{
    static std::uint64_t inode = 0;
    return {std::move(path), {1, ++inode}, 100, written};
}

std::vector<std::string> paths(const std::vector<LogMatch>& files)
{
    std::vector<std::string> all;
    for (const auto& one : files)
        all.push_back(one.path);
    return all;
}

LogMatches divide(const std::vector<LogMatch>& files,
                  const std::map<std::string, ParentLog>& parents,
                  const std::vector<std::string>& names = {})
{
    return own_logs(files, names, parents, [](const std::string&) { return false; });
}

TEST(AFileOfAPattern, IsALogUnlessItsNameHasARotationSuffix)
{
    const auto matches = divide({file("/l/mainlog"), file("/l/rejectlog")}, {});
    EXPECT_THAT(paths(matches.logs), ElementsAre("/l/mainlog", "/l/rejectlog"));
    EXPECT_THAT(matches.counted, IsEmpty());
}

TEST(AFileOfAPattern, WithANumberIsARotatedFileIfItsLogIsThere)
{
    const auto numbered = file("/l/mainlog.1");
    EXPECT_THAT(parents_of({numbered}), ElementsAre("/l/mainlog"));
    EXPECT_THAT(divide({numbered}, {{"/l/mainlog", {false, kNow}}}).counted,
                ElementsAre("/l/mainlog.1"));
    EXPECT_THAT(divide({numbered}, {{"/l/mainlog", {true, {}}}}).counted,
                ElementsAre("/l/mainlog.1"))
        << "the log is awaited";
    EXPECT_THAT(paths(divide({numbered}, {{"/l/mainlog", {}}}).logs), ElementsAre("/l/mainlog.1"));
    EXPECT_THAT(paths(divide({numbered}, {}).logs), ElementsAre("/l/mainlog.1"));
}

TEST(AFileOfAPattern, WithANumberIsARotatedFileIfAnOlderOneIsCompressed)
{
    EXPECT_THAT(divide({file("/l/mainlog.1")}, {}, {"/l/mainlog.1", "/l/mainlog.2.gz"}).counted,
                ElementsAre("/l/mainlog.1"));
    EXPECT_THAT(divide({file("/l/mainlog.1")}, {}, {"/l/mainlog.1", "/l/other.2.gz"}).counted,
                IsEmpty());
}

// Somebody went over from one log to one a day.
TEST(AFileOfAPattern, WithADateIsALogIfTheLogBesideItIsStale)
{
    const auto dated = file("/l/mainlog-20261128", kNow);
    EXPECT_THAT(paths(divide({dated}, {{"/l/mainlog", {false, kNow - 24h + 1s}}}).logs), IsEmpty());
    EXPECT_THAT(paths(divide({dated}, {{"/l/mainlog", {false, kNow - 24h}}}).logs),
                ElementsAre("/l/mainlog-20261128"));
}

TEST(AFileOfAPattern, WithADateStaysALogIfItIsFollowed)
{
    const auto is_followed = [](const std::string& path) { return path == "/l/mainlog-20261128"; };
    const std::map<std::string, ParentLog> parents{{"/l/mainlog", {false, kNow}}};
    const auto matches = own_logs({file("/l/mainlog-20261128"), file("/l/mainlog-20261127")}, {},
                                  parents, is_followed);
    EXPECT_THAT(paths(matches.logs), ElementsAre("/l/mainlog-20261128"));
    EXPECT_THAT(matches.counted, IsEmpty());
}

TEST(FilesOfThePast, ComeOldestFirstAndEachOnce)
{
    auto same = file("/l/mainlog.0", kNow - 1h);
    auto first = file("/l/mainlog.1", kNow - 1h);
    same.id = first.id;
    const auto ordered =
        in_order_of_age({file("/l/mainlog"), first, same, file("/l/mainlog.2", kNow - 2h),
                         file("/l/mainlog.2.gz", kNow - 2h), file("/l/mainlog.3.gz", kNow - 3h)},
                        std::nullopt);
    EXPECT_THAT(paths(ordered),
                ElementsAre("/l/mainlog.3.gz", "/l/mainlog.2", "/l/mainlog.0", "/l/mainlog"));
}

TEST(FilesOfThePast, EndWhereNothingOfTheSpanCanBe)
{
    const auto ordered = in_order_of_age(
        {file("/l/mainlog"), file("/l/mainlog.1", kNow - 1h), file("/l/mainlog.2", kNow - 2h)},
        kNow - 1h);
    EXPECT_THAT(paths(ordered), ElementsAre("/l/mainlog.1", "/l/mainlog"));
}

}  // namespace
}  // namespace mailban::own_logs_test
