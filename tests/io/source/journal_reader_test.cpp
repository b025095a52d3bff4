#include "io/source/journal_reader.h"

#include "io/source/journal_fixture.h"

#include <gmock/gmock.h>

namespace mailban::io::journal_reader_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Fields = std::vector<std::pair<std::string, std::string>>;

class AJournalReader : public ::testing::Test {
protected:
    std::vector<std::string> read(JournalMatch match, std::vector<JournalMatch> others = {},
                                  std::optional<Timestamp> since = std::nullopt)
    {
        auto reader = JournalReader::open({journal.path(), std::move(match), others}, since);
        EXPECT_TRUE(reader.ok()) << reader.error().message;
        std::vector<std::string> texts;
        if (!reader) return texts;
        for (;;) {
            const auto more = reader->read_some([&](const LogMessage& entry) {
                texts.emplace_back(entry.text);
                times.push_back(entry.time);
            });
            EXPECT_TRUE(more.ok());
            if (!more || !*more) break;
        }
        EXPECT_EQ(reader->entries(), texts.size());
        oversized = reader->oversized();
        return texts;
    }
    static Written of_unit(const std::string& unit, const std::string& text)
    {
        return {text, Fields{{"_SYSTEMD_UNIT", unit}, {"SYSLOG_IDENTIFIER", "x"}}};
    }

    JournalDirectory journal{};
    std::vector<Timestamp> times{};
    std::uint64_t oversized = 0;
};

TEST_F(AJournalReader, HandsOverTheEntriesOfItsPartInTheirOrderAndWithTheirTimes)
{
    journal.write("a", {of_unit("exim4.service", "one"), of_unit("cron.service", "no"),
                        of_unit("exim4.service", "two\nlines")});
    EXPECT_THAT(read(JournalMatch::unit("exim4")), ElementsAre("one", "two\nlines"));
    EXPECT_THAT(times, ElementsAre(kFirstEntry, kFirstEntry + std::chrono::seconds(2)));
    EXPECT_THAT(read(JournalMatch::unit("dovecot")), IsEmpty());
}

TEST_F(AJournalReader, FindsWhatFitsAPattern)
{
    journal.write("a", {of_unit("postfix@-.service", "one"), of_unit("cron.service", "no"),
                        of_unit("postfix@in.service", "two"), of_unit("postfix.service", "three")});
    EXPECT_THAT(read(JournalMatch::unit("postfix@.service")), ElementsAre("one", "two"));
    EXPECT_THAT(read(JournalMatch::unit("postfix*")), ElementsAre("one", "two", "three"));
    EXPECT_THAT(read(JournalMatch::unit("exim*")), IsEmpty());
    EXPECT_THAT(read(JournalMatch::identifier("x"), {JournalMatch::unit("postfix*")}),
                ElementsAre("no"));
}

TEST_F(AJournalReader, BeginsWhereItIsToldTo)
{
    journal.write("a", {of_unit("exim4.service", "one"), of_unit("exim4.service", "two")});
    journal.write("b", {of_unit("exim4.service", "three")});
    const auto later = kFirstEntry + std::chrono::seconds(1);
    EXPECT_THAT(read(JournalMatch::unit("exim4"), {}, later), ElementsAre("two", "three"));
    EXPECT_THAT(read(JournalMatch::unit("exim4"), {}, later + std::chrono::hours(1)), IsEmpty());
}

TEST_F(AJournalReader, ReadsMoreThanOneBatch)
{
    std::vector<Written> many(2500, of_unit("exim4.service", "x"));
    journal.write("a", many);
    EXPECT_EQ(read(JournalMatch::unit("exim4")).size(), 2500U);
}

TEST_F(AJournalReader, CountsMessagesThatAreTooLong)
{
    journal.write(
        "a", {of_unit("exim4.service", std::string(70'000, 'x')), of_unit("exim4.service", "two")});
    EXPECT_THAT(read(JournalMatch::unit("exim4")), ElementsAre("two"));
    EXPECT_EQ(oversized, 1U);
}

TEST_F(AJournalReader, SaysThatThereIsNoJournal)
{
    const std::string nowhere = journal.root() / "none";
    const auto reader = JournalReader::open({nowhere, JournalMatch::unit("exim4"), {}}, {});
    ASSERT_FALSE(reader.ok());
    EXPECT_EQ(reader.error().message, "there is no journal in " + nowhere + " yet");
}

}  // namespace
}  // namespace mailban::io::journal_reader_test
