#include "mailban/rotation/suffix.h"

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

namespace mailban::suffix_test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<std::string> bases_of(std::string_view name)
{
    std::vector<std::string> bases;
    for (const auto& base : rotation_bases(name))
        bases.push_back(base.name + (base.is_dated ? " dated" : ""));
    return bases;
}

TEST(RotationNames, ShowWhichLogTheyMayComeFrom)
{
    EXPECT_THAT(bases_of("mainlog.1"), ElementsAre("mainlog"));
    EXPECT_THAT(bases_of("mainlog.01"), ElementsAre("mainlog"));
    for (const auto* name : {"mainlog-20261101", "mainlog.20261101", "mainlog-2026-11-01",
                             "mainlog-202611", "mainlog-20261101-1793491200"})
        EXPECT_THAT(bases_of(name), Contains("mainlog dated")) << name;
    EXPECT_THAT(bases_of("mainlog-20261101.1"),
                UnorderedElementsAre("mainlog-20261101", "mainlog dated"));
    EXPECT_THAT(bases_of("192.0.2.10"), ElementsAre("192.0.2", "192.0", "192"));
    EXPECT_THAT(bases_of("mx.2"), ElementsAre("mx"));
}

TEST(RotationNames, MayHaveTheirCountBeforeTheExtension)
{
    EXPECT_THAT(bases_of("mail.1.log"), ElementsAre("mail.log"));
    EXPECT_THAT(bases_of("mail.12.log"), ElementsAre("mail.log"));
    EXPECT_THAT(bases_of("mail.log.1"), ElementsAre("mail.log"));
    EXPECT_THAT(bases_of("mail.1.2.log"), UnorderedElementsAre("mail.1.log", "mail.log"));
}

TEST(RotationNames, AreNotSeenInNamesOfLogs)
{
    for (const auto* name :
         {"mainlog", "mail.log", "exim4", "mx-1", "mail.err", "log.d", "mx1.example", "host-10",
          "postfix-2", "1", "a.b-c", "", "mail-20261101.log"}) {
        EXPECT_THAT(bases_of(name), IsEmpty()) << name;
        EXPECT_FALSE(is_set_aside(name)) << name;
    }
}

TEST(RotationNames, AreSoonReadHoweverLongTheyAre)
{
    std::string name = "m";
    while (name.size() < 250)
        name += ".1";
    EXPECT_EQ(bases_of(name).size(), 125U);
}

TEST(RotationNames, ShowWhatWasPackedOrSetAside)
{
    for (const auto* name :
         {"mainlog.1.gz", "mainlog.zst", "mainlog.old", "mainlog~", "mail.log.bak"})
        EXPECT_TRUE(is_set_aside(name)) << name;
    EXPECT_FALSE(is_set_aside("mainlog.1"));
}

TEST(NewerRotated, CountsDownToTheNewest)
{
    EXPECT_THAT(
        newer_rotated("m", "m.3", {"m", "m.1", "m.10", "m.2", "m.3", "m.4", "mx.1", "m.1.gz"}),
        ElementsAre("m.2", "m.1"));
    EXPECT_THAT(newer_rotated("m", "m.10", {"m.9", "m.10", "m.11"}), ElementsAre("m.9"));
    EXPECT_THAT(newer_rotated("m", "m.03", {"m.01", "m.02", "m.03", "m.10"}),
                ElementsAre("m.02", "m.01"));
    EXPECT_THAT(newer_rotated("m", "m.1", {"m.0", "m.1"}), ElementsAre("m.0"));
}

TEST(NewerRotated, CountsUpThroughDates)
{
    EXPECT_THAT(
        newer_rotated("m", "m-20261030", {"m", "m-20261029", "m-20261101", "m-20261031", "m.1"}),
        ElementsAre("m-20261031", "m-20261101"));
}

