// ReadAhead: open logs whose next batches are read by threads before they are asked for.
//
// A log is read by one thread at a time and its batches come in its order, so what they tell does
// not depend on how many threads there are.
#pragma once

#include "cli/old_log.h"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <list>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace mailban::cli {

class ReadAhead {
public:
    // Of each log so many batches wait at most to be asked for.
    static constexpr std::size_t kMostWaiting = 2;

    // Of a log, for this class alone.
    struct Log {
        explicit Log(OpenOldLog opened) : open(std::move(opened)) {}
        bool may_be_read_on() const noexcept
        {
            return !is_read && !is_at_end && waiting.size() < kMostWaiting;
        }

        OpenOldLog open;  // of the thread that has set is_read
        // Under the mutex:
        std::deque<LogBatch> waiting{};
        bool is_read = false;  // at the moment, by one of the threads
        bool is_at_end = false;
        std::exception_ptr failed{};
    };

    // `helpers`: how many threads read beside the one that asks; with none, or where the system
    // gives none, next() does all the work. `on_line`, which may be empty, is told each line by the
    // thread that reads it.
    explicit ReadAhead(std::size_t helpers, OldLineCallback on_line = {});
    // Waits for what is being read at the moment: some milliseconds, or as long as the standard
    // input takes.
    ~ReadAhead();
    ReadAhead(const ReadAhead&) = delete;
    ReadAhead& operator=(const ReadAhead&) = delete;

    // For one thread alone: the log stays until its last batch was handed over.
    Log& add(OpenOldLog log);
    // The next batch of a log; waits for it, or reads it where nobody does yet.
    LogBatch next(Log& log);

private:
    void help();
    Log* most_urgent();
    void read_on(std::unique_lock<std::mutex>& lock, Log& log);

    OldLineCallback on_line_;
    std::mutex mutex_{};
    std::condition_variable work_{};  // there may be something to read
    std::condition_variable done_{};  // a batch was read
    std::list<Log> logs_{};
    bool is_over_ = false;
    std::vector<std::thread> helpers_{};
};

// Of the processors that this process may use, those that are left beside the asking thread's.
std::size_t spare_processors();

}  // namespace mailban::cli
