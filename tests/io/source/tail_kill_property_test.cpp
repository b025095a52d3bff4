// Invariant 6: whatever happens to a log, and however often the tail is killed, what was committed
// holds every line once. A kill takes back everything since the last commit.
#include "io/source/log_writer.h"
#include "io/source/tail_fixture.h"

#include <cstdlib>
#include <random>

namespace mailban::io::tail_kill_property_test {
namespace {

using namespace std::chrono_literals;

std::uint32_t number_of(const char* variable, std::uint32_t usual)
{
    const auto* const text = std::getenv(variable);
    return text ? static_cast<std::uint32_t>(std::stoul(text)) : usual;
}

class AKilledTail : public ATail {
protected:
    struct Store {
        std::vector<std::string> lines{};
        std::optional<LogPosition> position{};
    };

    void commit()
    {
        if (!life) return;
        store.lines.insert(store.lines.end(), life->lines.begin(), life->lines.end());
        life->lines.clear();
        store.position = life->committed;
    }
    void kill() { life.reset(); }
    void revive()
    {
        if (!life) start(store.position);
    }
    // Up to here it has been seen that the log exists: before, there is nothing to find it again
    // by.
    void begin(LogWriter& writer)
    {
        writer.write(1);
        revive();
        ASSERT_TRUE(life->until_lines(1));
        commit();
    }
    void step(std::mt19937& random, LogWriter& writer)
    {
        switch (random() % 12) {
        case 0:
        case 1:
        case 2: writer.write(random() % 30); break;
        case 3: writer.write_part(random() % 40); break;
        case 4: writer.write(random() % 800); break;
        case 5:
        case 6: writer.rotate(); break;
        case 7: commit(); break;
        case 8: kill(); break;
        case 9: revive(); break;
        case 10:
            revive();
            run_ready(life->context);
            break;
        case 11:
            revive();
            // Some of what it has to do, wherever it is then.
            for (auto count = random() % 20; count > 0; --count)
                life->context.poll_one();
            break;
        }
    }
    void run(std::uint32_t seed, RotationStyle style, Compression compression)
    {
        std::mt19937 random(seed);
        options.quiet = random() % 2 == 0 ? 0ms : 1h;
        options.patience = random() % 4 == 0 ? 0ms : 2h;
        const TempDirectory place;
        log = place / "mainlog";
        store = {};
        LogWriter writer(log, style, compression);
        begin(writer);
        for (int i = 0; i < 60; ++i)
            step(random, writer);
        writer.write(1);
        revive();
        until([&] { return store.lines.size() + life->lines.size() >= writer.written(); });
        run_ready(life->context);
        const auto status = life->tail->status();
        commit();
        kill();
        for (std::size_t i = 0; i < std::min(store.lines.size(), writer.written()); ++i)
            ASSERT_EQ(store.lines[i], LogWriter::line(i)) << status.note << status.problem;
        ASSERT_EQ(store.lines.size(), writer.written()) << status.note << status.problem;
        ASSERT_EQ(status.vanished, 0U) << status.note;
    }
    // MAILBAN_PROPERTY_SEED: where to begin; MAILBAN_PROPERTY_ROUNDS: how many.
    void run_seeds(RotationStyle style, Compression compression)
    {
        const auto first = number_of("MAILBAN_PROPERTY_SEED", 1);
        const auto rounds = number_of("MAILBAN_PROPERTY_ROUNDS", 20);
        for (auto seed = first; seed < first + rounds; ++seed) {
            SCOPED_TRACE("MAILBAN_PROPERTY_SEED=" + std::to_string(seed));
            run(seed, style, compression);
            if (HasFatalFailure()) return;
        }
    }

    Store store{};
};

TEST_F(AKilledTail, HandsOverEachLineOnceAroundCountedRotations)
{
    run_seeds(RotationStyle::counted, Compression::none);
}

TEST_F(AKilledTail, HandsOverEachLineOnceAroundDatedRotations)
{
    run_seeds(RotationStyle::dated, Compression::none);
}

TEST_F(AKilledTail, HandsOverEachLineOnceAroundCopyingAndTruncating)
{
    run_seeds(RotationStyle::copy_truncate, Compression::none);
}

TEST_F(AKilledTail, HandsOverEachLineOnceWhereOldFilesAreCompressed)
{
    run_seeds(RotationStyle::counted, Compression::gzip);
    run_seeds(RotationStyle::dated, Compression::zstd);
}

TEST_F(AKilledTail, HandsOverEachLineOnceWhereOldCopiesAreCompressed)
{
    run_seeds(RotationStyle::copy_truncate, Compression::gzip);
}

}  // namespace
}  // namespace mailban::io::tail_kill_property_test
