// What the tests of JournalTail share: journals made for the test, and one life of a tail after the
// other.
#pragma once

#include "io/process/process.h"
#include "io/run.h"
#include "io/source/journal_tail.h"
#include "io/support/run_until.h"
#include "io/support/temp_directory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailban::io {

inline constexpr Timestamp kFirstEntry{std::chrono::microseconds(1'800'000'000'000'000)};

// One entry as the test wants it; each is a second younger than the one before.
struct Written {
    std::string message{};
    std::vector<std::pair<std::string, std::string>> fields{{"_SYSTEMD_UNIT", "exim4.service"},
                                                            {"SYSLOG_IDENTIFIER", "exim"}};
};

// A directory of journal files. systemd-journal-remote turns journald's export format into them.
class JournalDirectory {
public:
    // Writes the entries into NAME.journal; one of that name is set aside, as rotation does.
    void write(const std::string& name, const std::vector<Written>& entries)
    {
        const std::string input = root_ / "input";
        std::ofstream file(input, std::ios::binary | std::ios::trunc);
        for (const auto& entry : entries)
            file << exported(entry);
        file.close();
        std::filesystem::create_directories(path());
        std::vector<std::string> words{"/lib/systemd/systemd-journal-remote", "-o",
                                       path() + "/" + name + ".journal", input};
        const auto done = await_result(run_program(std::move(words), ProcessLimits{}));
        ASSERT_TRUE(done.ok()) << done.error().message;
        ASSERT_EQ(done->exit_code, 0) << done->errors;
    }
    void write(const std::string& name, const std::vector<std::string>& messages)
    {
        std::vector<Written> entries;
        for (const auto& message : messages)
            entries.push_back({message});
        write(name, entries);
    }

    // The file that was written is an archive now, as after journald's rotation.
    void rotate(const std::string& name)
    {
        const auto file = path() + "/" + name;
        std::filesystem::rename(file + ".journal", file + "@0001.journal");
    }

    std::string path() const { return root_ / "journal"; }
    const std::filesystem::path& root() const { return root_.path(); }

private:
    // Every value in the binary form: its length, eight bytes from the lowest, and its bytes.
    static std::string field(const std::string& name, const std::string& value)
    {
        std::string text = name + "\n";
        for (unsigned shift = 0; shift < 64; shift += 8)
            text += static_cast<char>((static_cast<std::uint64_t>(value.size()) >> shift) & 0xffU);
        return text + value + "\n";
    }

    std::string exported(const Written& entry)
    {
        const auto age = count_++ * 1'000'000;
        const auto time = kFirstEntry.time_since_epoch().count() + age;
        std::string text = "__REALTIME_TIMESTAMP=" + std::to_string(time) +
                           "\n__MONOTONIC_TIMESTAMP=" + std::to_string(age + 1) +
                           "\n_BOOT_ID=0123456789abcdef0123456789abcdef\n";
        for (const auto& [name, value] : entry.fields)
            text += field(name, value);
        return text + field("MESSAGE", entry.message) + "\n";
    }

    TempDirectory root_{};
    std::int64_t count_ = 0;
};

// An entry as the tail handed it over.
struct Received {
    std::string text{};
    std::string host{};
    std::string program{};
    std::optional<std::uint32_t> pid{};
    Timestamp time{};
};

// From start to kill: what it handed over, and the state that an owner would have committed.
class JournalLife {
public:
    JournalLife(JournalSelection selection, JournalStart start,
                std::chrono::milliseconds look_again)
        : committed(start.position)
    {
        JournalSink sink;
        sink.on_entry = [this](const LogMessage& entry, Freshness freshness) {
            uncommitted.push_back({std::string(entry.text), std::string(entry.host),
                                   std::string(entry.program), entry.pid, entry.time});
            fresh.push_back(freshness);
        };
        sink.on_progress = [this](const JournalPosition& position) {
            for (auto& entry : uncommitted)
                entries.push_back(std::move(entry));
            uncommitted.clear();
            committed = position;
            ++commits;
        };
        tail = std::make_unique<JournalTail>(context, std::move(selection), std::move(start),
                                             std::move(sink), look_again);
        asio::co_spawn(context, tail->run(), [this](const std::exception_ptr& failure) {
            if (failure) std::rethrow_exception(failure);
            has_ended = true;
        });
    }

    asio::io_context context{1};
    std::unique_ptr<JournalTail> tail{};
    std::vector<Received> entries{};  // handed over and committed
    std::vector<Received> uncommitted{};
    std::vector<Freshness> fresh{};
    std::optional<JournalPosition> committed{};
    std::size_t commits = 0;
    bool has_ended = false;
};

class AJournalTail : public ::testing::Test {
protected:
    using Messages = std::vector<std::string>;

    JournalLife& start(JournalStart from = {})
    {
        life.reset();
        life = std::make_unique<JournalLife>(JournalSelection{journal.path(), match, others},
                                             std::move(from), look_again);
        return *life;
    }
    // Stops without a word, and starts from what was committed.
    JournalLife& kill_and_restart()
    {
        JournalStart from;
        from.position = life->committed;
        return start(std::move(from));
    }
    bool until(const std::function<bool()>& holds) { return run_until(life->context, holds); }

    Messages received() const
    {
        Messages texts;
        for (const auto& entry : life->entries)
            texts.push_back(entry.text);
        return texts;
    }
    // Everything so far, and nothing else: it has looked at all there is.
    ::testing::AssertionResult hands_over(const Messages& expected)
    {
        until([&] { return life->entries.size() >= expected.size() && status().caught_up; });
        run_ready(life->context);
        if (received() == expected) return ::testing::AssertionSuccess();
        auto result = ::testing::AssertionFailure();
        result << "handed over " << life->entries.size() << " entries:";
        for (const auto& text : received())
            result << "\n  " << text.substr(0, 100);
        result << "\ninstead of " << expected.size() << "; problem: '" << status().problem << "'";
        return result;
    }
    TailStatus status() const { return life->tail->status(); }

    JournalDirectory journal{};
    JournalMatch match = JournalMatch::unit("exim4");
    std::vector<JournalMatch> others{};
    // Whatever is noticed is noticed because something rang.
    std::chrono::milliseconds look_again = std::chrono::hours(1);
    std::unique_ptr<JournalLife> life{};
};

}  // namespace mailban::io
