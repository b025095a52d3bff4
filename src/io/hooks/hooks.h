// Hooks: runs the administrator's programs when something happens. It decides nothing.
//
// note() only queues: a coroutine for each hook runs its program, one happening after the other, so
// that bans never wait for one. A program that does not end in its time is killed with all that it
// started. When more happens than a program can keep up with, the oldest is left out, and counted.
#pragma once

#include "io/asio.h"
#include "io/process/process.h"
#include "mailban/hook/hook_event.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace mailban::io {

class Hooks {
public:
    static constexpr std::size_t kMostWaiting = 1000;  // happenings of one hook

    Hooks(asio::any_io_executor executor, ProcessRunner run);
    ~Hooks();
    Hooks(const Hooks&) = delete;
    Hooks& operator=(const Hooks&) = delete;

    // The hooks from now on. One that was there already goes on with what it has; another one ends
    // what it runs and no more.
    void configure(const std::vector<HookConfig>& configs);
    void note(const HookEvent& hook_event);

    // What went wrong, as sentences: programs that failed, and what was left out.
    std::vector<std::string> problems() const;
    // Nothing is running or waiting.
    bool idle() const noexcept;

private:
    class Hook;

    asio::any_io_executor executor_;
    ProcessRunner run_;
    std::vector<std::unique_ptr<Hook>> hooks_{};
    std::vector<std::unique_ptr<Hook>> retired_{};  // until they are idle
};

}  // namespace mailban::io
