// ConfigFile: the configuration on the disk, beside the one that runs.
//
// A file with a mistake changes nothing until the next start, which it makes fail. So a mistake is
// remembered, with the time since when it is known, until a reload succeeds or the file on the disk
// is the one that runs again.
#pragma once

#include "mailban/config/config.h"
#include "mailban/control/report.h"
#include "mailban/result.h"

#include <cstdint>
#include <string>
#include <tuple>

namespace mailban::io {

class ConfigFile {
public:
    // The file at `path` is taken to be the one that runs since `now`.
    ConfigFile(std::string path, Timestamp now);

    const std::string& path() const noexcept { return path_; }

    struct Loaded {
        Config config{};
        std::string text{};
    };
    // Reads and checks the file; blocks for as long as the disk does. An error has every mistake
    // on a line of its own, with file, line and column.
    Result<Loaded> load() const;

    // A reload took this text, or refused the file for `problem`.
    void note_running(std::string text, Timestamp now);
    void note_refused(const std::string& problem, Timestamp now);

    // Looks at the file again if it has changed since the last look.
    void look(Timestamp now);

    const ConfigReport& report() const noexcept { return report_; }

private:
    using Mark = std::tuple<std::uint64_t, std::int64_t, std::int64_t, std::int64_t>;
    Mark mark() const;
    void note_problem(const std::string& problem, Timestamp now);

    std::string path_;
    std::string running_{};  // the text of the one that runs
    bool was_refused_ = false;
    Mark seen_{};  // of the file that was looked at last; all 0: there was none
    ConfigReport report_{};
};

}  // namespace mailban::io
