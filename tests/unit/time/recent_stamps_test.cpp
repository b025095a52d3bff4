// What is remembered of a stamp says the same as reading it again.
#include "mailban/time/recent_stamps.h"

#include "mailban/envelope/line_header.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "seed.h"

namespace mailban::recent_stamps_test {
namespace {

using namespace std::chrono_literals;

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

// Counts how often a stamp is read as a whole.
class Reader {
public:
    std::optional<Timestamp> time_of(const std::string& line, Timestamp now = kNow)
    {
        const auto header = read_line_header(line);
        if (!header) return std::nullopt;
        return stamps_.time_of(header->stamp, now, [&] {
            ++reads_;
            return header_time(*header, zone_, now);
        });
    }
    std::string text_of(const std::string& line, Timestamp now = kNow)
    {
        const auto time = time_of(line, now);
        return time ? format_timestamp(*time) : "none";
    }
    void set_zone(const Zone& zone)
    {
        zone_ = zone;
        stamps_.forget();
    }
    const Zone& zone() const { return zone_; }
    int reads() const { return reads_; }

private:
    RecentStamps stamps_{};
    Zone zone_{};
    int reads_ = 0;
};

TEST(RecentStamps, ReadASecondOnce)
{
    Reader reader;
    EXPECT_EQ(reader.text_of("2026-11-23T22:29:06.5+01:00 mail x[1]: y"),
              "2026-11-23T21:29:06.500Z");
    EXPECT_EQ(reader.text_of("2026-11-23T22:29:06.578123+01:00 mail x[1]: y"),
              "2026-11-23T21:29:06.578123Z");
    EXPECT_EQ(reader.text_of("2026-11-23T22:29:06+01:00 mail x[1]: y"), "2026-11-23T21:29:06Z");
    EXPECT_EQ(reader.text_of("2026-11-23T22:29:06.123456789+01:00 mail x[1]: y"),
              "2026-11-23T21:29:06.123456Z");
    EXPECT_EQ(reader.reads(), 1);
    EXPECT_EQ(reader.text_of("2026-11-23T22:29:06.5+02:00 mail x[1]: y"),
              "2026-11-23T20:29:06.500Z");
    EXPECT_EQ(reader.reads(), 2) << "the offset is another one";
    EXPECT_EQ(reader.text_of("2026-11-23T22:29:07+02:00 mail x[1]: y"), "2026-11-23T20:29:07Z");
    EXPECT_EQ(reader.reads(), 3);
}

TEST(RecentStamps, KnowStampsWithoutAYear)
{
    Reader reader;
    EXPECT_EQ(reader.text_of("Nov 23 22:29:06 mail x[1]: y"), "2026-11-23T22:29:06Z");
    EXPECT_EQ(reader.text_of("Nov 23 22:29:06 mail x[1]: y"), "2026-11-23T22:29:06Z");
    EXPECT_EQ(reader.reads(), 1);
    EXPECT_EQ(reader.text_of("Nov 23 22:29:06 mail x[1]: y", kNow - std::chrono::days(400)),
              "2024-11-23T22:29:06Z");
    EXPECT_EQ(reader.reads(), 2) << "when a line was read says which year it is";
}

TEST(RecentStamps, ForgetWithTheZone)
{
    Reader reader;
    EXPECT_EQ(reader.text_of("2026-11-23 22:29:06 x"), "2026-11-23T22:29:06Z");
    reader.set_zone(Zone::fixed(1h));
    EXPECT_EQ(reader.text_of("2026-11-23 22:29:06 x"), "2026-11-23T21:29:06Z");
}

TEST(RecentStamps, DoNotKeepAMistake)
{
    Reader reader;
    EXPECT_EQ(reader.text_of("2026-11-31 22:29:06 x"), "none");
    EXPECT_EQ(reader.text_of("2026-11-31 22:29:06 x"), "none");
    EXPECT_EQ(reader.reads(), 2);
}

// Of few seconds, so that many are the ones before; some with mistakes, or with what only looks
// like a part of the stamp.
TEST(RecentStamps, SayWhatReadingSays)
{
    constexpr std::array kSeconds{
        "2026-11-23 22:29:06", "2026-11-23T22:29:06", "2026-11-23 22:29:60", "2026-11-23T22:29:61",
        "Nov 23 22:29:06",     "Nov  3 22:29:06",     "Nov 03 22:29:06",     "2026-11-23T22:29:0x",
        "Nov 23 22:29:60",     "Feb 29 22:29:06",     "2026-02-29 22:29:06"};
    constexpr std::array kFractions{
        "", "", ".5", ",5", ".578", ".312279", ".123456789", ".1234567890", ".", ",", ".5x"};
    constexpr std::array kOffsets{"",       "",       "Z",      "z",   "+01",       "+0100",
                                  "+01:00", "-05:30", " +0100", " +1", " +01:00",   " -0530",
                                  "x",      "+1",     "+01:0x", "0",   "+01:00:00", "+24:00"};
    constexpr std::array kRests{" mail x[1]: y", " H=(a) [192.0.2.7]", " + y", " - y", "", " "};
    std::mt19937 random(test::property_seed());
    const auto one_of = [&](const auto& texts) {
        return std::string(texts.at(random() % texts.size()));
    };
    Reader reader;
    std::size_t good = 0;
    std::size_t remembered = 0;
    const auto lines = test::property_amount(200'000);
    std::string second = kSeconds.front();
    std::string offset;
    for (std::size_t line = 0; line < lines; ++line) {
        if (random() % 40 == 0) second = one_of(kSeconds);
        if (random() % 40 == 0) offset = one_of(kOffsets);
        if (random() % 1000 == 0) reader.set_zone(Zone::fixed(std::chrono::hours(random() % 3)));
        const Timestamp now = random() % 50 == 0 ? kNow - std::chrono::days(random() % 900) : kNow;
        const std::string text = second + one_of(kFractions) + offset + one_of(kRests);
        const auto header = read_line_header(text);
        const auto wanted = header ? header_time(*header, reader.zone(), now) : std::nullopt;
        const int reads = reader.reads();
        ASSERT_EQ(reader.time_of(text, now), wanted) << text;
        if (wanted) ++good;
        if (wanted && reader.reads() == reads) ++remembered;
    }
    EXPECT_GT(good, lines / 8) << "most were mistakes";
    EXPECT_GT(remembered, good / 8) << "hardly any was remembered";
}

}  // namespace
}  // namespace mailban::recent_stamps_test
