#include "io/control/server.h"

#include "mailban/control/report.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace mailban::io {

namespace {

using asio::local::stream_protocol;
using namespace asio::experimental::awaitable_operators;

constexpr std::size_t kMaxClients = 64;
constexpr auto kPatience = std::chrono::seconds(10);

bool somebody_answers(asio::io_context& context, const stream_protocol::endpoint& endpoint)
{
    stream_protocol::socket probe(context);
    boost::system::error_code ec;
    probe.connect(endpoint, ec);
    return !ec;
}

// The directory may not be there: /run is empty after a boot without systemd's help.
Status make_parent(const std::string& path)
{
    std::error_code ec;
    const auto parent = std::filesystem::path(path).parent_path();
    if (!parent.empty()) std::filesystem::create_directories(parent, ec);
    if (ec) return Error{"cannot create " + parent.string() + ": " + ec.message()};
    return Done{};
}

PeerRights rights_of(stream_protocol::socket& client)
{
    ucred peer = {};
    socklen_t size = sizeof peer;
    if (getsockopt(client.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        return PeerRights::read;
    }
    return peer.uid == 0 || peer.uid == geteuid() ? PeerRights::change : PeerRights::read;
}

asio::awaitable<void> give_up_after(asio::steady_timer& timer)
{
    timer.expires_after(kPatience);
    co_await timer.async_wait(kNoThrow);
}

asio::awaitable<bool> read_line(stream_protocol::socket& client, std::string& buffer)
{
    auto bounded = asio::dynamic_buffer(buffer, kMaxRequestLength);
    const auto [ec, size] = co_await asio::async_read_until(client, bounded, '\n', kNoThrow);
    if (ec) co_return false;
    buffer.resize(size - 1);
    co_return true;
}

asio::awaitable<bool> write_all(stream_protocol::socket& client, const std::string& text)
{
    const auto bytes = asio::buffer(text);
    const auto [ec, size] = co_await asio::async_write(client, bytes, kNoThrow);
    co_return !ec;
}

}  // namespace

ControlServer::ControlServer(asio::io_context& context, Handler handler)
    : context_(context), acceptor_(context), handler_(std::move(handler))
{
}

ControlServer::~ControlServer()
{
    close();
}

Status ControlServer::listen(const std::string& path, const std::string& group)
{
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
        return Error{"control socket " + path + ": the path is longer than a socket's may be"};
    }
    if (auto made = make_parent(path); !made) return made;
    const stream_protocol::endpoint endpoint(path);
    if (somebody_answers(context_, endpoint)) {
        return Error{"control socket " + path + ": another mailban daemon answers on it"};
    }
    ::unlink(path.c_str());
    boost::system::error_code ec;
    acceptor_.open(endpoint.protocol(), ec);
    const mode_t before = ::umask(0117);
    if (!ec) acceptor_.bind(endpoint, ec);
    ::umask(before);
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) return Error{"cannot listen on " + path + ": " + ec.message()};
    path_ = path;
    // Without the group, or without the right to give it, the socket is its owner's alone.
    if (const auto* entry = ::getgrnam(group.c_str()); entry != nullptr) {
        [[maybe_unused]] const int given =
            ::chown(path.c_str(), static_cast<uid_t>(-1), entry->gr_gid);
    }
    asio::co_spawn(context_, accept_clients(), asio::detached);
    return Done{};
}

void ControlServer::close()
{
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    if (!path_.empty()) ::unlink(path_.c_str());
    path_.clear();
}

asio::awaitable<void> ControlServer::accept_clients()
{
    asio::steady_timer pause(context_);
    while (acceptor_.is_open()) {
        auto [ec, client] = co_await acceptor_.async_accept(kNoThrow);
        if (ec == asio::error::operation_aborted || !acceptor_.is_open()) co_return;
        if (ec) {
            // Out of descriptors, most likely: some will come free.
            pause.expires_after(std::chrono::milliseconds(100));
            co_await pause.async_wait(kNoThrow);
            continue;
        }
        if (clients_ < kMaxClients)
            asio::co_spawn(context_, serve(std::move(client)), asio::detached);
    }
}

asio::awaitable<void> ControlServer::serve(stream_protocol::socket client)
{
    ++clients_;
    const PeerRights rights = rights_of(client);
    asio::steady_timer patience(context_);
    while (true) {
        std::string line;
        const auto got = co_await (read_line(client, line) || give_up_after(patience));
        if (got.index() != 0 || !std::get<0>(got)) break;
        const auto request = parse_request(line);
        const std::string reply =
            (request ? handler_(*request, rights) : reply_failed(request.error().message)) + "\n";
        const auto sent = co_await (write_all(client, reply) || give_up_after(patience));
        if (sent.index() != 0 || !std::get<0>(sent)) break;
    }
    --clients_;
}

}  // namespace mailban::io
