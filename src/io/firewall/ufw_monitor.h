// UfwMonitor: whether somebody else has changed ufw's rules, in its files or in the kernel.
//
// Looks at the files from outside (their inode, size and time), which needs no right to read them.
#pragma once

#include "io/firewall/ruleset_monitor.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

class UfwMonitor {
public:
    // From now on `disturbed` is told of losses in the kernel, as long as this object lives. Where
    // the kernel may not be listened to, the files alone are watched.
    void listen(const asio::any_io_executor& executor,
                std::function<void(std::string_view why)> disturbed);

    // Around every change of our own.
    void begin_change();
    void end_change();

    // As Firewall::change_since_last_asked().
    std::optional<std::string> change_since_last_asked();

private:
    // What a file was when it was last looked at; all zero if it is not there.
    struct Mark {
        std::uint64_t inode = 0;
        std::int64_t size = 0;
        std::int64_t modified_seconds = 0;
        std::int64_t modified_nanoseconds = 0;
        bool operator==(const Mark&) const = default;
    };
    static std::vector<Mark> marks();
    void note_changes();

    std::vector<Mark> marks_{};
    bool is_changed_ = false;   // by somebody else
    bool is_changing_ = false;  // by us, now
    bool is_doubtful_ = false;  // whether nobody else did at the same time
    std::optional<RulesetMonitor> watch_{};
};

}  // namespace mailban::io
