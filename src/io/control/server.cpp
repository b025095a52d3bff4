#include "io/control/server.h"

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

namespace mailban::io {

namespace {

using asio::local::stream_protocol;

using Patience = std::chrono::milliseconds;

// A user without the right to change pays for the time of an answer, but not for that in which it
// waits for the disk.
constexpr Duration kLongestWork = std::chrono::milliseconds(50);

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
    std::uint32_t user = 0;
    Right right = Right::read;
    std::optional<Followers::Handle> following{};
};

ControlServer::ControlServer(asio::io_context& context, Handler handler, ControlLimits limits)
    : context_(context),
      handler_(std::move(handler)),
      limits_(limits),
      server_(
          context, {.longest = kMaxRequestLength, .line = limits.patience, .silence = {}},
          [this](const Peer& peer) {
              return refusal_of({peer.user, right_of(peer, administrators_), {}});
          },
          [this](LineConnection& connection, const Peer& peer) {
              return serve(connection, {peer.user, right_of(peer, administrators_), {}});
          }),
      rate_(limits.rate),
      followers_(context.get_executor())
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
    stream_protocol::acceptor acceptor(context_);
    acceptor.open(endpoint.protocol(), ec);
    // Nobody else's until it has its group.
    const mode_t before = ::umask(0177);
    if (!ec) acceptor.bind(endpoint, ec);
    ::umask(before);
    if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) return Error{"cannot listen on " + path + ": " + ec.message()};
    path_ = path;
    share(config);
    server_.start(std::move(acceptor));
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
    server_.close();
    if (!path_.empty()) ::unlink(path_.c_str());
    path_.clear();
}

ControlReport ControlServer::report() const
{
    ControlReport report = report_;
    report.followers = followers_.size();
    report.clients = server_.clients();
    return report;
}

std::optional<std::string> ControlServer::refusal_of(const Client& client)
{
    if (has_place(client)) return std::nullopt;
    ++report_.rejected_connections;
    return reply_with(Refused{"too many connections at once"}) + "\n";
}

bool ControlServer::has_place(const Client& client) const
{
    if (server_.clients() >= limits_.clients) return false;
    if (client.right == Right::change) return true;
    const auto mine = readers_of_.find(client.user);
    return readers_ < limits_.readers &&
           (mine == readers_of_.end() || mine->second < limits_.of_user);
}

asio::awaitable<void> ControlServer::serve(LineConnection& connection, Client client)
{
    const bool only_reads = client.right == Right::read;
    if (only_reads) {
        ++readers_;
        ++readers_of_[client.user];
    }
    co_await converse(connection, client);
    if (client.following) followers_.leave(*client.following);
    if (!only_reads) co_return;
    --readers_;
    if (--readers_of_[client.user] == 0) readers_of_.erase(client.user);
}

asio::awaitable<void> ControlServer::converse(LineConnection& connection, Client& client)
{
    while (true) {
        const auto line = co_await connection.read();
        if (!line) co_return;
        std::string reply = co_await answer(client, *line);
        const auto size = reply.size();
        waiting_ += size;
        const bool is_sent = co_await connection.write(std::move(reply));
        waiting_ -= size;
        if (!is_sent) co_return;
        if (!client.following) continue;
        co_await followers_.serve(connection.socket(), *client.following);
        co_return;
    }
}

// It joins in one turn with what the answer says: nothing happens unseen between the two, and
// nothing is seen twice.
asio::awaitable<Answer> ControlServer::follow(Client& client, const Request& request)
{
    const auto is_full = [&] {
        return client.right == Right::read && followers_.size() >= limits_.followers;
    };
    const Refused too_many{"too many clients follow the events already"};
    if (is_full()) co_return too_many;
    Answer answer = co_await handle(request, client.right);
    if (std::holds_alternative<Refused>(answer)) co_return answer;
    // Others may have joined while it waited.
    if (is_full()) co_return too_many;
    client.following = followers_.join(request.filter);
    co_return answer;
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

asio::awaitable<std::string> ControlServer::answer(Client& client, const std::string& line)
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
    if (request && request->verb == Verb::follow) {
        answer = co_await follow(client, *request);
    } else if (request) {
        answer = co_await handle(*request, client.right);
    } else {
        answer = Refused{request.error().message};
    }
    std::string reply = reply_of(answer);
    const Duration now = steady_now();
    if (is_limited) rate_.charge(client.user, std::min(now - began, kLongestWork), now);
    co_return reply + "\n";
}

}  // namespace mailban::io
