#include "io/control/server.h"

#include "io/control/lines.h"
#include "io/control/peer.h"
#include "io/control/socket_name.h"
#include "io/control/user_name.h"

#include <grp.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <new>
#include <optional>
#include <system_error>
#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace mailban::io {

namespace {

using asio::local::stream_protocol;
using namespace asio::experimental::awaitable_operators;

using Patience = std::chrono::milliseconds;

Duration steady_now()
{
    return std::chrono::duration_cast<Duration>(
        std::chrono::steady_clock::now().time_since_epoch());
}

std::optional<gid_t> group_of(const std::string& name)
{
    const auto* const entry = ::getgrnam(name.c_str());
    if (entry == nullptr) return std::nullopt;
    return entry->gr_gid;
}

// Whoever may not give files away may still have made it for the right group.
bool give(const std::string& path, gid_t group, mode_t mode)
{
    struct stat st = {};
    if (::stat(path.c_str(), &st) != 0) return false;
    const bool is_given =
        st.st_gid == group || ::chown(path.c_str(), static_cast<uid_t>(-1), group) == 0;
    return is_given && ::chmod(path.c_str(), mode) == 0;
}

std::int64_t whole_seconds(Duration span)
{
    return std::chrono::ceil<std::chrono::seconds>(span).count();
}

asio::awaitable<void> give_up_after(asio::steady_timer& timer, Patience patience)
{
    timer.expires_after(patience);
    co_await timer.async_wait(kNoThrow);
}

}  // namespace

struct ControlServer::Client {
    StreamSocket socket;
    std::uint32_t user = 0;
    Right right = Right::read;
};

ControlServer::ControlServer(asio::io_context& context, Handler handler, ControlLimits limits)
    : context_(context),
      acceptor_(context),
      handler_(std::move(handler)),
      limits_(limits),
      rate_(limits.rate)
{
}

ControlServer::~ControlServer()
{
    close();
}

Status ControlServer::listen(const ControlConfig& config)
{
    const std::string& path = config.socket;
    if (auto cleared = clear_socket_name(context_, path, "control socket", "control.socket");
        !cleared)
        return cleared;
    const stream_protocol::endpoint endpoint(path);
    boost::system::error_code ec;
    acceptor_.open(endpoint.protocol(), ec);
    // Nobody else's until it has its group.
    const mode_t before = ::umask(0177);
    if (!ec) acceptor_.bind(endpoint, ec);
    ::umask(before);
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) return Error{"cannot listen on " + path + ": " + ec.message()};
    path_ = path;
    share(config);
    asio::co_spawn(context_, accept_clients(), kOrEnd);
    return Done{};
}

void ControlServer::share(const ControlConfig& config)
{
    administrators_ = {::geteuid(), std::nullopt};
    problems_.clear();
    const std::string subject = "control socket " + config.socket + ": ";
    if (!config.admins.empty()) administrators_.admins = group_of(config.admins);
    if (!config.admins.empty() && !administrators_.admins) {
        problems_.push_back(subject + "there is no group '" + config.admins +
                            "' (control.admins); only root may make changes");
    }
    constexpr std::uint16_t kForGroup = 0060;
    if ((config.mode & kForGroup) == 0) return;
    const std::string alone = "; only root and the daemon's user can use it";
    const auto group = group_of(config.group);
    if (!group) {
        problems_.push_back(subject + "there is no group '" + config.group + "' (control.group)" +
                            alone);
    } else if (!give(path_, *group, config.mode)) {
        const std::string cause = std::generic_category().message(errno);
        problems_.push_back(subject + "cannot set its group to " + config.group + " (" + cause +
                            "; add the daemon's user to this group)" + alone);
    }
}

void ControlServer::close()
{
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    if (!path_.empty()) ::unlink(path_.c_str());
    path_.clear();
}

ControlReport ControlServer::report() const
{
    return report_;
}

