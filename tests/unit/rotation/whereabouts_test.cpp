// Where a file went, from a listing alone: one row for each thing that rotation does.
#include "mailban/rotation/whereabouts.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace mailban::whereabouts_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr FilePosition kRead{1, 10, 500, 99, 60};  // of the file with inode 10
constexpr FilePosition kEmpty{1, 10, 0, 0, 0};     // it had no line yet

DirectoryEntry entry(std::string name, std::uint64_t inode, std::uint64_t size = 1000)
{
    return {std::move(name), {1, inode, size}};
}

std::vector<std::string> names(const Listing& listing)
{
    std::vector<std::string> names;
    for (const auto& one : listing)
        names.push_back(one.name);
    return names;
}

struct Case {
    std::string what{};
    Listing listing{};
    std::vector<std::string> candidates{};
    FilePosition position = kRead;
};

TEST(Whereabouts, AreSoughtInTheOrderOfTheirLikelihood)
{
    const std::vector<Case> cases{
        {"not rotated", {entry("m", 10)}, {"m", "m"}},
        {"renamed", {entry("m", 11), entry("m.1", 10)}, {"m.1", "m", "m.1"}},
        {"renamed to a foreign name", {entry("backup", 10), entry("m", 11)}, {"backup", "m"}},
        {"copied and truncated", {entry("m", 10, 5), entry("m.1", 11, 900)}, {"m", "m.1", "m"}},
        {"copied twice: the longer copy is the later one",
         {entry("m", 12, 5), entry("m.1", 11, 900), entry("m.2", 14, 950)},
         {"m.2", "m.1", "m"}},
        {"replaced", {entry("m", 11)}, {"m"}},
        {"compressed", {entry("m", 11), entry("m.1.gz", 12)}, {"m", "m.1.gz"}},
        {"while it is compressed", {entry("m.1", 10), entry("m.1.gz", 12)}, {"m.1", "m.1"}},
        {"a copy that somebody keeps comes last",
         {entry("m", 11), entry("m.1.gz", 12), entry("m.copy", 13, 9999), entry("m.old.gz", 14)},
         {"m", "m.1.gz", "m.copy", "m.old.gz"}},
        {"its name keeps the extension",
         {entry("m.2.log.gz", 12), entry("m.log", 11)},
         {"m.log", "m.2.log.gz"}},
        {"other logs are none of its files", {entry("n", 11), entry("x.1", 12)}, {}},
        {"an empty file has its inode only",
         {entry("m", 11), entry("m.1", 10), entry("m.2", 12)},
         {"m.1"},
         kEmpty},
        {"an empty file that is gone", {entry("m", 11), entry("m.1", 12)}, {}, kEmpty},
    };
    for (const auto& one : cases) {
        const auto log = one.what.find("extension") == std::string::npos ? "m" : "m.log";
        EXPECT_EQ(names(candidates(one.listing, log, one.position)), one.candidates) << one.what;
    }
}

TEST(Whereabouts, InAnOlddirAreNamesThatRotationGivesAndNoOthers)
{
    const Listing listing{entry("backup", 10), entry("m", 10), entry("m.1", 10), entry("m.2", 12),
                          entry("m.copy", 13)};
    EXPECT_THAT(names(candidates(listing, "m", kRead, ListedDirectory::olddir)),
                ElementsAre("m.1", "m.1", "m.2"));
    EXPECT_THAT(names(candidates({entry("other", 10)}, "m", kRead, ListedDirectory::olddir)),
                IsEmpty());
}

TEST(Listings, AreUnchangedWhileFilesOnlyGrow)
{
    const Listing before{entry("m", 10, 5), entry("m.1", 11)};
    EXPECT_TRUE(is_unchanged(before, {entry("m", 10, 6), entry("m.1", 11)}));
    EXPECT_FALSE(is_unchanged(before, {entry("m", 12, 5), entry("m.1", 11)}));
    EXPECT_FALSE(is_unchanged(before, {entry("m", 10), entry("m.2", 11)}));
    EXPECT_FALSE(is_unchanged(before, {entry("m", 10)}));
}

}  // namespace
}  // namespace mailban::whereabouts_test
