#include "io/allow/resolver.h"

#include <ares.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

namespace mailban::io {

namespace {

using LookupResult = Lookup::LookupResult;
using std::chrono::milliseconds;

struct FreeAddresses {
    void operator()(ares_addrinfo* result) const noexcept { ares_freeaddrinfo(result); }
};

std::optional<IpAddress> to_address(const ares_addrinfo_node& node)
{
    if (node.ai_family == AF_INET && node.ai_addrlen >= sizeof(sockaddr_in)) {
        sockaddr_in v4 = {};
        std::memcpy(&v4, node.ai_addr, sizeof v4);
        std::array<std::uint8_t, 4> bytes{};
        std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
        return IpAddress::v4(bytes[0], bytes[1], bytes[2], bytes[3]);
    }
    if (node.ai_family == AF_INET6 && node.ai_addrlen >= sizeof(sockaddr_in6)) {
        sockaddr_in6 v6 = {};
        std::memcpy(&v6, node.ai_addr, sizeof v6);
        IpAddress::Bytes bytes{};
        std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
        return IpAddress(bytes);
    }
    return std::nullopt;
}

Lookup failed(std::string problem)
{
    return {LookupResult::failed, {}, {}, std::move(problem)};
}

// c-ares' words for the first two are the wrong track: what it was told by each server, as "general
// failure", sends it to the next one, and after the last one it "could not contact" any.
std::string cause_of(int status)
{
    if (status == ARES_ECONNREFUSED) return "no name server answers, or each of them fails";
    if (status == ARES_ETIMEOUT) return "no name server answers in time";
    return ares_strerror(status);
}

Lookup to_lookup(int status, const ares_addrinfo* result)
{
    if (status == ARES_ENOTFOUND) return {LookupResult::absent, {}, {}, {}};
    if (status == ARES_ENODATA) return {LookupResult::empty, {}, {}, {}};
    if (status != ARES_SUCCESS || result == nullptr) return failed(cause_of(status));
    Lookup lookup{LookupResult::found, {}, Duration::max(), {}};
    const auto live = [&lookup](int ttl) {
        lookup.ttl = std::min<Duration>(lookup.ttl, std::chrono::seconds(std::max(ttl, 0)));
    };
    for (const auto* node = result->nodes; node != nullptr; node = node->ai_next) {
        if (const auto address = to_address(*node)) lookup.addresses.push_back(*address);
        live(node->ai_ttl);
    }
    for (const auto* alias = result->cnames; alias != nullptr; alias = alias->next)
        live(alias->ttl);
    if (lookup.addresses.empty()) lookup.outcome = LookupResult::empty;
    return lookup;
}

int make_descriptor(int fd, const char* what)
{
    if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
    return fd;
}

}  // namespace

void Resolver::Destroy::operator()(ares_channeldata* channel) const noexcept
{
    ares_destroy(channel);
}

Resolver::Resolver(asio::io_context& context, OnAnswer on_answer, ResolverOptions options)
    : on_answer_(std::move(on_answer)),
      options_(std::move(options)),
      timer_(make_descriptor(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC),
                             "timerfd_create")),
      sockets_(context, make_descriptor(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1"))
{
    ares_library_init(ARES_LIB_INIT_ALL);
    watch_socket(this, timer_.get(), 1, 0);
}

Resolver::~Resolver()
{
    channel_.reset();
    ares_library_cleanup();
}

// c-ares says so whenever it opens a socket, waits for something else, or is about to close it.
void Resolver::watch_socket(void* resolver, int fd, int readable, int writable)
{
    const int epoll = static_cast<Resolver*>(resolver)->sockets_.native_handle();
    epoll_event event = {};
    event.data.fd = fd;
    event.events = (readable != 0 ? EPOLLIN : 0U) | (writable != 0 ? EPOLLOUT : 0U);
    if (event.events == 0) {
        ::epoll_ctl(epoll, EPOLL_CTL_DEL, fd, nullptr);
    } else if (::epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) != 0) {
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

// A new one for each round of questions: the system's name servers may be others by now.
bool Resolver::open_channel(std::string& problem)
{
    ares_options options = {};
    options.flags = ARES_FLAG_NOSEARCH;
    options.timeout = static_cast<int>(options_.timeout.count());
    options.tries = options_.tries;
    options.sock_state_cb = watch_socket;
    options.sock_state_cb_data = this;
    ares_channeldata* opened = nullptr;
    int status = ares_init_options(
        &opened, &options,
        ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
    if (status == ARES_SUCCESS) channel_.reset(opened);
    if (status == ARES_SUCCESS && !options_.servers.empty())
        status = ares_set_servers_ports_csv(opened, options_.servers.c_str());
    if (status != ARES_SUCCESS) problem = ares_strerror(status);
    return status == ARES_SUCCESS;
}

void Resolver::ask(const std::string& name)
{
    std::string problem;
    const bool is_open = !questions_.empty() || open_channel(problem);
    Question& question = questions_.emplace_back();
    question.name = name;
    question.v4 = {&question, &NameAnswer::v4};
    question.v6 = {&question, &NameAnswer::v6};
    if (!is_open) {
        question.answer = {failed(problem), failed(problem)};
        question.missing = 0;
        return;
    }
    ares_addrinfo_hints hints = {};
    hints.ai_flags = ARES_AI_NOSORT;
    // Each family by itself: together, the failure of one would pass as its having no address.
    hints.ai_family = AF_INET;
    ares_getaddrinfo(channel_.get(), name.c_str(), nullptr, &hints, take_half, &question.v4);
    hints.ai_family = AF_INET6;
    ares_getaddrinfo(channel_.get(), name.c_str(), nullptr, &hints, take_half, &question.v6);
}

void Resolver::take_half(void* half, int status, int /*timeouts*/, ares_addrinfo* result)
{
    const std::unique_ptr<ares_addrinfo, FreeAddresses> owner(result);
    const auto& [question, part] = *static_cast<const Half*>(half);
    question->answer.*part = to_lookup(status, result);
    --question->missing;
}

void Resolver::set_timer(milliseconds limit)
{
    timeval longest = {};
    longest.tv_sec = static_cast<time_t>(limit.count() / 1000);
    longest.tv_usec = static_cast<suseconds_t>(limit.count() % 1000 * 1000);
    timeval wait = longest;
    if (channel_ && !questions_.empty()) wait = *ares_timeout(channel_.get(), &longest, &wait);
    itimerspec timer = {};
    timer.it_value.tv_sec = wait.tv_sec;
    // Nothing at all would disarm it.
    timer.it_value.tv_nsec = std::max<decltype(timer.it_value.tv_nsec)>(wait.tv_usec * 1000, 1);
    ::timerfd_settime(timer_.get(), 0, &timer, nullptr);
}

asio::awaitable<void> Resolver::wait(milliseconds limit)
{
    const bool is_answered = hand_out();
    if (std::exchange(is_interrupted_, false) || is_answered) co_return;
    set_timer(limit);
    co_await sockets_.async_wait(asio::posix::stream_descriptor::wait_read, kNoThrow);
    is_interrupted_ = false;
    process();
    hand_out();
}

void Resolver::interrupt()
{
    is_interrupted_ = true;
    sockets_.cancel();
}

void Resolver::process()
{
    std::array<epoll_event, 32> events{};
    const int count =
        ::epoll_wait(sockets_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
    for (int at = 0; at < count; ++at) {
        const auto& event = events[static_cast<std::size_t>(at)];
        const int fd = event.data.fd;
        if (fd == timer_.get()) {
            std::uint64_t expirations = 0;
            [[maybe_unused]] const auto read = ::read(fd, &expirations, sizeof expirations);
        } else if (channel_) {
            const bool can_write = (event.events & EPOLLOUT) != 0;
            const bool can_read = (event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0;
            ares_process_fd(channel_.get(), can_read ? fd : ARES_SOCKET_BAD,
                            can_write ? fd : ARES_SOCKET_BAD);
        }
    }
    // What no server has answered in time.
    if (channel_) ares_process_fd(channel_.get(), ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

// Not from within c-ares: whoever is told may ask again.
bool Resolver::hand_out()
{
    bool is_any = false;
    for (auto at = questions_.begin(); at != questions_.end();) {
        const auto question = at++;
        if (question->missing > 0) continue;
        const Question answered = std::move(*question);
        questions_.erase(question);
        is_any = true;
        on_answer_(answered.name, answered.answer);
    }
    return is_any;
}

}  // namespace mailban::io