asio::awaitable<void> ControlServer::accept_clients()
{
    asio::steady_timer pause(context_);
    while (acceptor_.is_open()) {
        auto [ec, socket] = co_await acceptor_.async_accept(kNoThrow);
        if (ec == asio::error::operation_aborted || !acceptor_.is_open()) co_return;
        if (ec) {
            // Out of descriptors, most likely: some will come free.
            pause.expires_after(std::chrono::milliseconds(100));
            co_await pause.async_wait(kNoThrow);
            continue;
        }
        const auto peer = peer_of(socket.native_handle());
        if (!peer) continue;
        Client client{std::move(socket), peer->user, right_of(*peer, administrators_)};
        if (has_place(client)) {
            asio::co_spawn(context_, serve(std::move(client)), kOrEnd);
            continue;
        }
        ++report_.rejected_connections;
        const std::string reply = reply_with(Refused{"too many connections at once"}) + "\n";
        [[maybe_unused]] const auto sent = ::send(client.socket.native_handle(), reply.data(),
                                                  reply.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
}

bool ControlServer::has_place(const Client& client) const
{
    if (report_.clients >= limits_.clients) return false;
    if (client.right == Right::change) return true;
    const auto mine = readers_of_.find(client.user);
    return readers_ < limits_.readers &&
           (mine == readers_of_.end() || mine->second < limits_.of_user);
}

asio::awaitable<void> ControlServer::serve(Client client)
{
    const bool only_reads = client.right == Right::read;
    ++report_.clients;
    if (only_reads) {
        ++readers_;
        ++readers_of_[client.user];
    }
    co_await converse(client);
    --report_.clients;
    if (!only_reads) co_return;
    --readers_;
    if (--readers_of_[client.user] == 0) readers_of_.erase(client.user);
}

asio::awaitable<void> ControlServer::converse(Client& client)
{
    asio::steady_timer timer(context_);
    const Patience patience = limits_.patience;
    std::string buffer;
    while (true) {
        std::string line;
        const auto got = co_await (read_line(client.socket, kMaxRequestLength, buffer, line) ||
                                   give_up_after(timer, patience));
        if (got.index() != 0 || !std::get<0>(got)) co_return;
        const std::string reply = co_await answer(client, line);
        waiting_ += reply.size();
        const auto sent =
            co_await (write_all(client.socket, reply) || give_up_after(timer, patience));
        waiting_ -= reply.size();
        if (sent.index() != 0 || !std::get<0>(sent)) co_return;
    }
}

asio::awaitable<Answer> ControlServer::handle(const Request& request, Right right)
{
    std::string failure;
    try {
        co_return co_await handler_(request, right);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& thrown) {
        failure = thrown.what();
    }
    spdlog::error("control: '{}' failed: {}; this is an error in mailban, please report it",
                  to_string(request.verb), failure);
    co_return Refused{"mailban could not answer '" + std::string(to_string(request.verb)) +
                      "': " + failure};
}

asio::awaitable<std::string> ControlServer::answer(const Client& client, const std::string& line)
{
    const Duration began = steady_now();
    const bool is_limited = client.right == Right::read;
    const Duration wait = is_limited ? rate_.wait_of(client.user, began) : Duration::zero();
    if (wait > Duration::zero() || (is_limited && waiting_ >= limits_.waiting)) {
        ++report_.limited;
        asio::steady_timer timer(context_);
        co_await give_up_after(timer, limits_.pause);
        const auto seconds = whole_seconds(wait);
        Refused refused;
        refused.error = wait > Duration::zero()
                            ? "too many requests; ask again in " + std::to_string(seconds) + " s"
                            : "too many answers wait to be read; try again later";
        refused.again_in_seconds = std::max<std::int64_t>(seconds, 1);
        co_return reply_with(refused) + "\n";
    }
    ++report_.requests;
    auto request = parse_request(line);
    if (request && right_needed(request->verb) == Right::change)
        request->asker = user_name(client.user);
    Answer answer = Refused{};
    if (request) {
        answer = co_await handle(*request, client.right);
    } else {
        answer = Refused{request.error().message};
    }
    std::string reply = reply_of(answer);
    const Duration now = steady_now();
    if (is_limited) rate_.charge(client.user, now - began, now);
    co_return reply + "\n";
}

}  // namespace mailban::io
