// MailServers: whose lines a log may hold; what a source's `parser:` says.
#pragma once

#include "mailban/parse/event.h"

#include <bitset>
#include <optional>
#include <string_view>

namespace mailban {

class MailServers {
public:
    MailServers() = default;
    explicit MailServers(MailServer only) { insert(only); }
    // `auto`: each line tells whose it is. SOGo and Horde are not among them: their logs are to be
    // believed only where the administrator has named them and has assured something about them.
    static MailServers any()
    {
        MailServers servers;
        servers.bits_.set();
        servers.bits_.reset(static_cast<std::size_t>(MailServer::sogo));
        servers.bits_.reset(static_cast<std::size_t>(MailServer::horde));
        return servers;
    }

    void insert(MailServer server) { bits_.set(static_cast<std::size_t>(server)); }
    void insert(const MailServers& others) { bits_ |= others.bits_; }
    bool contains(MailServer server) const { return bits_.test(static_cast<std::size_t>(server)); }
    bool contains(const MailServers& others) const
    {
        return (bits_ & others.bits_) == others.bits_;
    }
    bool empty() const { return bits_.none(); }
    // The one server there is, if there is just one.
    std::optional<MailServer> only() const
    {
        if (bits_.count() != 1) return std::nullopt;
        std::size_t at = 0;
        while (!bits_.test(at))
            ++at;
        return static_cast<MailServer>(at);
    }

    bool operator==(const MailServers&) const = default;

private:
    std::bitset<kMailServers> bits_{};
};

}  // namespace mailban
