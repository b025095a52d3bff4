#include "io/allow/allow_files.h"

#include "io/support/run_until.h"
#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace mailban::io::allow_files_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class WatchedAllowFiles : public ::testing::TestWithParam<FileWatcher::Means> {
protected:
    WatchedAllowFiles()
    {
        AllowFilesOptions options;
        options.quiet = 20ms;
        options.look_again = 1h;  // what is noticed is told by the watcher
        options.means = GetParam();
        files_ = std::make_unique<AllowFiles>(
            context_, [this](const AllowedFile&) { ++changes_; }, options);
        asio::co_spawn(context_, files_->run(), [this](const std::exception_ptr& failure) {
            EXPECT_FALSE(failure);
            is_over_ = true;
        });
    }
    ~WatchedAllowFiles() override
    {
        files_->stop();
        EXPECT_TRUE(run_until(context_, [this] { return is_over_; }));
    }

    void write(const std::string& name, const std::string& text) const
    {
        std::ofstream(directory_ / name) << text;
    }
    // "192.0.2.7/32" for every entry of the first file.
    std::vector<std::string> prefixes() const
    {
        std::vector<std::string> all;
        for (const Allowed& entry : files_->files().at(0).entries)
            all.push_back(entry.prefix.to_string());
        return all;
    }
    const std::vector<std::string>& problems() const { return files_->files().at(0).problems; }
    bool comes_to(const std::vector<std::string>& wanted)
    {
        return run_until(context_, [&] { return prefixes() == wanted; });
    }

    TempDirectory directory_{};
    std::string path_ = directory_ / "allow.list";
    asio::io_context context_{};
    int changes_ = 0;
    bool is_over_ = false;
    std::unique_ptr<AllowFiles> files_{};
};

TEST_P(WatchedAllowFiles, AreReadAtOnceAndNameTheLineOfEachEntry)
{
    write("allow.list", "# ours\n192.0.2.7\n\n2001:db8::/32\n");
    files_->set({path_});
    EXPECT_THAT(prefixes(), ElementsAre("192.0.2.7/32", "2001:db8::/32"));
    EXPECT_EQ(files_->files()[0].entries[1].line, 4);
    EXPECT_EQ(files_->files()[0].entries[1].source, path_);
    EXPECT_EQ(changes_, 0);
}

TEST_P(WatchedAllowFiles, AreReadAgainWhenTheyAreWrittenInPlace)
{
    write("allow.list", "192.0.2.7\n");
    files_->set({path_});
    std::ofstream(path_, std::ios::app) << "192.0.2.8\n";
    EXPECT_TRUE(comes_to({"192.0.2.7/32", "192.0.2.8/32"}));
    std::ofstream(path_, std::ios::app) << "192.0.2.9\n";
    EXPECT_TRUE(comes_to({"192.0.2.7/32", "192.0.2.8/32", "192.0.2.9/32"}));
    EXPECT_EQ(changes_, 2);
}

TEST_P(WatchedAllowFiles, AreReadAgainWhenAnEditorPutsAnotherFileInTheirPlace)
{
    write("allow.list", "192.0.2.7\n");
    files_->set({path_});
    for (const auto* const text : {"192.0.2.8", "192.0.2.9"}) {
        write("allow.list.new", text);
        std::filesystem::rename(directory_ / "allow.list.new", path_);
        EXPECT_TRUE(comes_to({std::string(text) + "/32"}));
    }
}

TEST_P(WatchedAllowFiles, KeepWhatTheySaidWhileTheyAreGoneOrCannotBeRead)
{
    write("allow.list", "192.0.2.7\n");
    files_->set({path_});
    std::filesystem::rename(path_, directory_ / "aside");
    ASSERT_TRUE(run_until(context_, [this] { return !problems().empty(); }));
    EXPECT_THAT(problems()[0], HasSubstr("No such file or directory; its earlier entries stay"));
    EXPECT_THAT(prefixes(), ElementsAre("192.0.2.7/32"));
    files_->set({path_});  // a reload meanwhile
    EXPECT_THAT(prefixes(), ElementsAre("192.0.2.7/32"));

    std::filesystem::create_directory(path_);
    ASSERT_TRUE(run_until(
        context_, [this] { return problems()[0].find("not a regular") != std::string::npos; }));
    EXPECT_THAT(prefixes(), ElementsAre("192.0.2.7/32"));

    std::filesystem::remove(path_);
    write("allow.list", "192.0.2.8\n");
    EXPECT_TRUE(comes_to({"192.0.2.8/32"}));
    EXPECT_THAT(problems(), IsEmpty());
}

