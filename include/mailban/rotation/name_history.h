// NameHistory: which files had a log's name, one after the other, and what each is called now. It
// follows the changes of names that the kernel reports (inotify). It opens no file: whoever opens
// one by its name asks afterwards whether the name was still that file's.
//
// A listing cannot answer this while files are being renamed: it is not made in one instant, and a
// deleted file is not in it. The kernel's events are complete, or it reports that they are not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mailban {

// What happened to a name in a directory.
struct NameChange {
    enum class What : std::uint8_t {
        created,
        deleted,
        moved_from,  // renamed, from this name
        moved_to,    // renamed, to this name
    };
    What what = What::created;
    std::uint32_t cookie = 0;  // the same for both halves of a renaming
    std::string name{};
};

class NameHistory {
public:
    struct File {
        std::uint64_t id = 0;      // unlike any other's
        std::string name{};        // its name now; empty: none
        std::uint32_t cookie = 0;  // it has left its name, and may come to another
        std::uint64_t moves = 0;   // how often its name changed
        std::uint32_t due = 0;     // the cookie by which it has to come before end_sync()
        bool is_gone() const noexcept { return name.empty() && cookie == 0; }
    };

    // The directory is not watched (any more): nothing will be reported until overflow().
    void stop();
    // The directory is watched, and some events were not reported. All files are forgotten.
    void overflow();
    // Every event from now on is reported, if the directory is watched. The first file is whichever
    // has the name `log_name`.
    void begin(std::string log_name);
    // Every event since begin() was reported.
    bool is_complete() const noexcept { return state_ == State::complete; }
    const std::string& log_name() const noexcept { return log_name_; }

    void apply(const NameChange& change);
    // A file that has left its name at begin_sync() has to come to another before end_sync(). Else
    // it is gone: to a directory that is not watched. Between both calls every event is applied
    // that happened before the first.
    void begin_sync();
    void end_sync();

    // Files that had the name and were not dropped, oldest first; the last one may still have it.
    const std::vector<File>& files() const noexcept { return files_; }
    void drop(std::uint64_t id);

    // How many changes there were of names that rotation may give. A listing between two equal
    // counts shows the directory as it was at one instant.
    std::uint64_t changes() const noexcept { return changes_; }

private:
    enum class State : std::uint8_t { unwatched, incomplete, complete };

    File* named(const std::string& name);
    void add();
    void arrive(const NameChange& change);

    std::string log_name_{};
    std::vector<File> files_{};
    State state_ = State::unwatched;
    std::uint64_t next_id_ = 0;
    std::uint64_t changes_ = 0;
};

}  // namespace mailban
