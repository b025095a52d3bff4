// sources[].zone: in which time zone stamps without an offset are.
#include <gmock/gmock.h>

#include "unit/config/config_text.h"

namespace mailban::zone_test {
namespace {

using test::loaded;
using test::mistakes_in;
using ::testing::ElementsAre;

std::string source(std::string_view keys)
{
    return "sources: [{file: /log, " + std::string(keys) + "}]\n";
}

TEST(AZoneOfASource, IsAZonesNameOrAnOffset)
{
    for (const auto* zone : {"Europe/Berlin", "UTC", "+01:00", "-0330", "EST5EDT"}) {
        const auto config = loaded(source("zone: " + std::string(zone)));
        ASSERT_EQ(config.sources.size(), 1U);
        EXPECT_EQ(config.sources[0].zone, zone);
        EXPECT_EQ(config.sources[0].zone_place.line, 1);
        EXPECT_EQ(config.sources[0].zone_place.column, 30);
    }
    EXPECT_EQ(loaded(source("parser: exim")).sources[0].zone, "");
}

TEST(AZoneOfASource, IsNothingElse)
{
    for (const auto* zone :
         {"../passwd", "'/etc/localtime'", "'+25:00'", "''", "[UTC]", "Europe/"}) {
        const auto mistakes = mistakes_in(source("zone: " + std::string(zone)));
        ASSERT_EQ(mistakes.size(), 1U) << zone;
        EXPECT_TRUE(mistakes[0].starts_with("mailban.yaml:1:30: sources[0].zone")) << mistakes[0];
        EXPECT_TRUE(mistakes[0].find("expected a time zone such as") != std::string::npos)
            << mistakes[0];
    }
}

TEST(AZoneOfASource, IsNotForTheJournal)
{
    EXPECT_THAT(mistakes_in("sources: [{journal: {units: [exim4]}, zone: UTC}]"),
                ElementsAre("mailban.yaml:1:45: sources[0] has a zone; entries of the journal need "
                            "none, remove it"));
}

}  // namespace
}  // namespace mailban::zone_test
