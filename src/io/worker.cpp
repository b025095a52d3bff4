#include "io/worker.h"

#include <boost/system/system_error.hpp>

namespace mailban::io {

Worker::Worker() = default;

Worker::~Worker()
{
    if (thread_) thread_->join();
}

asio::thread_pool& Worker::thread()
{
    if (!thread_) thread_ = std::make_unique<asio::thread_pool>(1);
    return *thread_;
}

bool Worker::has_thread()
{
    try {
        thread();
    } catch (const boost::system::system_error&) {
        return false;
    }
    return true;
}

void Worker::start(const asio::any_io_executor& home, std::function<void()> work,
                   std::function<void()> afterwards)
{
    if (!has_thread()) {
        work();
        afterwards();
        return;
    }
    std::packaged_task<void()> task(std::move(work));
    started_ = Started{task.get_future(), std::move(afterwards), ++times_started_};
    // wait() may have ended it before.
    auto come_home = [this, number = times_started_] {
        if (started_ && started_->number == number) end();
    };
    asio::post(*thread_, [home, task = std::move(task), come_home]() mutable {
        task();
        asio::post(home, std::move(come_home));
    });
}

void Worker::end()
{
    Started ended = std::move(*started_);
    started_.reset();
    for (auto* const timer : std::exchange(waiting_, {}))
        timer->cancel();
    ended.result.get();
    ended.afterwards();
}

void Worker::wait()
{
    if (!started_) return;
    started_->result.wait();
    end();
}

asio::awaitable<bool> Worker::until_ended(std::chrono::steady_clock::duration patience)
{
    if (!started_) co_return true;
    asio::steady_timer timer(co_await asio::this_coro::executor, patience);
    waiting_.push_back(&timer);
    co_await timer.async_wait(kNoThrow);
    // end() takes out all that wait.
    co_return std::erase(waiting_, &timer) == 0;
}

}  // namespace mailban::io
