// Runs one coroutine to its end, on a context of its own or on the test's.
#pragma once

#include "io/asio.h"

#include <optional>
#include <utility>

namespace mailban::io {

template <class T>
T await_result(asio::io_context& context, asio::awaitable<T> work)
{
    std::optional<T> result;
    // A wrapper, because co_spawn asks results to be default constructible.
    const auto keep = [](asio::awaitable<T> inner,
                         std::optional<T>& into) -> asio::awaitable<void> {
        into.emplace(co_await std::move(inner));
    };
    // A thread that has done an earlier piece of work may let go of the context only now, and stop
    // it as the last one that had something to do there.
    const auto guard = asio::make_work_guard(context);
    context.restart();
    asio::co_spawn(context, keep(std::move(work), result), [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
    });
    while (!result)
        context.run_one();
    return std::move(result).value();
}

template <class T>
T await_result(asio::awaitable<T> work)
{
    asio::io_context context;
    return await_result(context, std::move(work));
}

}  // namespace mailban::io
