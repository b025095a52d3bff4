// LogParser has two ways to the same event: parse() for the daemon, read_line() for who asks why.
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace mailban::reading_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);
constexpr std::size_t kLinesOfEach = 3000;

// Every text of the corpus, the hand-written lines and the heads of the logs, as files of lines.
std::vector<std::filesystem::path> corpus()
{
    std::vector<std::filesystem::path> files;
    const auto folder = std::filesystem::path(MAILBAN_SOURCE_DIR) / "tests/corpus";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        const auto kind = entry.path().extension();
        if (kind == ".log" || kind == ".txt") files.push_back(entry.path());
    }
    return files;
}

TEST(BothWaysToRead, LeadToTheSameEvents)
{
    std::size_t events = 0;
    for (const auto& path : corpus()) {
        std::ifstream file(path);
        LogParser parsing;
        LogParser reading;
        std::string line;
        for (std::size_t count = 0; count < kLinesOfEach && std::getline(file, line); ++count) {
            const auto event = parsing.parse(line, kNow);
            const auto read = reading.read_line(line, kNow);
            ASSERT_EQ(event, read.event) << path << ": " << line;
            if (!event) continue;
            ++events;
            EXPECT_EQ(read.server, event->server) << line;
            EXPECT_EQ(reading.time_of(read, kNow), event->time) << line;
        }
    }
    EXPECT_GT(events, 1000U);
}

}  // namespace
}  // namespace mailban::reading_test
