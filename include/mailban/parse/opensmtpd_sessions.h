// OpenSmtpdSessions: whom each session of OpenSMTPD serves. The server names the client once, as it
// connects, and then only the session.
//
// At most kCapacity sessions that have not ended, the oldest goes first. Nothing of this outlives a
// restart: the lines of sessions that began before it say nothing.
#pragma once

#include "mailban/net/ip_address.h"

#include <cstdint>
#include <deque>
#include <string_view>

#include <boost/unordered/unordered_flat_map.hpp>

namespace mailban {

struct OpenSmtpdSession {
    IpAddress client{};
    std::uint32_t untold = 0;  // failures that were logged, whose 535 was not logged yet
    bool authenticated = false;
};

class OpenSmtpdSessions {
public:
    static constexpr std::size_t kCapacity = 16384;

    // `host`: the machine that OpenSMTPD runs on, or empty; many may log to one.
    void open(std::string_view host, std::uint64_t id, const IpAddress& client);
    // nullptr: not known. Good until the next call.
    OpenSmtpdSession* find(std::string_view host, std::uint64_t id);
    void close(std::string_view host, std::uint64_t id);

    std::size_t size() const noexcept { return sessions_.size(); }

private:
    void make_room();

    boost::unordered_flat_map<std::uint64_t, OpenSmtpdSession> sessions_{};
    std::deque<std::uint64_t> order_{};  // keys, oldest first; those of ended sessions too
};

}  // namespace mailban
