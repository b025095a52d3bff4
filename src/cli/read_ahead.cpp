#include "cli/read_ahead.h"

#include <sched.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace mailban::cli {

ReadAhead::ReadAhead(std::size_t helpers, OldLineCallback on_line) : on_line_(std::move(on_line))
{
    try {
        while (helpers_.size() < helpers)
            helpers_.emplace_back([this] { help(); });
    } catch (const std::system_error&) {
        // Fewer threads read as well, more slowly.
    }
}

ReadAhead::~ReadAhead()
{
    {
        const std::lock_guard lock(mutex_);
        is_over_ = true;
        work_.notify_all();
    }
    for (auto& helper : helpers_)
        helper.join();
}

ReadAhead::Log& ReadAhead::add(OpenOldLog log)
{
    const std::lock_guard lock(mutex_);
    auto& added = logs_.emplace_back(std::move(log));
    work_.notify_one();
    return added;
}

// Reads a batch without the lock.
void ReadAhead::read_on(std::unique_lock<std::mutex>& lock, Log& log)
{
    log.is_read = true;
    lock.unlock();
    LogBatch batch;
    std::exception_ptr failed;
    try {
        batch = log.open.read_some(on_line_);
    } catch (...) {
        failed = std::current_exception();
    }
    lock.lock();
    log.is_read = false;
    log.failed = failed;
    log.is_at_end = failed != nullptr || batch.is_last;
    if (failed == nullptr) log.waiting.push_back(std::move(batch));
}

// The one with the least to hand over.
ReadAhead::Log* ReadAhead::most_urgent()
{
    Log* urgent = nullptr;
    for (auto& log : logs_) {
        if (!log.open.may_change_threads() || !log.may_be_read_on()) continue;
        if (urgent == nullptr || log.waiting.size() < urgent->waiting.size()) urgent = &log;
    }
    return urgent;
}

void ReadAhead::help()
{
    std::unique_lock lock(mutex_);
    while (!is_over_) {
        if (Log* log = most_urgent()) {
            read_on(lock, *log);
            done_.notify_one();
        } else {
            work_.wait(lock);
        }
    }
}

LogBatch ReadAhead::next(Log& log)
{
    std::unique_lock lock(mutex_);
    while (log.waiting.empty() && log.failed == nullptr) {
        if (log.is_read) {
            done_.wait(lock);
        } else {
            read_on(lock, log);
        }
    }
    if (log.waiting.empty()) std::rethrow_exception(log.failed);
    LogBatch batch = std::move(log.waiting.front());
    log.waiting.pop_front();
    if (batch.is_last) {
        logs_.remove_if([&log](const Log& other) { return &other == &log; });
    } else {
        work_.notify_one();
    }
    return batch;
}

std::size_t spare_processors()
{
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 0;
    return static_cast<std::size_t>(std::max(CPU_COUNT(&allowed), 1) - 1);
}

}  // namespace mailban::cli
