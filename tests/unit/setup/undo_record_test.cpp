#include "mailban/setup/undo_record.h"

#include <gmock/gmock.h>

#include <random>

namespace mailban::undo_record_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

WrittenFile written_change(const std::string& path, std::optional<std::string> before,
                           std::string after)
{
    return {path, std::move(before), std::move(after), 0640, 0, 4};
}

TEST(AnUndoRecord, SurvivesItsOwnTextWithAnyBytes)
{
    UndoRecord record;
    record.note(written_change("/etc/a", std::string("\0\xff\n\"", 4), "after\n"));
    record.note(written_change("/etc/b\xe4", std::nullopt, ""));
    const auto again = UndoRecord::parse(record.to_text());
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->files(), record.files());
}

TEST(AnUndoRecord, KeepsTheFirstBytesWhileOnlyMailbanWrites)
{
    UndoRecord record;
    record.note(written_change("/etc/a", "one", "two"));
    record.note(written_change("/etc/a", "two", "three"));
    ASSERT_THAT(record.files(), SizeIs(1));
    EXPECT_EQ(record.files()[0].before, "one");
    EXPECT_EQ(record.files()[0].after, "three");
}

TEST(AnUndoRecord, TakesAnEditMeanwhileForTheAdministrators)
{
    UndoRecord record;
    record.note(written_change("/etc/a", "one", "two"));
    record.note(written_change("/etc/a", "two, edited", "three"));
    ASSERT_THAT(record.files(), SizeIs(1));
    EXPECT_EQ(record.files()[0].before, "two, edited");
    record.note(written_change("/etc/a", std::nullopt, "four"));
    EXPECT_EQ(record.files()[0].before, std::nullopt);
}

TEST(AnUndo, DependsOnWhatIsThere)
{
    const auto edit = written_change("/etc/a", "one", "two");
    EXPECT_EQ(undo_step(edit, "two"), UndoStep::restore);
    EXPECT_EQ(undo_step(edit, "one"), UndoStep::nothing);
    EXPECT_EQ(undo_step(edit, "three"), UndoStep::edited);
    EXPECT_EQ(undo_step(edit, std::nullopt), UndoStep::edited);
    const auto creation = written_change("/etc/a", std::nullopt, "two");
    EXPECT_EQ(undo_step(creation, "two"), UndoStep::remove);
    EXPECT_EQ(undo_step(creation, std::nullopt), UndoStep::nothing);
    EXPECT_EQ(undo_step(creation, "three"), UndoStep::edited);
}

TEST(AnUndoRecord, RefusesWhatIsNone)
{
    for (
        const auto* text :
        {"", "{}", "[]", "{\"version\":2,\"files\":[]}", "{\"version\":1,\"files\":[{}]}",
         R"({"version":1,"files":[{"path":"ZXRj","before":null,"after":"","mode":420,"user":0,"group":0}]})",
         R"({"version":1,"files":[{"path":"L2E=","before":"?","after":"","mode":420,"user":0,"group":0}]})",
         R"({"version":1,"files":[{"path":"L2E=","before":null,"after":"","mode":99999,"user":0,"group":0}]})"}) {
        const auto record = UndoRecord::parse(text);
        ASSERT_FALSE(record.ok()) << text;
        EXPECT_THAT(record.error().message, HasSubstr("no record"));
    }
    const auto empty = UndoRecord::parse(R"({"version":1,"files":[]})");
    ASSERT_TRUE(empty.ok());
    EXPECT_TRUE(empty->empty());
}

TEST(Base64, IsThatOfTheStandard)
{
    // RFC 4648, section 10.
    for (const auto& [bytes, text] : std::vector<std::pair<std::string, std::string>>{
             {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}}) {
        EXPECT_EQ(to_base64(bytes), text);
        EXPECT_EQ(from_base64(text), bytes);
    }
    for (const auto* text : {"Z", "Zg=", "Zg==Zg==", "Zh==", "Z===", "Zm9 ", "===="})
        EXPECT_EQ(from_base64(text), std::nullopt) << text;
    std::mt19937 random(3);
    for (int round = 0; round < 200; ++round) {
        std::string bytes;
        for (auto size = random() % 50; size > 0; --size)
            bytes += static_cast<char>(random());
        EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
    }
}

}  // namespace
}  // namespace mailban::undo_record_test
