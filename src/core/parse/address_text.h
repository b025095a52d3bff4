// Addresses within a message: where they end is told by the characters that an address can have.
#pragma once

#include "mailban/net/ip_address.h"
#include "mailban/parse/event.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mailban {

// Eats an address, to its last character; what follows is the caller's. nullopt: nothing is eaten.
std::optional<IpAddress> take_address(std::string_view& text);

struct AddressAndPort {
    IpAddress ip{};
    std::uint16_t port = 0;
};
// Eats "192.0.2.7:4711" or "[2001:db8::7]:4711".
std::optional<AddressAndPort> take_address_and_port(std::string_view& text);

// What a server speaks on a port of its own, where nothing else tells; unknown, if not by custom.
Service service_of_port(std::uint16_t port) noexcept;

}  // namespace mailban
