#include "mailban/parse/readings.h"

#include <gtest/gtest.h>

namespace mailban {
namespace {

const auto kOne = IpAddress::v4(192, 0, 2, 1);
const auto kTwo = IpAddress::v4(192, 0, 2, 2);

TEST(Readings, OfNothingNameNobody)
{
    EXPECT_FALSE(Readings().ip());
    EXPECT_FALSE(Readings().account());
}

TEST(Readings, ThatAgreeNameTheirClient)
{
    Readings readings;
    readings.add(kOne, "bob");
    readings.add(kOne, "bob");
    EXPECT_EQ(readings.ip(), kOne);
    EXPECT_EQ(readings.account(), "bob");
}

TEST(Readings, ThatDifferInTheAccountStillNameTheirClient)
{
    Readings readings;
    readings.add(kOne, "bob");
    readings.add(kOne, "bob, or so");
    EXPECT_EQ(readings.ip(), kOne);
    EXPECT_FALSE(readings.account());
}

TEST(Readings, ThatDifferInTheAddressNameNobodyForGood)
{
    Readings readings;
    readings.add(kOne, "bob");
    readings.add(kTwo, "bob");
    EXPECT_TRUE(readings.is_hopeless());
    readings.add(kOne, "bob");
    EXPECT_FALSE(readings.ip());
    EXPECT_FALSE(readings.account());
}

TEST(Readings, OfTooManyPlacesNameNobody)
{
    Readings readings;
    for (std::size_t count = 0; count < Readings::kMost; ++count)
        readings.add(kOne, "bob");
    EXPECT_EQ(readings.ip(), kOne);
    readings.add(kOne, "bob");
    EXPECT_FALSE(readings.ip());
}

}  // namespace
}  // namespace mailban
