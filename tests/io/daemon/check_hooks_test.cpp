#include "io/daemon/check.h"

#include <gmock/gmock.h>

namespace mailban::io::check_hooks_test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::StartsWith;

TEST(ACheck, LooksForTheProgramsOfHooksAndRunsNone)
{
    Config config;
    config.firewall.backend = Backend::dry_run;
    for (const auto* const program : {"true", "/no/such/program", "no-such-program"})
        config.hooks.push_back({HappeningKinds(1), {program}});
    std::vector<std::string> told;
    for (const auto& [grade, subject, text] : check_machine(config, "/dev/null")) {
        if (subject.starts_with("hook "))
            told.push_back(subject + (grade == Finding::Grade::well ? " + " : " - ") + text);
    }
    EXPECT_THAT(told,
                ElementsAre(AllOf(StartsWith("hook true + /"), EndsWith("true can be run")),
                            "hook /no/such/program - cannot be run: No such file or directory",
                            "hook no-such-program - cannot be run: No such file or directory"));
}

}  // namespace
}  // namespace mailban::io::check_hooks_test
