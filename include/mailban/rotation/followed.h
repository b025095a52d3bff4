// The files of a log that are open at one time: in which order they are read, when one is closed,
// and what is stored of them. Values and rules only; the shell holds the descriptors.
#pragma once

#include "mailban/rotation/position.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace mailban {

struct TailOptions {
    // A rotated file is closed when it has not grown for `quiet` and the new file is in use, or has
    // not grown for `patience` whatever the new one does.
    std::chrono::milliseconds quiet = std::chrono::seconds(30);
    std::chrono::milliseconds patience = std::chrono::hours(1);
    // The longest time between two looks, for file systems that report no changes; up to a minute
    // for a file that has not grown for twenty.
    std::chrono::milliseconds look_again = std::chrono::seconds(5);
};

// Whether the directory is searched for the log's earlier content before a file is read on.
enum class SearchBefore : std::uint8_t {
    none,
    now,
    with_head,  // as soon as the file has content, which tells its copies from earlier ones
};

// One open file.
struct FollowedFile {
    FilePosition reached{};
    // How far the file before it was read. While a file has no content, only this shows the place.
    std::optional<FilePosition> before{};
    SearchBefore search = SearchBefore::none;
};

// What is stored of `files`, which are in order, oldest first.
LogPosition position_of(const std::vector<FollowedFile>& files);

// How far the log was read before the file that is or would be at `index`: the newest file before
// it with a fingerprint, else the newest at all.
std::optional<FilePosition> anchor_before(const std::vector<FollowedFile>& files,
                                          std::size_t index);

// The oldest of several open files.
struct OldestFile {
    bool is_archive = false;
    bool is_used_up = false;           // of an archive: it was read to its end
    bool is_unread = false;            // it holds bytes that were not read
    std::chrono::milliseconds idle{};  // since it grew or was replaced
};
struct FollowedLog {
    std::size_t files = 0;
    bool is_newest_in_use = false;  // the newest file holds something
    // A file that had the log's name is not opened yet. It may be compressed by now, and the
    // archive be open: the archive is kept until this is known.
    bool is_successor_awaited = false;
};
// Whether the oldest file is closed. A partial line at its end is dropped with it: cut short it
// could be mistaken for another line.
bool is_finished(const OldestFile& oldest, const FollowedLog& log, const TailOptions& options);

// When the names are looked at again.
struct LookFacts {
    bool is_put_off = false;                 // something could not be done; try again soon
    bool has_problem = false;                // and an administrator has to do something
    std::chrono::milliseconds last_pause{};  // of the last try
    std::size_t files = 0;
    bool is_absent = false;                         // nothing has the log's name
    std::chrono::milliseconds since_written{};      // of the file that has it
    std::chrono::milliseconds since_oldest_grew{};  // of the oldest of several
};
std::chrono::milliseconds time_to_next_look(const LookFacts& facts, const TailOptions& options);

// A file that has or had the log's name, after those that are open.
struct Newcomer {
    bool is_newest = false;     // it is the newest of those that are open
    bool is_open = false;       // it is one of them
    bool has_log_name = false;  // it has the name now
};
enum class NewcomerRole : std::uint8_t {
    known,     // nothing is to be done
    returned,  // a rotated file got the log's name back: it is the newest again
    next,      // it follows the newest
};
NewcomerRole role_of(const Newcomer& newcomer);

// Another file has the log's name, and the one before it was read up to `reached`. Whether the new
// one may be an edited or restored copy of it: then the lines with which both begin are skipped. A
// file that was renamed lives on beside its successor, and both may begin with a like line, so a
// whole head in common is needed then.
bool is_replacement(const FilePosition& reached, std::uint64_t links_of_old);

}  // namespace mailban
