// FileTail: one log file, followed for ever, byte-exact across every kind of rotation. It opens,
// reads and waits; what is which file is decided in mailban/rotation (docs/rotation.md).
//
// Lines are handed over in order, each once, without their newline; a partial line waits for its
// newline. Lines over LineSplitter's bound are skipped and counted. Any bytes may be in a line.
//
// Renaming: the old file stays open and is read on, beside the new one, until its writers have
// moved on (TailOptions). Files that were rotated away between two looks are found in the same
// directory and read in between. copytruncate, or any other file cut short, also one that has grown
// past the old size since: what was not read yet is taken from the copy if there is one, then
// reading goes on at 0. A file put in place of another that begins with the same bytes (an edited
// or restored copy) is read on at the same offset. A file that does not exist yet, vanishes or may
// not be read is waited for; a deleted one is read on until another file has its name. Only regular
// files are read.
//
// While files are renamed in a burst: with inotify every file that had the name is opened in its
// order (SuccessorFiles). A file that was deleted before it could be opened is lost, and counted in
// `vanished`. So is what was written between copying and truncating, by the nature of copytruncate;
// nobody knows of that. Without inotify a directory is believed when two listings agree; until then
// the tail reads on in what it has, and looks again soon.
//
// After a restart everything that the position does not cover is read first, from the rotated files
// (Resumption), then the file itself.
#pragma once

#include "io/asio.h"
#include "io/source/file_watcher.h"
#include "io/source/line_callback.h"
#include "io/source/log_directory.h"
#include "io/source/log_file.h"
#include "io/source/open_files.h"
#include "io/source/successor_files.h"
#include "mailban/rotation/find_since.h"
#include "mailban/rotation/followed.h"
#include "mailban/rotation/position.h"

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailban::io {

// A tail's lines are backlog until it has first reached the end of all there was, and live ever
// after.
enum class Freshness : std::uint8_t { backlog, live };

// The callbacks of a tail. The line callback must not suspend; it is one of the program's four
// seams.
struct TailSink {
    std::function<void(std::string_view line, Freshness)> on_line{};
    // After a run of lines: everything before `position` has been handed over, and nothing behind
    // it. The owner commits it with the effects of the lines. Also called when the log's files
    // change.
    std::function<void(const LogPosition& position)> on_progress{};
};

// Where to begin. With a position: there. Without one, in a file that exists when the tail is
// started: at the first line that stamp_of() says is at or after `since` (an hour earlier, in fact,
// for clocks that were set back), or at its beginning if either is not given. What appears later is
// read from its beginning.
struct TailStart {
    std::optional<LogPosition> position{};
    std::optional<Timestamp> since{};
    StampOf stamp_of{};
};

struct TailStatus {
    bool present = false;         // the name leads to a file that is open
    bool caught_up = false;       // lines are live
    std::uint64_t offset = 0;     // in the newest file: the next byte to hand over
    std::uint64_t size = 0;       // of the newest file when last looked at
    std::uint64_t behind = 0;     // bytes not handed over, in all files
    std::uint64_t lines = 0;      // handed over since the start
    std::uint64_t oversized = 0;  // lines skipped for their length
    std::uint64_t rotations = 0;
    std::uint64_t vanished = 0;  // files gone or damaged before all of them was certainly read
    std::size_t files = 0;       // open
    std::string problem{};       // why it is not being read: "cannot open …: Permission denied"
    std::string note{};          // what may have been lost; for the administrator
    bool polled = false;         // changes are noticed within a second, not at once
};

class FileTail {
public:
    FileTail(FileWatcher& watcher, std::string path, TailStart start, TailSink sink,
             TailOptions options = {});

    // Runs until stop(), or until it is cancelled. Problems with the file are waited out and shown
    // in status(). The tail has to live until this has ended.
    asio::awaitable<void> run();
    // Makes run() end soon; no line is handed over any more.
    void stop();

    const std::string& path() const noexcept { return path_; }
    TailStatus status() const;

private:
    using Clock = std::chrono::steady_clock;
    // How far the tail has come with its position.
    enum class Stage : std::uint8_t {
        unseen,     // there is no position, and the name was not looked at yet
        to_resume,  // the files of the position were not looked for yet
        resumed,    // just now, and everything newer than them is new
        following,
    };

    // Which files there are: file_tail_names.cpp.
    void look();
    void watch();
    bool look_at_names();
    bool find_missed(const LogDirectory& directory);
    bool resume(const LogDirectory& directory);
    bool open_named(const LogDirectory& directory);
    bool take_successors(const LogDirectory& directory);
    bool find_gone(const LogDirectory& directory);
    void take_over(LogFile file);
    void find_start(LogFile& file) const;
    void look_at_state(const LogDirectory& directory);
    bool is_undisturbed();

    // Where they went: file_tail_search.cpp.
    bool search_before(std::size_t index);
    std::optional<Whereabouts> find_whereabouts(const LogDirectory& directory,
                                                const FilePosition& position);
    std::optional<Whereabouts> whereabouts_before(const LogDirectory& directory, std::size_t index);
    void note_vanished(const std::string& cause);
    void put_off(std::string problem);

    // What is in them: file_tail.cpp.
    asio::awaitable<void> read_files();
    bool read_chunk(std::size_t& index);
    void read_failed(const OpenFile& open);
    void begin_again(OpenFile& open);
    void close_finished();
    bool is_first_finished();
    std::chrono::milliseconds next_look();
    void report_progress() const;

    FileWatcher::Waiter waiter_;
    std::string path_;
    TailStart start_;
    TailSink sink_;
    TailOptions options_;
    LineCallback deliver_;
    OpenFiles files_{};
    SuccessorFiles successors_{};
    TailStatus status_{};
    // Archives that were found; each stands for a successor that is gone.
    std::size_t archives_ = 0;
    Stage stage_;
    bool is_absent_ = false;  // there is no such name
    // Of the file that has the name, when last looked at.
    std::optional<timespec> changed_{};
    std::chrono::system_clock::time_point written_{};
    bool is_put_off_ = false;            // something could not be done now
    std::chrono::milliseconds pause_{};  // how long it is put off
    bool is_stopped_ = false;
};

}  // namespace mailban::io
