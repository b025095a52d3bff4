#include "io/worker.h"

#include "io/run.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <new>
#include <string>
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

// What was started comes home: to the thread that started it, by its event loop.
TEST(AWorker, DoesWhatWasStartedElsewhereAndWhatFollowsHere)
{
    asio::io_context context;
    Worker worker;
    const auto here = std::this_thread::get_id();
    std::thread::id done_by{};
    std::thread::id followed_by{};
    worker.start(
        context.get_executor(), [&] { done_by = std::this_thread::get_id(); },
        [&] { followed_by = std::this_thread::get_id(); });
    EXPECT_TRUE(worker.has_started());
    EXPECT_TRUE(await_result(context, worker.until_ended(std::chrono::minutes(1))));
    EXPECT_FALSE(worker.has_started());
    EXPECT_NE(done_by, std::thread::id{});
    EXPECT_NE(done_by, here);
    EXPECT_EQ(followed_by, here);
}

TEST(AWorker, MayBeGivenMoreByWhatFollows)
{
    asio::io_context context;
    Worker worker;
    std::string done;
    const auto home = context.get_executor();
    worker.start(
        home, [&] { done += "a"; },
        [&] {
            worker.start(
                home, [&] { done += "b"; }, [&] { done += "c"; });
        });
    worker.wait();
    EXPECT_TRUE(worker.has_started());
    worker.wait();
    EXPECT_EQ(done, "abc");
    EXPECT_FALSE(worker.has_started());
    worker.wait();
    context.run();
    EXPECT_EQ(done, "abc") << "nothing comes home twice";
}

TEST(AWorker, ThrowsWhereItIsWaitedForWhatTheWorkHasThrown)
{
    asio::io_context context;
    Worker worker;
    bool has_followed = false;
    const auto fail = [] { throw std::bad_alloc(); };
    const auto follow = [&has_followed] { has_followed = true; };
    worker.start(context.get_executor(), fail, follow);
    EXPECT_THROW(worker.wait(), std::bad_alloc);
    worker.start(context.get_executor(), fail, follow);
    auto waiting = worker.until_ended(std::chrono::minutes(1));
    EXPECT_THROW(static_cast<void>(await_result(context, std::move(waiting))), std::bad_alloc);
    EXPECT_FALSE(has_followed);
}

TEST(AWorker, LetsAnyNumberWaitForTheEndAndNoneForEver)
{
    asio::io_context context;
    Worker worker;
    std::promise<void> go;
    worker.start(
        context.get_executor(), [&go] { go.get_future().wait(); }, [] {});
    auto impatient = worker.until_ended(std::chrono::milliseconds(1));
    EXPECT_FALSE(await_result(context, std::move(impatient)));
    int ended = 0;
    const auto wait = [&]() -> asio::awaitable<void> {
        const bool has_ended = co_await worker.until_ended(std::chrono::minutes(1));
        if (has_ended) ++ended;
    };
    for (int waiting = 0; waiting < 3; ++waiting)
        asio::co_spawn(context, wait, kOrEnd);
    context.restart();
    context.poll();
    EXPECT_EQ(ended, 0);
    go.set_value();
    context.restart();
    context.run();
    EXPECT_EQ(ended, 3);
}

}  // namespace
}  // namespace mailban::io
