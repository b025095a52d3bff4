#include "io/firewall/system_bus.h"

#include <fcntl.h>
#include <poll.h>
#include <time.h>  // NOLINT: POSIX, not C++

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace mailban::io {

namespace {

using BusDescriptor = asio::posix::stream_descriptor;
using std::chrono::microseconds;

Error bus_failure(const char* what, int code)
{
    return Error{std::string(what) + ": " + std::strerror(-code)};
}

// firewalld gives all of its errors one name, and begins their texts with a code of its own:
// "INVALID_POLICY: mailban".
std::string kind_of(const char* name, std::string_view text)
{
    const auto code = text.substr(0, text.find(':'));
    const bool is_code = code.size() < text.size() &&
                         code.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == code.npos;
    return is_code ? std::string(name) + ':' + std::string(code) : std::string(name);
}

struct CloseBus {
    void operator()(sd_bus* bus) const noexcept { sd_bus_close_unref(bus); }
};
struct UnrefSlot {
    void operator()(sd_bus_slot* slot) const noexcept { sd_bus_slot_unref(slot); }
};

microseconds monotonic_now()
{
    timespec now = {};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::chrono::seconds(now.tv_sec) +
           std::chrono::duration_cast<microseconds>(std::chrono::nanoseconds(now.tv_nsec));
}

asio::awaitable<void> until_ready(BusDescriptor& descriptor, BusDescriptor::wait_type what)
{
    co_await descriptor.async_wait(what, kNoThrow);
}

asio::awaitable<void> until_due(asio::steady_timer& timer)
{
    co_await timer.async_wait(kNoThrow);
}

// A call that waits for its reply. sd-bus fills it in and wakes the coroutine that owns it.
struct Waiting {
    explicit Waiting(const asio::any_io_executor& executor) : answered(executor) {}
    asio::steady_timer answered;
    BusMessage reply{};
};

int take_reply(sd_bus_message* reply, void* data, sd_bus_error*)
{
    auto& waiting = *static_cast<Waiting*>(data);
    waiting.reply.reset(sd_bus_message_ref(reply));
    waiting.answered.cancel();
    return 1;
}

int hear(sd_bus_message*, void* data, sd_bus_error*)
{
    (*static_cast<std::function<void()>*>(data))();
    return 0;
}

}  // namespace

struct SystemBus::Connection {
    using Handle = std::unique_ptr<sd_bus, CloseBus>;
    Connection(const asio::any_io_executor& executor, Handle handle, int fd)
        : bus(std::move(handle)), descriptor(executor, fd), wake(executor)
    {
    }

    Handle bus;
    BusDescriptor descriptor;  // a duplicate: sd-bus closes its own
    asio::steady_timer wake;   // cancelled when there is something new to wait for
    std::list<std::function<void()>> listeners{};
    bool lost = false;
    bool closed = false;

    static asio::awaitable<void> pump(std::unique_ptr<Connection> own);
    asio::awaitable<void> wait();
};

asio::awaitable<void> SystemBus::Connection::wait()
{
    using asio::experimental::awaitable_operators::operator||;
    std::uint64_t due = 0;
    const int events = sd_bus_get_events(bus.get());
    if (events < 0 || sd_bus_get_timeout(bus.get(), &due) < 0) co_return;
    constexpr microseconds kLong = std::chrono::hours(1);
    const microseconds left = due > static_cast<std::uint64_t>((monotonic_now() + kLong).count())
                                  ? kLong
                                  : microseconds(due) - monotonic_now();
    wake.expires_after(left);
    auto readable = until_ready(descriptor, BusDescriptor::wait_read);
    auto timer = until_due(wake);
    auto either = std::move(readable) || std::move(timer);
    if ((events & POLLOUT) == 0) {
        co_await std::move(either);
        co_return;
    }
    auto writable = until_ready(descriptor, BusDescriptor::wait_write);
    auto any = std::move(either) || std::move(writable);
    co_await std::move(any);
}

asio::awaitable<void> SystemBus::Connection::pump(std::unique_ptr<Connection> own)
{
    while (!own->closed && !own->lost) {
        const int processed = sd_bus_process(own->bus.get(), nullptr);
        if (processed < 0) own->lost = true;
        if (processed == 0) co_await own->wait();
    }
    // Whatever they listen for, they will not hear it here.
    if (own->lost)
        for (auto& listener : own->listeners)
            listener();
    // SystemBus still points here until it closes.
    while (!own->closed) {
        own->wake.expires_after(std::chrono::hours(1));
        co_await until_due(own->wake);
    }
}

Result<SystemBus> SystemBus::connect(const asio::any_io_executor& executor)
{
    sd_bus* handle = nullptr;
    const int opened = sd_bus_open_system(&handle);
    if (opened < 0) return bus_failure("cannot connect to the system bus", opened);
    std::unique_ptr<sd_bus, CloseBus> opened_bus(handle);
    const int fd = ::fcntl(sd_bus_get_fd(handle), F_DUPFD_CLOEXEC, 0);
    if (fd < 0) return bus_failure("cannot watch the system bus", -errno);
    auto own = std::make_unique<Connection>(executor, std::move(opened_bus), fd);
    SystemBus bus(own.get());
    auto pump = Connection::pump(std::move(own));
    asio::co_spawn(executor, std::move(pump), asio::detached);
    return bus;
}

SystemBus::SystemBus(SystemBus&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr))
{
}

