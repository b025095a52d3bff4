#include "io/control/user_name.h"

#include <gtest/gtest.h>

namespace mailban::io::user_name_test {
namespace {

TEST(AUsersName, IsItsNameAndNumberAsThePasswordFileHasThem)
{
    EXPECT_EQ(user_name(0), "root");
    EXPECT_EQ(user_name(1), "daemon, uid 1");
    EXPECT_EQ(user_name(4'000'000'000U), "uid 4000000000");
}

}  // namespace
}  // namespace mailban::io::user_name_test
