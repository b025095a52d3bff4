// What `mailban check` says of logs that mailban cannot rely on.
#include "io/daemon/check.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace mailban::io::check_logs_test {
namespace {

TEST(ACheckOfALog, WarnsOfWhatItsEndShows)
{
    const auto path = std::filesystem::temp_directory_path() /
                      ("mailban-check-logs-" + std::to_string(::getpid()));
    std::ofstream(path) << "2026-11-28 18:50:24 **** log string overflowed log buffer ****\n\n";
    Config config;
    config.firewall.backend = Backend::dry_run;
    config.sources.push_back({.file = path.string()});
    std::size_t warnings = 0;
    for (const auto& [grade, subject, text] : check_machine(config, "/dev/null")) {
        if (subject != "log " + path.string()) continue;
        if (grade != Finding::Grade::warning) continue;
        ++warnings;
        EXPECT_TRUE(text.starts_with("exim, 1 line: ")) << text;
        EXPECT_NE(text.find("acl_smtp_helo"), std::string::npos) << text;
    }
    EXPECT_EQ(warnings, 1U);
    std::filesystem::remove(path);
}

}  // namespace
}  // namespace mailban::io::check_logs_test
