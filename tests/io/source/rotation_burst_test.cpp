// A log that is rotated as fast as a disk allows, by another thread, while it is followed.
#include "io/source/log_writer.h"
#include "io/source/tail_fixture.h"

#include <atomic>
#include <random>
#include <thread>

namespace mailban::io::rotation_burst_test {
namespace {

using namespace std::chrono_literals;

class ABurst : public ATail {
protected:
    // Writes and rotates in a thread, bursts of random length between lines of random number.
    void run(std::uint32_t seed, LogWriter& writer, std::size_t rotations)
    {
        rotations_seen = 0;
        std::atomic<bool> is_done = false;
        std::thread thread([&] {
            std::mt19937 random(seed);
            while (writer.rotations() < rotations) {
                for (auto burst = 1 + random() % 12; burst > 0; --burst) {
                    writer.write(random() % 40);
                    writer.rotate();
                }
                writer.write(random() % 400);
            }
            writer.write(1);
            is_done = true;
        });
        until_true([&] { return is_done.load(); });
        thread.join();
        // Polling looks each second.
        until_true([&] { return life->lines.size() >= writer.written(); });
        run_ready(life->context);
    }
    void until_true(const std::function<bool()>& holds)
    {
        const auto published = [&] {
            rotations_seen = life->tail->status().rotations;
            return holds();
        };
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (!published() && std::chrono::steady_clock::now() < deadline) {
            if (life->context.stopped()) life->context.restart();
            life->context.run_one_for(1ms);
        }
    }
    ::testing::AssertionResult has_every_line_once(const LogWriter& writer) const
    {
        for (std::size_t i = 0; i < std::min(life->lines.size(), writer.written()); ++i) {
            if (life->lines[i] == LogWriter::line(i)) continue;
            return ::testing::AssertionFailure() << "line " << i << " is '" << life->lines[i]
                                                 << "'; " << status().note << status().problem;
        }
        if (life->lines.size() == writer.written()) return ::testing::AssertionSuccess();
        return ::testing::AssertionFailure()
               << life->lines.size() << " lines of " << writer.written() << "; " << status().note
               << status().problem;
    }

    std::atomic<std::size_t> rotations_seen = 0;
};

TEST_F(ABurst, OfRenamesLosesNothing)
{
    for (const auto style : {RotationStyle::counted, RotationStyle::dated}) {
        for (std::uint32_t seed = 1; seed <= 8; ++seed) {
            log = directory /
                  ("log" + std::to_string(seed) + (style == RotationStyle::dated ? "d" : "c"));
            LogWriter writer(log, style);
            writer.write(3);
            start();
            ASSERT_TRUE(life->until_lines(3));
            run(seed, writer, 80);
            ASSERT_TRUE(has_every_line_once(writer)) << "seed " << seed;
            ASSERT_EQ(status().vanished, 0U) << status().note;
        }
    }
}

TEST_F(ABurst, OfRenamesWithCompressionLosesNothing)
{
    for (const auto compression : {Compression::gzip, Compression::zstd}) {
        for (std::uint32_t seed = 1; seed <= 4; ++seed) {
            log = directory /
                  ("log" + std::to_string(seed) + (compression == Compression::zstd ? "z" : "g"));
            LogWriter writer(log, RotationStyle::counted, compression);
            writer.write(3);
            start();
            ASSERT_TRUE(life->until_lines(3));
            run(seed, writer, 40);
            ASSERT_TRUE(has_every_line_once(writer)) << "seed " << seed;
        }
    }
}

TEST_F(ABurst, OfCopyingAndTruncatingLosesNothingThatWasCopied)
{
    for (std::uint32_t seed = 1; seed <= 8; ++seed) {
        log = directory / ("log" + std::to_string(seed));
        LogWriter writer(log, RotationStyle::copy_truncate);
        writer.write(3);
        start();
        ASSERT_TRUE(life->until_lines(3));
        run(seed, writer, 40);
        ASSERT_TRUE(has_every_line_once(writer)) << "seed " << seed;
    }
}

TEST_F(ABurst, MayDeleteWhatWasOpenedBeforeItWasRead)
{
    for (std::uint32_t seed = 1; seed <= 8; ++seed) {
        log = directory / ("log" + std::to_string(seed));
        LogWriter writer(log, RotationStyle::counted);
        writer.keep(3, [&](std::size_t rotation) {
            const auto deadline = std::chrono::steady_clock::now() + 10s;
            while (rotations_seen + 1 < rotation && std::chrono::steady_clock::now() < deadline)
                std::this_thread::yield();
        });
        writer.write(3);
        start();
        ASSERT_TRUE(life->until_lines(3));
        run(seed, writer, 80);
        ASSERT_TRUE(has_every_line_once(writer)) << "seed " << seed;
        ASSERT_EQ(status().vanished, 0U) << status().note;
    }
}

TEST_F(ABurst, ThatDeletesFasterThanAnybodyCanOpenSaysSoAndMixesNothingUp)
{
    for (std::uint32_t seed = 1; seed <= 8; ++seed) {
        log = directory / ("log" + std::to_string(seed));
        LogWriter writer(log, RotationStyle::counted);
        writer.keep(1, [](std::size_t) {});
        writer.write(3);
        start();
        ASSERT_TRUE(life->until_lines(3));
        std::mt19937 random(seed);
        // Nobody looks in between.
        for (int i = 0; i < 40; ++i) {
            writer.write(1 + random() % 20);
            writer.rotate();
        }
        writer.write(5);
        ASSERT_TRUE(until([&] {
            return !life->lines.empty() &&
                   life->lines.back() == LogWriter::line(writer.written() - 1);
        })) << "seed "
            << seed;
        ASSERT_LT(life->lines.size(), writer.written());
        ASSERT_GT(status().vanished, 0U);
        std::size_t last = 0;
        for (const auto& line : life->lines) {
            const auto number = std::stoul(line.substr(5));
            ASSERT_EQ(line, LogWriter::line(number));
            ASSERT_TRUE(number > last || number == 0) << line;
            last = number;
        }
    }
}

TEST_F(ABurst, IsReadThroughAfterItWhereTheKernelTellsNothing)
{
    for (std::uint32_t seed = 1; seed <= 2; ++seed) {
        log = directory / ("log" + std::to_string(seed));
        LogWriter writer(log, RotationStyle::counted);
        writer.write(3);
        start_from({}, FileWatcher::Means::polling);
        ASSERT_TRUE(life->until_lines(3));
        run(seed, writer, 80);
        ASSERT_TRUE(has_every_line_once(writer)) << "seed " << seed;
    }
}

}  // namespace
}  // namespace mailban::io::rotation_burst_test