TEST_P(WatchedAllowFiles, AreNotWaitedForWhereTheyArePipes)
{
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    files_->set({path_});
    EXPECT_THAT(problems(), ElementsAre(HasSubstr("not a regular file")));
}

TEST_P(WatchedAllowFiles, AreAwaitedWithTheirDirectory)
{
    const std::string path = directory_ / "later/allow.list";
    files_->set({path});
    EXPECT_THAT(problems(), ElementsAre(HasSubstr("it allows nobody yet")));
    std::filesystem::create_directory(directory_ / "later");
    write("later/allow.list", "192.0.2.7\n");
    EXPECT_TRUE(comes_to({"192.0.2.7/32"}));
    EXPECT_THAT(problems(), IsEmpty());
}

TEST_P(WatchedAllowFiles, SkipBadLinesAndSayWhereTheyAre)
{
    write("allow.list", "192.0.2.7\n");
    files_->set({path_});
    write("allow.list.new", "192.0.2.8\noffice\n192.0.2.9\n");
    std::filesystem::rename(directory_ / "allow.list.new", path_);
    EXPECT_TRUE(comes_to({"192.0.2.8/32", "192.0.2.9/32"}));
    EXPECT_THAT(problems(), ElementsAre(HasSubstr(path_ + ":2:1: this line is 'office'")));
}

TEST_P(WatchedAllowFiles, AreForgottenWithTheirPlaceInTheConfiguration)
{
    write("allow.list", "192.0.2.7\n");
    write("other.list", "192.0.2.8\n");
    files_->set({path_, directory_ / "other.list", path_});
    EXPECT_THAT(files_->files(), SizeIs(2));
    files_->set({directory_ / "other.list"});
    EXPECT_THAT(prefixes(), ElementsAre("192.0.2.8/32"));
    write("other.list", "192.0.2.9\n");
    EXPECT_TRUE(comes_to({"192.0.2.9/32"}));
}

INSTANTIATE_TEST_SUITE_P(By, WatchedAllowFiles,
                         ::testing::Values(FileWatcher::Means::inotify,
                                           FileWatcher::Means::polling),
                         [](const auto& means) {
                             return means.param == FileWatcher::Means::inotify ? "Inotify"
                                                                               : "Polling";
                         });

// An editor that empties the file before it writes: nobody loses trust in between.
TEST(AnAllowFileInWork, IsNotReadBeforeItHasComeToRest)
{
    TempDirectory directory;
    const std::string path = directory / "allow.list";
    std::ofstream(path) << "192.0.2.7\n";
    asio::io_context context;
    std::vector<std::size_t> seen;
    AllowFiles files(context,
                     [&seen](const AllowedFile& file) { seen.push_back(file.entries.size()); });
    files.set({path});
    bool is_over = false;
    asio::co_spawn(context, files.run(), [&](const std::exception_ptr&) { is_over = true; });
    run_ready(context);
    std::ofstream writer(path, std::ios::trunc);
    run_ready(context);
    for (const auto* const line : {"192.0.2.7\n", "192.0.2.8\n", "192.0.2.9\n"}) {
        writer << line << std::flush;
        run_ready(context);
    }
    EXPECT_TRUE(run_until(context, [&seen] { return !seen.empty(); }));
    EXPECT_THAT(seen, ElementsAre(3));
    files.stop();
    EXPECT_TRUE(run_until(context, [&is_over] { return is_over; }));
}

}  // namespace
}  // namespace mailban::io::allow_files_test
