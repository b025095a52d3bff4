// SystemBus: a connection to D-Bus on the context's thread, as much of it as a backend needs.
//
// Built on sd-bus. A call waits without blocking anything; a bus that goes away fails every call
// and is_lost() says so from then on: make another SystemBus.
#pragma once

#include "io/asio.h"
#include "mailban/result.h"

#include <systemd/sd-bus.h>

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <string>

namespace mailban::io {

struct UnrefMessage {
    void operator()(sd_bus_message* message) const noexcept { sd_bus_message_unref(message); }
};
using BusMessage = std::unique_ptr<sd_bus_message, UnrefMessage>;

class SystemBus {
public:
    // DBUS_SYSTEM_BUS_ADDRESS says where, as for every program.
    static Result<SystemBus> connect(const asio::any_io_executor& executor);
    SystemBus(SystemBus&&) noexcept;
    SystemBus& operator=(SystemBus&&) noexcept;
    ~SystemBus();

    // Who is called; the service is never started by it.
    struct Method {
        const char* service = nullptr;
        const char* path = nullptr;
        const char* interface = nullptr;
        const char* name = nullptr;
    };
    Result<BusMessage> new_call(const Method& method);
    // The reply, or the error that came instead: "NAME: what it says". Its kind is its name, and
    // what its text begins with if that is a code ("NAME:INVALID_POLICY").
    asio::awaitable<Result<BusMessage>> call(BusMessage message, std::chrono::milliseconds limit);

    // `heard` is called for every signal that fits `rule` (a match rule of the D-Bus
    // specification) and once when the connection is lost.
    Status listen(const std::string& rule, std::function<void()> heard);

    bool is_lost() const noexcept;

private:
    struct Connection;
    explicit SystemBus(Connection* connection) : connection_(connection) {}
    void close() noexcept;

    // Owned by its own pump, which outlives this object until it has noticed.
    Connection* connection_ = nullptr;
};

}  // namespace mailban::io
