// JournalTail: the entries of one unit or identifier in the journal, followed for ever.
//
// Each entry is handed over once, in the journal's order, as one message whatever bytes it holds.
// The journal may be rotated, vacuumed, moved from /run to /var, damaged in part, absent or not
// readable (both awaited): it goes on behind the last entry that was handed over, by its cursor; if
// that is gone, by its time. A message over LineSplitter's bound is skipped and counted.
#pragma once

#include "io/asio.h"
#include "io/source/file_tail.h"
#include "io/source/journal.h"
#include "mailban/parse/log_message.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

struct JournalSink {
    // The entry is good for the time of the call, which must not suspend.
    std::function<void(const LogMessage& entry, Freshness)> on_entry{};
    // Everything up to `position` has been handed over, and nothing behind it.
    std::function<void(const JournalPosition& position)> on_progress{};
};

// Without a position it begins at the first entry at or after `since`, or at the very first.
struct JournalStart {
    std::optional<JournalPosition> position{};
    std::optional<Timestamp> since{};
};

class JournalTail {
public:
    JournalTail(asio::io_context& context, JournalSelection selection, JournalStart start,
                JournalSink sink, std::chrono::milliseconds look_again = std::chrono::seconds(5));

    // Runs until stop(), or until it is cancelled; the tail has to live until this has ended.
    asio::awaitable<void> run();
    // Makes run() end soon; no entry is handed over any more.
    void stop();

    // "journal unit dovecot.service": the same after a restart.
    const std::string& name() const noexcept { return name_; }
    TailStatus status() const { return status_; }

private:
    void look();
    Status open();
    Status find_start(Journal& journal);
    void close(const Error& problem);
    asio::awaitable<void> read_entries();
    bool read_batch();
    void take_entry();
    bool is_wanted();
    void hand_over(Timestamp received);
    void report_progress();
    asio::awaitable<void> wait();

    JournalSelection selection_;
    std::string name_;
    std::optional<Timestamp> since_;
    JournalSink sink_;
    std::chrono::milliseconds look_again_;
    std::optional<Journal> journal_{};
    std::vector<std::string> folders_{};  // of the open journal
    asio::posix::stream_descriptor changes_;
    asio::steady_timer timer_;
    std::optional<JournalPosition> position_;
    bool is_resuming_ = false;  // the entry of position_ may come once more
    bool is_told_ = true;       // position_ is
    bool is_stopped_ = false;
    TailStatus status_{};
};

}  // namespace mailban::io
