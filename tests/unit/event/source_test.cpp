#include "mailban/event/source.h"

#include <gtest/gtest.h>

namespace mailban::source_test {
namespace {

TEST(NamesOfSources, HaveTheSameNumberAsLongAsTheyAreKept)
{
    SourceNames names;
    const SourceId first = names.id_of("/var/log/mail.log");
    const std::string& kept = names.name_of(first);
    for (int number = 0; number < 10'000; ++number)
        EXPECT_EQ(names.id_of("/log/" + std::to_string(number)), static_cast<SourceId>(number + 1));
    EXPECT_EQ(names.id_of("/var/log/mail.log"), first);
    EXPECT_EQ(&names.name_of(first), &kept);
    EXPECT_EQ(kept, "/var/log/mail.log");
    EXPECT_EQ(names.name_of(10'000), "/log/9999");
    EXPECT_EQ(names.size(), 10'001U);
}

TEST(NamesOfSources, AreToldApartWhollyWhateverTheyHold)
{
    SourceNames names;
    const std::string with_nul("a\0b", 3);
    EXPECT_NE(names.id_of("a"), names.id_of(with_nul));
    EXPECT_NE(names.id_of("a"), names.id_of(""));
    EXPECT_EQ(names.name_of(names.id_of(with_nul)), with_nul);
}

}  // namespace
}  // namespace mailban::source_test
