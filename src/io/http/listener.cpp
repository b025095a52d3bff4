#include "io/http/listener.h"

#include "io/control/socket_name.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

namespace mailban::io {

namespace {

constexpr std::chrono::milliseconds kLookedAtEvery = std::chrono::seconds(1);
// The kernel counts in ticks, of a hundredth of a second where they are longest.
constexpr auto kLongestTick = std::chrono::milliseconds(10);

StreamProtocol::endpoint endpoint_of(const ListenAddress& address)
{
    if (!address.path.empty()) return asio::local::stream_protocol::endpoint(address.path);
    const auto ip = asio::ip::make_address(address.ip.to_string());
    return asio::ip::tcp::endpoint(ip, address.port);
}

}  // namespace

Listener::Listener(asio::io_context& context, Serve serve, ListenerLimits limits)
    : context_(context),
      serve_(std::move(serve)),
      limits_(limits),
      acceptor_(context),
      timer_(context)
{
}

Listener::~Listener()
{
    close();
}

Status Listener::bind(const ListenAddress& address)
{
    const auto endpoint = endpoint_of(address);
    boost::system::error_code ec;
    acceptor_.open(endpoint.protocol(), ec);
    const bool is_port = address.path.empty();
    if (!ec && is_port) acceptor_.set_option(asio::socket_base::reuse_address(true), ec);
    // Who asks counts nothing, and learns what connecting would show: every server may.
    const mode_t before = ::umask(0111);
    if (!ec) acceptor_.bind(endpoint, ec);
    ::umask(before);
    if (!ec) path_ = address.path;
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    if (!ec) return Done{};
    close();
    return Error{"cannot listen on " + address.to_string() + ": " + ec.message()};
}

Status Listener::listen(const ListenAddress& address, const std::string& setting)
{
    if (!address.path.empty()) {
        auto cleared = clear_socket_name(context_, address.path, "socket", setting);
        if (!cleared) return cleared;
    }
    if (auto bound = bind(address); !bound) return Error{setting + ": " + bound.error().message};
    auto admitted = [this](StreamSocket socket) { admit(std::move(socket)); };
    asio::co_spawn(context_, counted(accept_each(acceptor_, std::move(admitted))), kOrEnd);
    asio::co_spawn(context_, counted(cut_off_the_silent()), kOrEnd);
    return Done{};
}

void Listener::close()
{
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    timer_.cancel();
    for (Session& session : sessions_)
        session.socket().close(ignored);
    if (!path_.empty()) ::unlink(path_.c_str());
    path_.clear();
}

// Not by a destructor: what has not ended when the program does is destroyed after this.
asio::awaitable<void> Listener::counted(asio::awaitable<void> work)
{
    ++running_;
    co_await std::move(work);
    --running_;
}

void Listener::admit(StreamSocket socket)
{
    if (sessions_.size() >= limits_.sessions) {
        ++turned_away_;
        return;
    }
    const int at_once = 1;
    static_cast<void>(
        ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once));
    sessions_.emplace_front(std::move(socket), limits_.patience, looks_);
    asio::co_spawn(context_, counted(run(sessions_.begin())), kOrEnd);
}

asio::awaitable<void> Listener::run(std::list<Session>::iterator session)
{
    std::string failure;
    try {
        co_await serve_(*session);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& thrown) {
        failure = thrown.what();
    }
    if (!failure.empty())
        spdlog::error("a request failed: {}; this is an error in mailban, please report it",
                      failure);
    sessions_.erase(session);
}

asio::awaitable<void> Listener::cut_off_the_silent()
{
    auto pause = std::min(kLookedAtEvery, limits_.patience);
    if (!path_.empty()) pause = std::min(pause, limits_.precision);
    while (acceptor_.is_open()) {
        timer_.expires_after(pause);
        co_await timer_.async_wait(kNoThrow);
        const auto now = Session::Clock::now();
        looks_.look(now);
        boost::system::error_code ignored;
        for (Session& session : sessions_)
            if (session.is_over(now)) session.socket().close(ignored);
    }
}

Session::Clock::duration Session::waited()
{
    tcp_info info = {};
    socklen_t size = sizeof info;
    const int socket = socket_.native_handle();
    if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
        return std::chrono::milliseconds(info.tcpi_last_data_recv) + kLongestTick;
    return looks_.since(Clock::now());
}

}  // namespace mailban::io
