#include "mailban/rotation/find_since.h"

#include <gtest/gtest.h>

#include <charconv>
#include <cstring>
#include <random>
#include <string>

#include "seed.h"

namespace mailban::find_since_test {
namespace {

// A stamp is a number at the beginning of a line.
std::optional<Timestamp> stamp_of(std::string_view line)
{
    std::int64_t value = 0;
    if (std::from_chars(line.data(), line.data() + line.size(), value).ec != std::errc()) return {};
    return Timestamp(std::chrono::seconds(value));
}

std::uint64_t find(const std::string& log, std::int64_t since)
{
    const ReadAt read_at = [&](std::uint64_t offset, char* buffer, std::size_t size) {
        if (offset >= log.size()) return std::size_t{0};
        return log.copy(buffer, size, offset);
    };
    return find_since(read_at, log.size(), Timestamp(std::chrono::seconds(since)), stamp_of);
}

// The same, looking at every line: the first stamped at or after `since`, or behind the last stamp.
std::uint64_t find_slowly(const std::string& log, std::int64_t since)
{
    std::size_t behind_last_stamp = 0;
    for (std::size_t at = 0, end = log.find('\n'); end != std::string::npos;
         at = end + 1, end = log.find('\n', at)) {
        const auto time = stamp_of(std::string_view(log).substr(at, end - at));
        if (!time) continue;
        if (*time >= Timestamp(std::chrono::seconds(since))) return at;
        behind_last_stamp = end + 1;
    }
    return behind_last_stamp;
}

TEST(FindSince, IsTheBeginningOfAnEmptyLog)
{
    EXPECT_EQ(find("", 5), 0U);
}

TEST(FindSince, IsTheFirstLineAtThatTime)
{
    const std::string log = "1 a\n3 b\n3 c\n5 d\n";
    EXPECT_EQ(find(log, 0), 0U);
    EXPECT_EQ(find(log, 2), 4U);
    EXPECT_EQ(find(log, 3), 4U);
    EXPECT_EQ(find(log, 4), 12U);
}

TEST(FindSince, IsTheEndWhereEverythingIsOlder)
{
    EXPECT_EQ(find("1 a\n3 b\n", 9), 8U);
}

TEST(FindSince, NeverSkipsALastLineWithoutItsNewline)
{
    EXPECT_EQ(find("1 a\n3 b\n4 c", 9), 8U);
}

TEST(FindSince, PassesOverLinesWithoutAStamp)
{
    EXPECT_EQ(find("x\n1 a\n  more\n3 b\n  more\n", 2), 13U);
}

TEST(FindSince, IsTheBeginningWhereNoLineHasAStamp)
{
    EXPECT_EQ(find(std::string(300'000, '\n'), 5), 0U);
    EXPECT_EQ(find(std::string(300'000, 'x'), 5), 0U);
}

TEST(FindSince, IsRatherTooEarlyThanTooLateWhereALongPartHasNoStamps)
{
    std::string log;
    for (int i = 0; i < 1000; ++i)
        log += "1 old\n";
    const auto stretch = log.size();
    log += std::string(200'000, '\n');
    log += "9 new\n";
    EXPECT_LE(find(log, 5), log.size() - 6);
    EXPECT_LE(find(log, 5), stretch);
}

TEST(FindSince, FindsInLargeLogsWhatLookingAtEveryLineFinds)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto pick = [&](int least, int most) {
        return std::uniform_int_distribution<int>(least, most)(random);
    };
    for (int round = 0; round < 20; ++round) {
        std::string log;
        std::int64_t time = 1000;
        const int lines = pick(1, 20'000);
        for (int i = 0; i < lines; ++i) {
            time += pick(0, 3) == 0 ? pick(0, 50) : 0;
            if (pick(0, 9) == 0) log += "no stamp ";
            log += std::to_string(time) + std::string(static_cast<std::size_t>(pick(0, 120)), '.') +
                   "\n";
        }
        for (int question = 0; question < 20; ++question) {
            const auto since = std::uniform_int_distribution<std::int64_t>(990, time + 10)(random);
            ASSERT_EQ(find(log, since), find_slowly(log, since)) << "since " << since;
        }
    }
}

TEST(FindSince, ReadsLittleOfALargeLog)
{
    std::string log;
    for (int i = 100'000; i < 900'000; ++i)
        log += std::to_string(i) + " a line\n";
    std::size_t bytes = 0;
    const ReadAt read_at = [&](std::uint64_t offset, char* buffer, std::size_t size) {
        const auto count = offset < log.size() ? log.copy(buffer, size, offset) : 0;
        bytes += count;
        return count;
    };
    const auto at =
        find_since(read_at, log.size(), Timestamp(std::chrono::seconds(777'777)), stamp_of);
    EXPECT_EQ(log.substr(at, 13), "777777 a line");
    EXPECT_LT(bytes, log.size() / 8);
}

}  // namespace
}  // namespace mailban::find_since_test
