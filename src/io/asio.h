// The one door to Asio. g++ 12 needs <utility> before asio/awaitable.hpp, and every file that
// includes this pays five seconds of compilation: keep them few.
#pragma once

#include <exception>
#include <utility>

#include <boost/asio.hpp>
#include <boost/asio/experimental/as_tuple.hpp>

namespace mailban::io {

namespace asio = boost::asio;

// `auto [ec, n] = co_await stream.async_read_some(buffer, kNoThrow);`
inline constexpr auto kNoThrow = asio::experimental::as_tuple(asio::use_awaitable);

// `asio::co_spawn(context, work(), kOrEnd);`: work that the program cannot do without. Detached it
// would end in silence when memory runs out, and everything else would go on without it.
struct OrEnd {
    void operator()(const std::exception_ptr& failure) const
    {
        if (failure) std::rethrow_exception(failure);
    }
};
inline constexpr OrEnd kOrEnd{};

}  // namespace mailban::io
