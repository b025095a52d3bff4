// The one door to Asio. g++ 12 needs <utility> before asio/awaitable.hpp, and every file that
// includes this pays five seconds of compilation: keep them few.
#pragma once

#include <utility>

#include <boost/asio.hpp>
#include <boost/asio/experimental/as_tuple.hpp>

namespace mailban::io {

namespace asio = boost::asio;

// `auto [ec, n] = co_await stream.async_read_some(buffer, kNoThrow);`
inline constexpr auto kNoThrow = asio::experimental::as_tuple(asio::use_awaitable);

}  // namespace mailban::io
