// FileTail: one log file, followed for ever, byte-exact across every kind of rotation.
//
// Lines are handed over in order, each once, without their newline; a partial line waits for its
// newline. Lines over LineSplitter's bound are skipped and counted. Any bytes may be in a line.
//
// Rename rotation: the old file stays open and is read on, beside the new one, until its writers
// have moved on (TailOptions). Files that were rotated away between two looks are found in the same
// directory and read in between. copytruncate, or any other file cut short, also when it has grown
// past the old size since: what was not read yet is taken from the copy where there is one, then
// reading goes on at 0. A file put in place of another that begins with the same bytes (an edited
// or restored copy) is read on where the other was. A file that does not exist yet, vanishes or may
// not be read is awaited; one that was deleted is read on until another has its name. Only regular
// files are read.
//
// What this promises while files are renamed in a burst: with inotify every file that had the name
// is opened in its turn (Succession). One that was deleted before it could be opened is lost, and
// counted in `vanished`; so is what was written between copying and truncating, by the nature of
// copytruncate, and that is not known to anybody. Without inotify a directory is believed when two
// listings agree; until then the tail reads on what it has, and asks again soon.
//
// After a restart everything that the position does not cover is read first, from the rotated
// files (counted, dated, or under any name in the same directory; packed with gzip or zstd), then
// the file itself.
#pragma once

#include "io/asio.h"
#include "io/source/find_since.h"
#include "io/source/log_directory.h"
#include "io/source/log_file.h"
#include "io/source/log_position.h"
#include "io/source/succession.h"
#include "io/source/watcher.h"

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

// Whether lines are history that is being caught up with, or are written while we look. A tail's
// lines are backlog until it has first reached the end of all there was, and live ever after.
enum class Freshness : std::uint8_t { backlog, live };

// What a tail hands out. The line callback must not suspend; it is one of the program's four seams.
struct TailSink {
    std::function<void(std::string_view line, Freshness)> on_line{};
    // After a run of lines: everything before `position` has been handed over, and nothing behind
    // it. The owner commits it with what the lines led to. Also called when the log's files change.
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

struct TailOptions {
    // A rotated file is let go when it has not grown for `quiet` and the new one is in use, or has
    // not grown for `patience` whatever the new one does.
    std::chrono::milliseconds quiet = std::chrono::seconds(30);
    std::chrono::milliseconds patience = std::chrono::hours(1);
    // How long it waits at most before it looks for itself, for file systems that tell nothing; up
    // to a minute for a file that has not grown for twenty.
    std::chrono::milliseconds look_again = std::chrono::seconds(5);
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
    std::string note{};          // of what may have been lost; for the administrator
    bool polled = false;         // changes are noticed within a second, not at once
};

class FileTail {
public:
    FileTail(Watcher& watcher, std::string path, TailStart start, TailSink sink,
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
    // Whether the log's earlier content is looked for beside a file.
    enum class Search : std::uint8_t {
        none,
        now,        // before more of the file is read
        with_head,  // as soon as it has content, which tells its copies from earlier ones
    };
    struct Followed {
        LogFile file;
        Clock::time_point grown;  // when it last did, or was replaced
        // What was read before it. As long as it has no content, only this tells where we are.
        std::optional<FilePosition> before{};
        Search search = Search::none;
        std::string name{};  // when it was found again
    };

    // What a position has led to so far.
    struct Resumed {
        std::vector<Followed> files{};
        std::vector<LogFile> newer{};  // than the last of them
        std::size_t missed = 0;
        bool is_certain = true;  // everything newer is new
        bool may_be_compressed = false;
    };

    // Which files there are: file_tail_names.cpp.
    void look();
    void watch();
    bool look_at_names();
    bool settle(const LogDirectory& directory);
    bool resume(const LogDirectory& directory);
    bool resume_one(const LogDirectory& directory, std::size_t at, Resumed& resumed);
    bool is_another(LogFile& file, std::size_t at) const;
    bool is_newer_than_last(const Resumed& resumed, std::size_t at) const;
    void drop_strangers(const LogDirectory& directory, Resumed& resumed) const;
    bool open_named(const LogDirectory& directory);
    bool take_heirs(const LogDirectory& directory);
    bool find_gone(const LogDirectory& directory);
    void take_over(LogFile file);
    void look_at_state(const LogDirectory& directory);
    bool is_undisturbed();
    void note_times(const struct ::stat& named);
    bool search(std::size_t index);
    std::optional<Trail> find_trail(const LogDirectory& directory, const FilePosition& position);
    std::optional<FilePosition> anchor_at(std::size_t index) const;
    std::optional<Trail> trail_before(const LogDirectory& directory, std::size_t end);
    std::size_t insert_newer(std::size_t at, std::vector<LogFile> newer, LogFile* named);
    bool insert(std::size_t at, LogFile file);
    void find_start(LogFile& file) const;
    bool is_open(const LogStat& stat) const;
    void note_vanished(const std::string& cause);
    void put_off(std::string problem);

    // What is in them: file_tail.cpp.
    asio::awaitable<void> read_files();
    bool read_chunk(std::size_t& index);
    void read_failed(const Followed& followed);
    void begin_again(Followed& followed);
    void drop_finished();
    void let_go_first();
    bool is_finished(Followed& followed) const;
    std::chrono::milliseconds next_look();
    LogPosition position() const;
    void tell_progress() const;

    Watcher::Bell bell_;
    std::string path_;
    TailStart start_;
    TailSink sink_;
    TailOptions options_;
    LineCallback deliver_;
    std::vector<Followed> files_{};  // oldest first; the last one has or had the name
    Succession succession_{};
    TailStatus status_{};
    std::size_t archives_ = 0;  // found; each stands for an heir that is gone
    bool is_new_;               // no position was given, and the name was not looked at yet
    bool is_resumed_;           // what the position names has been found, or is given up
    bool is_just_resumed_ = false;
    bool is_absent_ = false;  // there is no such name
    // Of the file that has the name, when last looked at.
    std::optional<timespec> changed_{};
    std::chrono::system_clock::time_point written_{};
    bool is_put_off_ = false;            // something could not be done now
    std::chrono::milliseconds pause_{};  // how long it is put off
    bool is_stopped_ = false;
};

}  // namespace mailban::io
