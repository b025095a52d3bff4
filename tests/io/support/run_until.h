// Drives an io_context until something has come true: no sleep, and no waiting longer than needed.
#pragma once

#include "io/asio.h"

#include <chrono>
#include <utility>

namespace mailban::io {

template <class Predicate>
bool run_until(asio::io_context& context, Predicate&& holds,
               std::chrono::milliseconds limit = std::chrono::seconds(10))
{
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!holds()) {
        if (std::chrono::steady_clock::now() >= deadline) return false;
        if (context.stopped()) context.restart();
        if (context.run_one_until(deadline) == 0 && context.stopped() && !holds()) return false;
    }
    return true;
}

// Runs whatever can run without waiting for anything.
inline void run_ready(asio::io_context& context)
{
    if (context.stopped()) context.restart();
    while (context.poll() > 0) {
        if (context.stopped()) return;
    }
}

}  // namespace mailban::io
