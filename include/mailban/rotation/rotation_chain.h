// RotationChain: the files that had a log's name one after the other, in that order, each to be
// opened while it is there, whatever it is called by then. Decides what is opened next and whether
// what was opened is the right file; opens nothing.
//
// How: a file is opened by the name that NameHistory says it has (to_open). Then the kernel's
// events are read up to the present, between begin_sync() and end_sync() of the history. If they
// say nothing of that file, the right one was opened; otherwise it is tried again (note). So no
// quiet moment of the whole directory is needed, and a file that is deleted after it was opened is
// not lost.
#pragma once

#include "mailban/rotation/name_history.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mailban {

class RotationChain {
public:
    // What came of opening a file by its name.
    enum class Opening : std::uint8_t {
        done,
        absent,   // nothing has that name
        refused,  // not permitted, or no file that could be a log
    };
    struct Attempt {
        std::uint64_t id = 0;     // of the file in the history
        std::string name{};       // to open it by
        std::uint64_t moves = 0;  // of the file when it was to be opened
    };
    // The next file in order.
    struct Successor {
        std::uint64_t id = 0;
        Opening opening = Opening::done;  // or refused
        bool operator==(const Successor&) const = default;
    };

    NameHistory& history() noexcept { return history_; }
    const NameHistory& history() const noexcept { return history_; }

    // Before a round of attempts: files that were refused may be opened now, and files that the
    // history has forgotten are forgotten.
    void begin_round();
    // The files that are not opened yet and have a name.
    std::vector<Attempt> to_open() const;
    // After end_sync(). False: the file's name has changed meanwhile, so what was opened may be
    // another file. It is to be closed, and comes again with to_open().
    bool note(const Attempt& attempt, Opening opening);
    // Of every file it is known what became of it.
    bool is_settled() const;
    bool is_opened(std::uint64_t id) const;

    // Nullopt: there is none, or it cannot be said yet, or the next one is refused and still has
    // the log's name. It stays the next one until it is dropped.
    std::optional<Successor> next();
    void drop_next();
    // How many of the next files were gone before they could be opened.
    std::size_t count_gone() const;

private:
    // The next file has the log's name and cannot be opened.
    bool is_blocked() const;
    const Opening* opening_of(std::uint64_t id) const;

    NameHistory history_{};
    std::map<std::uint64_t, Opening> openings_{};  // by id
};

}  // namespace mailban
