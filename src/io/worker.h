// Worker: a thread of its own for calls that block, one after the other. The coroutine that asks
// waits; everybody else goes on.
//
// Give it to the one whose data the calls use, not to a coroutine: where the program ends during a
// call, nobody would wait for a thread that a suspended coroutine owns, and it would come back to a
// context that is gone. A worker waits for its call as it goes; the context has to outlive it.
#pragma once

#include "io/asio.h"

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

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

private:
    asio::thread_pool& thread();

    std::unique_ptr<asio::thread_pool> thread_{};
};

}  // namespace mailban::io
