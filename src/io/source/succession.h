// Succession: the files that had a log's name one after the other, each opened while it is there,
// whatever it is called by then, and handed out in that order.
//
// How: a file is opened by the name that the kernel's account (NameHistory) says it has; then the
// account is read up to the present. If it tells nothing of that file in between, the right one was
// opened; otherwise it is tried again. So no quiet moment of the whole directory is needed, and a
// file that is deleted after it was opened is not lost.
#pragma once

#include "io/source/log_directory.h"
#include "io/source/log_file.h"
#include "io/source/name_history.h"
#include "io/source/watcher.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace mailban::io {

class Succession {
public:
    enum class Outcome : std::uint8_t {
        settled,    // every file was opened, or it is known why not
        busy,       // some are being renamed: ask again soon
        exhausted,  // no more files can be opened for now; see problem()
    };
    struct Heir {
        LogFile* file = nullptr;  // to be moved from; none if it could not be opened
        bool is_named = false;    // it has the log's name
        std::string problem{};    // why it could not be opened
    };

    NameHistory& history() noexcept { return history_; }
    const NameHistory& history() const noexcept { return history_; }

    // Opens what can be opened.
    Outcome open_all(const LogDirectory& directory, Watcher::Bell& bell);
    // The next one in order, or nullopt: there is none, it cannot be told yet, or it has the log's
    // name and cannot be opened. It stays the next one until it is dropped.
    std::optional<Heir> next();
    void drop_next();
    // How many of the next were gone before they could be opened.
    std::size_t count_gone() const;
    // Why something could not be opened that may be later.
    const std::string& problem() const noexcept { return problem_; }

private:
    bool open_some(const LogDirectory& directory, Watcher::Bell& bell);
    bool is_known(const NameHistory::File& file) const;

    NameHistory history_{};
    std::map<std::uint64_t, LogFile::Opened> opened_{};  // by number
    std::string problem_{};
};

}  // namespace mailban::io
