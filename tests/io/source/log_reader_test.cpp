// Whole logs, however they are packed, and what is said of those that are damaged.
#include "io/source/log_reader.h"

#include "io/support/pack.h"
#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace mailban::io::log_reader_test {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ALogReader : public ::testing::Test {
protected:
    std::string put(const std::string& bytes)
    {
        std::ofstream(path, std::ios::binary) << bytes;
        return path;
    }
    // Empty if it was read to its end, else the error.
    std::string read(const std::string& name)
    {
        lines.clear();
        auto reader = LogReader::open(name);
        if (!reader) return reader.error().message;
        const auto done =
            reader->read_all([&](std::string_view line) { lines.emplace_back(line); });
        EXPECT_EQ(reader->lines(), lines.size());
        bytes_read = reader->bytes_read();
        size = reader->size();
        oversized = reader->oversized();
        return done ? "" : done.error().message;
    }

    TempDirectory directory{};
    std::string path = directory / "log";
    std::vector<std::string> lines{};
    std::uint64_t bytes_read = 0;
    std::optional<std::uint64_t> size{};
    std::uint64_t oversized = 0;
};

// Lines that do not pack to nothing.
std::string many_lines(std::uint32_t seed, int count)
{
    std::mt19937 random(seed);
    std::string text;
    for (int i = 0; i < count; ++i)
        text += std::to_string(i) + " " + std::to_string(random()) + "\n";
    return text;
}

