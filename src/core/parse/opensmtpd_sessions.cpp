#include "mailban/parse/opensmtpd_sessions.h"

#include "mailban/net/seeded_hash.h"

#include <algorithm>

namespace mailban {

namespace {

// The id is random already, and not the client's to choose.
std::uint64_t key_of(std::string_view host, std::uint64_t id) noexcept
{
    return id ^ SeededHash {}(host);
}

}  // namespace

void OpenSmtpdSessions::open(std::string_view host, std::uint64_t id, const IpAddress& client)
{
    const auto key = key_of(host, id);
    const auto [place, is_new] = sessions_.insert_or_assign(key, OpenSmtpdSession{client});
    if (!is_new) return;
    order_.push_back(key);
    make_room();
}

OpenSmtpdSession* OpenSmtpdSessions::find(std::string_view host, std::uint64_t id)
{
    const auto found = sessions_.find(key_of(host, id));
    return found == sessions_.end() ? nullptr : &found->second;
}

void OpenSmtpdSessions::close(std::string_view host, std::uint64_t id)
{
    sessions_.erase(key_of(host, id));
}

// Ended sessions leave their keys behind; those go now and then, all at once.
void OpenSmtpdSessions::make_room()
{
    while (sessions_.size() > kCapacity) {
        sessions_.erase(order_.front());
        order_.pop_front();
    }
    if (order_.size() <= 2 * kCapacity) return;
    const auto has_ended = [&](std::uint64_t key) { return !sessions_.contains(key); };
    order_.erase(std::remove_if(order_.begin(), order_.end(), has_ended), order_.end());
}

}  // namespace mailban
