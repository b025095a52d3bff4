#include "io/worker.h"

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

}  // namespace mailban::io
