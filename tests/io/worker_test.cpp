#include "io/worker.h"

#include "io/run.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>

namespace mailban::io {
namespace {

TEST(AWorker, CallsOnAThreadOfItsOwn)
{
    asio::io_context context;
    Worker worker;
    const auto ask = [&worker] { return worker.run([] { return std::this_thread::get_id(); }); };
    const auto first = await_result(context, ask());
    EXPECT_NE(first, std::this_thread::get_id());
    EXPECT_EQ(await_result(context, ask()), first);
}

TEST(AWorker, GivesWhatTheCallGave)
{
    asio::io_context context;
    Worker worker;
    auto work = worker.run([] { return std::make_unique<int>(7); });
    EXPECT_EQ(*await_result(context, std::move(work)), 7);
}

TEST(AWorker, LeavesTheCallersThreadFree)
{
    asio::io_context context;
    Worker worker;
    std::promise<void> go;
    bool has_ended = false;
    const auto ask = [&]() -> asio::awaitable<void> {
        const auto wait = [&go] { return go.get_future().wait(), true; };
        has_ended = co_await worker.run(wait);
    };
    asio::co_spawn(context, ask, kOrEnd);
    const auto release = [&] {
        EXPECT_FALSE(has_ended);
        go.set_value();
    };
    asio::post(context, release);
    context.run();
    EXPECT_TRUE(has_ended);
}

// A program that ends during a call: the worker goes, then the context, and nobody comes back to
// either. What is awaited is never resumed.
TEST(AWorker, MayGoDuringACall)
{
    std::promise<void> begun;
    std::promise<void> go;
    bool has_called = false;
    bool was_resumed = false;
    std::thread releasing;
    {
        asio::io_context context;
        Worker worker;
        const auto call = [&] {
            begun.set_value();
            go.get_future().wait();
            return has_called = true;
        };
        const auto ask = [&]() -> asio::awaitable<void> {
            co_await worker.run(call);
            was_resumed = true;
        };
        asio::co_spawn(context, ask, kOrEnd);
        context.poll();
        begun.get_future().wait();
        releasing = std::thread([&go] { go.set_value(); });
    }
    EXPECT_TRUE(has_called);
    EXPECT_FALSE(was_resumed);
    releasing.join();
}

}  // namespace
}  // namespace mailban::io
