// What the tests of FileTail share: a directory, a writer, and one life of a tail after the other.
#pragma once

#include "io/source/file_tail.h"
#include "io/support/run_until.h"
#include "io/support/temp_directory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban::io {

inline void append(const std::string& path, std::string_view text)
{
    std::ofstream(path, std::ios::binary | std::ios::app) << text;
}

inline void truncate_file(const std::string& path)
{
    std::filesystem::resize_file(path, 0);
}

// From start to kill: what it handed over, and the state that an owner would have committed.
class TailLife {
public:
    TailLife(const std::string& path, TailStart start, TailOptions options,
             FileWatcher::Means means = FileWatcher::Means::inotify)
        : watcher(context, means), committed(start.position)
    {
        TailSink sink;
        sink.on_line = [this](std::string_view line, Freshness freshness) {
            uncommitted.emplace_back(line);
            fresh.push_back(freshness);
        };
        sink.on_progress = [this](const LogPosition& position) {
            for (auto& line : uncommitted)
                lines.push_back(std::move(line));
            uncommitted.clear();
            committed = position;
        };
        tail =
            std::make_unique<FileTail>(watcher, path, std::move(start), std::move(sink), options);
        asio::co_spawn(context, tail->run(), [this](const std::exception_ptr& failure) {
            if (failure) std::rethrow_exception(failure);
            has_ended = true;
        });
    }

    bool until_lines(std::size_t count)
    {
        return run_until(context, [&] { return lines.size() >= count; });
    }

    asio::io_context context{1};
    FileWatcher watcher;
    std::unique_ptr<FileTail> tail{};
    std::vector<std::string> lines{};  // handed over and committed
    std::vector<std::string> uncommitted{};
    std::vector<Freshness> fresh{};
    std::optional<LogPosition> committed{};
    bool has_ended = false;
};

class ATail : public ::testing::Test {
protected:
    using Lines = std::vector<std::string>;

    ATail()
    {
        // Whatever is noticed is noticed because something rang.
        options.look_again = std::chrono::hours(1);
        options.quiet = std::chrono::hours(1);
        options.patience = std::chrono::hours(2);
    }

    TailLife& start(std::optional<LogPosition> position = {})
    {
        TailStart from;
        from.position = std::move(position);
        return start_from(std::move(from));
    }
    TailLife& start_from(TailStart from, FileWatcher::Means means = FileWatcher::Means::inotify)
    {
        life.reset();
        life = std::make_unique<TailLife>(log, std::move(from), options, means);
        return *life;
    }
    // Stops without a word, and starts from what was committed.
    TailLife& kill_and_restart()
    {
        auto position = life->committed;
        return start(std::move(position));
    }
    void write(std::string_view text) { append(log, text); }
    void rename(const std::string& from, const std::string& to)
    {
        std::filesystem::rename(directory / from, directory / to);
    }
    // Everything so far, and nothing else, is handed over; what follows comes after it.
    ::testing::AssertionResult hands_over(const Lines& expected)
    {
        life->until_lines(expected.size());
        run_ready(life->context);
        if (life->lines == expected) return ::testing::AssertionSuccess();
        auto result = ::testing::AssertionFailure();
        result << "handed over " << life->lines.size() << " lines:";
        for (const auto& line : life->lines)
            result << "\n  " << line.substr(0, 100);
        result << "\ninstead of " << expected.size() << "; problem: '"
               << life->tail->status().problem << "'";
        return result;
    }
    TailStatus status() const { return life->tail->status(); }
    bool until(const std::function<bool()>& holds) { return run_until(life->context, holds); }

    TempDirectory directory{};
    std::string log = directory / "mainlog";
    TailOptions options{};
    std::unique_ptr<TailLife> life{};
};

}  // namespace mailban::io