TEST(NewerRotated, CountsCompressedFilesInUnlessTheyAreThereUncompressed)
{
    EXPECT_THAT(newer_rotated("m", "m.4.gz", {"m.1", "m.1.gz", "m.2.gz", "m.3.zst", "m.4.gz"}),
                ElementsAre("m.3.zst", "m.2.gz", "m.1"));
    EXPECT_THAT(newer_rotated("m", "m-20261030.gz", {"m-20261029.gz", "m-20261101.xz"}),
                ElementsAre("m-20261101.xz"));
    EXPECT_THAT(newer_rotated("m.gz", "m.gz", {"m.gz", "m", "m.1"}), IsEmpty());
}

TEST(NewerRotated, GoesThroughNamesThatKeepTheirExtension)
{
    EXPECT_THAT(newer_rotated("m.log", "m.3.log",
                              {"m.log", "m.1.log", "m.2.log.gz", "m.3.log", "m.log.1", "mx.1.log"}),
                ElementsAre("m.2.log.gz", "m.1.log"));
    EXPECT_THAT(newer_rotated("m.log", "m-20261030.log",
                              {"m-20261029.log", "m-20261031.log", "m-20261101.log.gz", "m.1.log"}),
                ElementsAre("m-20261031.log", "m-20261101.log.gz"));
    EXPECT_THAT(newer_rotated("m.log", "m.log.2", {"m.1.log", "m.log.1"}), ElementsAre("m.log.1"));
}

TEST(NewerRotated, IsNothingForTheLogItselfOrAForeignName)
{
    EXPECT_THAT(newer_rotated("m", "m", {"m", "m.1"}), IsEmpty());
    EXPECT_THAT(newer_rotated("m", "m.old", {"m", "m.1", "m.old"}), IsEmpty());
    EXPECT_THAT(newer_rotated("m", "n.2", {"m", "m.1", "n.1"}), IsEmpty());
}

TEST(RotationNames, AreTheirOwnLogsOnly)
{
    for (const auto* name : {"m.1", "m.01.gz", "m-20261101", "m-20261101.xz"})
        EXPECT_TRUE(has_rotation_suffix("m", name)) << name;
    for (const auto* name : {"m", "m.old", "m.copy", "m.1.copy", "n.1", "m.gz", "mx.1", ""})
        EXPECT_FALSE(has_rotation_suffix("m", name)) << name;
    for (const auto* name : {"m.1.log", "m.01.log.gz", "m-20261101.log", "m.log.1"})
        EXPECT_TRUE(has_rotation_suffix("m.log", name)) << name;
    for (const auto* name :
         {"m.log", "m.log.gz", "m.old.log", "m.1.txt", "mx.1.log", "m-x.log", ".log"})
        EXPECT_FALSE(has_rotation_suffix("m.log", name)) << name;
    // The last part of an address is no extension.
    EXPECT_FALSE(has_rotation_suffix("192.0.2.10", "192.0.2.5.10"));
}

TEST(RotationNames, ShowWhichCanBeOlder)
{
    EXPECT_TRUE(can_be_older("m", "m.2.gz", "m.1"));
    EXPECT_TRUE(can_be_older("m", "m.1", "m"));
    EXPECT_TRUE(can_be_older("m", "m-20261030", "m-20261101.gz"));
    EXPECT_FALSE(can_be_older("m", "m.1", "m.2.gz"));
    EXPECT_FALSE(can_be_older("m", "m", "m.1"));
    EXPECT_FALSE(can_be_older("m", "m-20261101", "m-20261030"));
    EXPECT_TRUE(can_be_older("m.log", "m.2.log", "m.1.log.gz"));
    EXPECT_FALSE(can_be_older("m.log", "m.1.log", "m.2.log"));
    // Names that cannot be compared.
    EXPECT_TRUE(can_be_older("m", "m.old", "m.1"));
    EXPECT_TRUE(can_be_older("m", "m.1", "n"));
    EXPECT_TRUE(can_be_older("m", "m.1", "m-20261030"));
}

}  // namespace
}  // namespace mailban::suffix_test
