// FileTail: one log file, followed for ever, byte-exact across every kind of rotation.
//
// Lines are handed over in order, each once, without their newline; a partial line waits for its
// newline. Rename: the old file stays open and is read until its end and until the new file has
// taken over. copytruncate: reading goes on at 0. A file that does not exist yet, or vanishes, is
// awaited. Lines over LineSplitter's bound are skipped and counted.
#pragma once

#include "io/asio.h"
#include "io/source/log_position.h"
#include "io/source/watcher.h"
#include "mailban/result.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mailban::io {

// Whether lines are history that is being caught up with, or are written while we look.
enum class Freshness : std::uint8_t { backlog, live };

// What a tail hands out. The line callback must not suspend; it is one of the program's four seams.
struct TailSink {
    std::function<void(std::string_view line, Freshness)> on_line{};
    // After a run of lines: everything before `position` has been handed over. The owner commits
    // it with what the lines led to.
    std::function<void(const LogPosition& position)> on_progress{};
};

struct TailStatus {
    bool present = false;             // the file is open
    std::uint64_t offset = 0;         // next byte to hand over
    std::uint64_t size = 0;           // of the file when last looked at
    std::uint64_t lines = 0;          // handed over since the start
    std::uint64_t oversized = 0;      // lines skipped for their length
    std::uint64_t rotations = 0;
    std::string problem{};            // why it is not being read: "Permission denied", or empty
};

class FileTail {
public:
    // `start`: where an earlier run stopped; nullopt: from the beginning.
    FileTail(Watcher& watcher, std::string path, std::optional<LogPosition> start, TailSink sink);

    // Runs until cancelled. Problems with the file are waited out and shown in status().
    asio::awaitable<void> run();

    const std::string& path() const noexcept { return path_; }
    const TailStatus& status() const noexcept { return status_; }

private:
    Watcher& watcher_;
    std::string path_;
    std::optional<LogPosition> start_;
    TailSink sink_;
    TailStatus status_{};
};

}  // namespace mailban::io
