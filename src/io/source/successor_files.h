// SuccessorFiles: opens the files that had a log's name one after the other, as RotationChain asks
// for them, and hands them out in that order.
#pragma once

#include "io/source/file_watcher.h"
#include "io/source/log_directory.h"
#include "io/source/log_file.h"
#include "mailban/rotation/rotation_chain.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace mailban::io {

class SuccessorFiles {
public:
    enum class SearchResult : std::uint8_t {
        settled,    // every file was opened, or it is known why not
        busy,       // some are being renamed: ask again soon
        exhausted,  // no more files can be opened for now; see problem()
    };
    struct Successor {
        std::optional<LogFile> file{};  // none if it could not be opened
        std::string problem{};          // why it could not be opened
    };

    NameHistory& history() noexcept { return chain_.history(); }
    const NameHistory& history() const noexcept { return chain_.history(); }

    // Opens what can be opened.
    SearchResult open_all(const LogDirectory& directory, FileWatcher::Waiter& waiter);
    // The next file in order, which is handed out once. Nullopt: there is none, or not now.
    std::optional<Successor> take_next();
    // The next file was gone before it could be opened: see count_gone().
    void drop_gone() { chain_.drop_next(); }
    std::size_t count_gone() const { return chain_.count_gone(); }
    // Why something could not be opened that may be later.
    const std::string& problem() const noexcept { return problem_; }

private:
    bool open_some(const LogDirectory& directory, FileWatcher::Waiter& waiter);

    RotationChain chain_{};
    std::map<std::uint64_t, LogFile::Opened> opened_{};  // by id; those that the chain knows
    std::string problem_{};
};

}  // namespace mailban::io
