// Worker: a thread of its own for calls that block, one after the other. The coroutine that asks
// waits; everybody else goes on. Or nobody waits: start().
//
// Give it to the one whose data the calls use, not to a coroutine: where the program ends during a
// call, nobody would wait for a thread that a suspended coroutine owns, and it would come back to a
// context that is gone. A worker waits for its call as it goes; the context has to outlive it.
#pragma once

#include "io/asio.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace mailban::io {

class Worker {
public:
    Worker();
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    // What `call()` gives or throws, on the caller's executor. std::system_error: the first call
    // began, and there is no thread to be had.
    template <class Call>
    asio::awaitable<std::invoke_result_t<Call&>> run(Call call)
    {
        using Given = std::invoke_result_t<Call&>;
        std::optional<Given> given;
        const auto job = [](Call& work, std::optional<Given>& into) -> asio::awaitable<void> {
            into.emplace(work());
            co_return;
        };
        auto begun = job(call, given);
        co_await asio::co_spawn(thread(), std::move(begun), asio::use_awaitable);
        co_return std::move(*given);
    }

    // Returns at once. `work` is done on the thread, then `afterwards` on the one that called: it
    // is called by `home`, or within wait(), and what `work` has thrown is thrown there. One at a
    // time: `has_started()` is false. Where there is no thread to be had, both are done here. Where
    // the thread finds no memory to come home, the program ends.
    void start(const asio::any_io_executor& home, std::function<void()> work,
               std::function<void()> afterwards);
    // Something was started, and its `afterwards` has not begun.
    bool has_started() const noexcept { return started_.has_value(); }
    // Blocks until it has ended, and its `afterwards`, which may have started something else.
    void wait();
    // Returns when what was started has ended, or the time is up; whether it has ended.
    asio::awaitable<bool> until_ended(std::chrono::steady_clock::duration patience);

private:
    struct Started {
        std::future<void> result{};
        std::function<void()> afterwards{};
        std::uint64_t number = 0;
    };
    asio::thread_pool& thread();
    bool has_thread();
    void end();

    std::optional<Started> started_{};
    std::uint64_t times_started_ = 0;
    std::vector<asio::steady_timer*> waiting_{};  // for the end of what was started
    std::unique_ptr<asio::thread_pool> thread_{};
};

}  // namespace mailban::io
