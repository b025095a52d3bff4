#include "mailban/replay/kept_events.h"

#include <cstring>

namespace mailban {

void KeptEvents::add(const Event& event, std::uint32_t source)
{
    const bool is_about_passwords = event.kind == EventKind::auth_failure ||
                                    event.kind == EventKind::auth_success ||
                                    event.kind == EventKind::auth_unavailable;
    if (!is_about_passwords) return;
    if (rows_.size() >= room_) {
        ++left_out_;
        return;
    }
    Row row;
    row.time = event.time;
    row.ip = event.ip;
    row.lasted = event.lasted;
    if (event.session) row.session = hash_(*event.session);
    if (event.account) row.account = place_of(*event.account);
    row.pid = event.pid;
    row.attempts = event.attempts;
    row.source = source;
    row.client_port = event.client_port;
    row.password = event.password;
    row.reply = event.reply;
    row.kind = event.kind;
    row.server = event.server;
    row.service = event.service;
    row.reporter = event.reporter;
    row.may_be_doubled = event.may_be_doubled;
    row.unanswered = event.unanswered;
    row.is_unknown_user = event.is_unknown_user;
    row.mechanism = event.mechanism;
    row.database = event.database;
    rows_.push_back(row);
}

std::uint32_t KeptEvents::place_of(std::string_view account)
{
    const std::string name(account.substr(0, kLongestAccount));
    const auto [found, is_new] =
        places_.try_emplace(name, static_cast<std::uint32_t>(accounts_.size()));
    if (is_new) accounts_.push_back(name);
    return found->second;
}

Event KeptEvents::event_of(const Row& row) const
{
    Event event;
    event.time = row.time;
    event.kind = row.kind;
    event.ip = row.ip;
    if (row.account) event.account = accounts_[*row.account];
    event.server = row.server;
    event.service = row.service;
    event.reply = row.reply;
    event.attempts = row.attempts;
    event.reporter = row.reporter;
    event.may_be_doubled = row.may_be_doubled;
    event.unanswered = row.unanswered;
    event.is_unknown_user = row.is_unknown_user;
    event.mechanism = row.mechanism;
    event.database = row.database;
    event.client_port = row.client_port;
    event.pid = row.pid;
    if (row.session) {
        std::string bytes(sizeof *row.session, '\0');
        std::memcpy(bytes.data(), &*row.session, bytes.size());
        event.session = std::move(bytes);
    }
    event.lasted = row.lasted;
    event.password = row.password;
    return event;
}

}  // namespace mailban
