// Readings: all ways in which a line can be read, and the one client that they agree on.
//
// Some servers print text of the client on both sides of its address, raw. Then the only honest
// answer is to follow every place at which the address can stand, and to believe it where all of
// them name the same one.
#pragma once

#include "mailban/net/ip_address.h"

#include <optional>
#include <string>
#include <string_view>

namespace mailban {

class Readings {
public:
    // More places than this in one line: it is made to mislead, and says nothing.
    static constexpr std::size_t kMost = 64;

    void add(const IpAddress& ip, std::optional<std::string_view> account);
    bool is_hopeless() const noexcept { return hopeless_; }

    // nullopt: there is no reading, or two name two addresses.
    std::optional<IpAddress> ip() const;
    // nullopt as well where the readings name two accounts.
    std::optional<std::string> account() const;

private:
    std::size_t count_ = 0;
    bool hopeless_ = false;
    IpAddress ip_{};
    std::optional<std::string_view> account_{};
};

}  // namespace mailban
