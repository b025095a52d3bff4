// A log whose file cannot be opened, because the process has too many open already.
#include "io/source/tail_fixture.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>

namespace mailban::io::few_descriptors_test {
namespace {

// Opens files until there is no descriptor left, at most a few hundred.
class NoDescriptorLeft {
public:
    NoDescriptorLeft()
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        rlimit low = before_;
        low.rlim_cur = 200;
        ::setrlimit(RLIMIT_NOFILE, &low);
        for (;;) {
            Descriptor file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
            if (!file.is_open()) break;
            files_.push_back(std::move(file));
        }
    }
    NoDescriptorLeft(const NoDescriptorLeft&) = delete;
    NoDescriptorLeft& operator=(const NoDescriptorLeft&) = delete;
    ~NoDescriptorLeft() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_ = {};
    std::vector<Descriptor> files_{};
};

TEST_F(ATail, WaitsWhenTooManyFilesAreOpenAndLosesNothingMeanwhile)
{
    write("one\n");
    start();
    EXPECT_TRUE(hands_over({"one"}));
    append(directory / "second", "two\n");
    append(directory / "third", "three\n");
    {
        const NoDescriptorLeft none;
        rename("mainlog", "mainlog.1");
        rename("second", "mainlog");
        rename("mainlog.1", "mainlog.2");
        rename("mainlog", "mainlog.1");
        rename("third", "mainlog");
        ASSERT_TRUE(until([&] { return !status().problem.empty(); }));
        // No matcher: a sanitizer needs descriptors to look at its virtual calls.
        EXPECT_TRUE(status().problem.ends_with(": Too many open files")) << status().problem;
        EXPECT_EQ(life->lines, Lines{"one"});
    }
    EXPECT_TRUE(hands_over({"one", "two", "three"}));
    EXPECT_EQ(status().problem, "");
    EXPECT_EQ(status().vanished, 0U);
}

TEST_F(ATail, WaitsToResumeWhenTooManyFilesAreOpen)
{
    write("one\n");
    start();
    EXPECT_TRUE(hands_over({"one"}));
    const auto position = life->committed;
    write("two\n");
    rename("mainlog", "mainlog.1");
    write("three\n");
    start(position);
    {
        const NoDescriptorLeft none;
        ASSERT_TRUE(until([&] { return !status().problem.empty(); }));
        // No matcher: a sanitizer needs descriptors to look at its virtual calls.
        EXPECT_TRUE(status().problem.ends_with(": Too many open files")) << status().problem;
        EXPECT_TRUE(life->lines.empty());
        EXPECT_EQ(life->committed, position);
    }
    EXPECT_TRUE(hands_over({"two", "three"}));
    EXPECT_EQ(status().problem, "");
}

}  // namespace
}  // namespace mailban::io::few_descriptors_test