std::vector<std::string> split(const std::string& text)
{
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text.find('\n', at);
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

TEST_F(ALogReader, ReadsTheSameLinesHoweverTheyArePacked)
{
    const auto text = many_lines(1, 100'000);
    for (const auto& bytes : {text, gzip(text), zstd(text)}) {
        EXPECT_EQ(read(put(bytes)), "");
        EXPECT_EQ(lines, split(text));
        EXPECT_EQ(bytes_read, bytes.size());
        EXPECT_EQ(size, bytes.size());
    }
}

TEST_F(ALogReader, GivesTheLastLineThatLacksItsNewline)
{
    for (const auto& bytes : {"one\ntwo"s, gzip("one\ntwo"), zstd("one\ntwo")}) {
        EXPECT_EQ(read(put(bytes)), "");
        EXPECT_THAT(lines, ElementsAre("one", "two"));
    }
}

TEST_F(ALogReader, ReadsNothingFromWhatIsEmpty)
{
    for (const auto& bytes : {""s, gzip(""), zstd("")}) {
        EXPECT_EQ(read(put(bytes)), "");
        EXPECT_TRUE(lines.empty());
    }
}

TEST_F(ALogReader, ReadsArchivesThatFollowOneAnotherAsOne)
{
    // The line breaks do not fall where the archives end.
    EXPECT_EQ(read(put(gzip("one\ntw") + gzip("") + gzip("o\nthree\n"))), "");
    EXPECT_THAT(lines, ElementsAre("one", "two", "three"));
    EXPECT_EQ(read(put(zstd("one\ntw") + zstd("") + zstd("o\nthree\n"))), "");
    EXPECT_THAT(lines, ElementsAre("one", "two", "three"));
}

TEST_F(ALogReader, PassesOverZerosBehindAGzipArchiveAndFramesThatZstdSkips)
{
    EXPECT_EQ(read(put(gzip("one\n") + std::string(300'000, '\0'))), "");
    EXPECT_THAT(lines, ElementsAre("one"));
    EXPECT_EQ(read(put("\x50\x2a\x4d\x18\x04\0\0\0abcd"s + zstd("one\n"))), "");
    EXPECT_THAT(lines, ElementsAre("one"));
}

TEST_F(ALogReader, PassesAnyBytesThroughAndSkipsLinesThatAreTooLong)
{
    const std::string odd("nul\0\xff\xc3(\r\f\x1b[31m", 15);
    const std::string long_line(LineSplitter::kMaxLineLength + 1, 'a');
    const auto text = odd + "\n\n" + long_line + "\nx\n";
    for (const auto& bytes : {text, gzip(text), zstd(text)}) {
        EXPECT_EQ(read(put(bytes)), "");
        EXPECT_THAT(lines, ElementsAre(odd, "", "x"));
        EXPECT_EQ(oversized, 1U);
    }
}

TEST_F(ALogReader, ReadsItsStandardInputPackedOrNot)
{
    for (const auto& bytes : {"one\ntwo\n"s, gzip("one\ntwo\n"), zstd("one\ntwo\n")}) {
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe(ends.data()), 0);
        const Descriptor saved(::dup(STDIN_FILENO));
        ::dup2(ends[0], STDIN_FILENO);
        ::close(ends[0]);
        ASSERT_EQ(::write(ends[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
        ::close(ends[1]);
        const auto problem = read("-");
        ::dup2(saved.get(), STDIN_FILENO);
        EXPECT_EQ(problem, "");
        EXPECT_THAT(lines, ElementsAre("one", "two"));
        EXPECT_EQ(size, std::nullopt);
    }
}

TEST_F(ALogReader, SaysOfAnArchiveCutShortAnywhereThatItIsAndGivesTheLinesBefore)
{
    const auto text = many_lines(2, 300);
    const auto whole = split(text);
    for (const auto& [kind, bytes] : {std::pair{"gzip"s, gzip(text)}, {"zstd"s, zstd(text)}}) {
        for (std::size_t length = kMagicLength; length < bytes.size(); length += 7) {
            const auto problem = read(put(bytes.substr(0, length)));
            ASSERT_EQ(problem, "cannot read " + path + ": the " + kind +
                                   " archive is cut short; lines read before: " +
                                   std::to_string(lines.size()))
                << length;
            ASSERT_LE(lines.size(), whole.size());
            ASSERT_TRUE(std::equal(lines.begin(), lines.end(), whole.begin())) << length;
        }
    }
}

TEST_F(ALogReader, GivesWhatALongArchiveHeldBeforeItsDamage)
{
    const auto text = many_lines(3, 200'000);
    const auto whole = split(text);
    for (const auto& [kind, packed] : {std::pair{"gzip"s, gzip(text)}, {"zstd"s, zstd(text)}}) {
        auto bytes = packed;
        // A run of bytes, for zstd's blocks have no sums of their own.
        for (std::size_t i = 0; i < 1000; ++i)
            bytes[bytes.size() / 2 + i] = '\xff';
        const auto problem = read(put(bytes));
        EXPECT_THAT(problem,
                    StartsWith("cannot read " + path + ": damaged " + kind + " archive: "));
        EXPECT_THAT(problem, EndsWith("; lines read before: " + std::to_string(lines.size())));
        EXPECT_GT(lines.size(), whole.size() / 4);
        EXPECT_LT(lines.size(), whole.size());
    }
}

TEST_F(ALogReader, RefusesRubbishBehindAnArchive)
{
    EXPECT_THAT(read(put(gzip("one\n") + "two\n")), HasSubstr("damaged gzip archive"));
    EXPECT_THAT(lines, ElementsAre("one"));
    EXPECT_THAT(read(put(zstd("one\n") + "two\n")), HasSubstr("damaged zstd archive"));
    EXPECT_THAT(lines, ElementsAre("one"));
}

TEST_F(ALogReader, NamesWhatItDoesNotUnpack)
{
    const auto told = [&](const std::string& kind) {
        return "cannot read " + path + ": " + kind + " archives are not read; lines read before: 0";
    };
    EXPECT_EQ(read(put("\xfd\x37zXZ\0\0\4"s)), told("xz"));
    EXPECT_EQ(read(put("BZh91AY&SY"s)), told("bzip2"));
    EXPECT_EQ(read(put("\x04\x22\x4d\x18\x64\x40"s)), told("lz4"));
}

TEST_F(ALogReader, NamesWhatItCannotOpenOrRead)
{
    EXPECT_EQ(read(path), "cannot open " + path + ": No such file or directory");
    EXPECT_EQ(read(directory.path().string()), "cannot read " + directory.path().string() +
                                                   ": Is a directory; lines read before: 0");
}

}  // namespace
}  // namespace mailban::io::log_reader_test