SystemBus& SystemBus::operator=(SystemBus&& other) noexcept
{
    close();
    connection_ = std::exchange(other.connection_, nullptr);
    return *this;
}

SystemBus::~SystemBus()
{
    close();
}

void SystemBus::close() noexcept
{
    if (connection_ == nullptr) return;
    connection_->closed = true;
    connection_->listeners.clear();
    connection_->wake.cancel();
    connection_ = nullptr;
}

bool SystemBus::is_lost() const noexcept
{
    return connection_ == nullptr || connection_->lost;
}

Result<BusMessage> SystemBus::new_call(const Method& method)
{
    if (is_lost()) return Error{"the system bus is gone"};
    sd_bus_message* message = nullptr;
    const int made =
        sd_bus_message_new_method_call(connection_->bus.get(), &message, method.service,
                                       method.path, method.interface, method.name);
    if (made < 0) return bus_failure("cannot make a D-Bus call", made);
    sd_bus_message_set_auto_start(message, 0);
    return BusMessage(message);
}

asio::awaitable<Result<BusMessage>> SystemBus::call(BusMessage message,
                                                    std::chrono::milliseconds limit)
{
    if (is_lost()) co_return Error{"the system bus is gone"};
    const auto executor = co_await asio::this_coro::executor;
    Waiting waiting(executor);
    sd_bus_slot* slot = nullptr;
    const auto due = static_cast<std::uint64_t>(microseconds(limit).count());
    const int sent =
        sd_bus_call_async(connection_->bus.get(), &slot, message.get(), take_reply, &waiting, due);
    if (sent < 0) co_return bus_failure("cannot call over D-Bus", sent);
    const std::unique_ptr<sd_bus_slot, UnrefSlot> own(slot);
    connection_->wake.cancel();

    waiting.answered.expires_after(limit + std::chrono::seconds(1));
    co_await until_due(waiting.answered);
    if (!waiting.reply) co_return Error{"no answer over D-Bus"};
    const sd_bus_error* error = sd_bus_message_get_error(waiting.reply.get());
    if (error == nullptr) co_return std::move(waiting.reply);
    const std::string said = error->message != nullptr ? error->message : "";
    co_return Error{std::string(error->name) + ": " + said, kind_of(error->name, said)};
}

Status SystemBus::listen(const std::string& rule, std::function<void()> heard)
{
    if (is_lost()) return Error{"the system bus is gone"};
    auto& listener = connection_->listeners.emplace_back(std::move(heard));
    const int added = sd_bus_add_match_async(connection_->bus.get(), nullptr, rule.c_str(), hear,
                                             nullptr, &listener);
    if (added < 0) return bus_failure("cannot listen on the system bus", added);
    connection_->wake.cancel();
    return Done{};
}

}  // namespace mailban::io
