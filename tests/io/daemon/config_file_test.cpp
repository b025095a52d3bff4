#include "io/daemon/config_file.h"

#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

namespace mailban::io::config_file_test {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr const char* kRight = "sources: [{file: /var/log/mail.log}]\n";

// A file that runs since the first minute; each look is a minute later.
class AConfigFile : public ::testing::Test {
protected:
    void SetUp() override { write(kRight); }
    void write(const std::string& text) const { std::ofstream(path_) << text; }
    void look(ConfigFile& file) { file.look(now_ += 1min); }

    TempDirectory directory_{};
    std::string path_ = directory_ / "mailban.yaml";
    Timestamp now_ = Timestamp(1000min);
};

TEST_F(AConfigFile, IsWellAsLongAsNobodyTouchesIt)
{
    ConfigFile file(path_, now_);
    look(file);
    EXPECT_EQ(file.report().problem, "");
    EXPECT_EQ(file.report().loaded, Timestamp(1000min));
}

TEST_F(AConfigFile, SaysWhatIsWrongAndSinceWhen)
{
    ConfigFile file(path_, now_);
    write(std::string(kRight) + "no_such_key: 1\n");
    look(file);
    look(file);
    EXPECT_THAT(file.report().problem, HasSubstr(path_ + ":2:1: "));
    EXPECT_EQ(file.report().since, Timestamp(1001min));
}

TEST_F(AConfigFile, IsWellAgainWhenItIsTheOneThatRuns)
{
    ConfigFile file(path_, now_);
    write("wrong: 1\n");
    file.note_refused(file.load().error().message, now_);
    write(kRight);
    look(file);
    EXPECT_EQ(file.report().problem, "");
    EXPECT_EQ(file.report().since, std::nullopt);
}

TEST_F(AConfigFile, ThatAReloadRefusedAsksForAnotherReload)
{
    ConfigFile file(path_, now_);
    write("wrong: 1\n");
    file.note_refused(file.load().error().message, now_);
    write(std::string(kRight) + "limits: {bans: 1000}\n");
    look(file);
    EXPECT_THAT(file.report().problem, HasSubstr("run 'mailban reload'"));
    EXPECT_EQ(file.report().since, Timestamp(1000min));
    file.note_running(file.load()->text, now_);
    EXPECT_EQ(file.report().problem, "");
    EXPECT_EQ(file.report().loaded, now_);
}

TEST_F(AConfigFile, ThatIsGoneWouldFailTheNextStart)
{
    ConfigFile file(path_, now_);
    std::remove(path_.c_str());
    look(file);
    EXPECT_EQ(file.report().problem, path_ + " does not exist");
    write(kRight);
    look(file);
    EXPECT_EQ(file.report().problem, "");
}

}  // namespace
}  // namespace mailban::io::config_file_test
