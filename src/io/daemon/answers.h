// Answers: what the daemon answers to requests, typed. One that changes something is answered when
// the firewall has carried it out.
#pragma once

#include "io/asio.h"
#include "io/daemon/reports.h"
#include "io/daemon/rooms.h"
#include "mailban/control/answer.h"
#include "mailban/control/protocol.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace mailban::io {

class Answers {
public:
    // For so long an answer waits for the disk, and for the firewall; then it says that the change
    // is pending.
    static constexpr std::chrono::milliseconds kPatience = std::chrono::seconds(5);

    using Reload = std::function<asio::awaitable<Answer>()>;
    Answers(const Rooms& rooms, const Reports& reports, Reload reload);

    // `right` is what the asker may do at most. The request lives until the answer is there.
    asio::awaitable<Answer> answer(const Request& request, Right right);

private:
    asio::awaitable<bool> written();
    asio::awaitable<void> stored(Changed& changed);
    asio::awaitable<Answer> status(const PageOf& wanted);
    asio::awaitable<Answer> show(const IpAddress& ip);
    Answer bans(const Request& request) const;
    Answer allowed(const PageOf& wanted) const;
    Answer door(const Request& request) const;
    asio::awaitable<Answer> follow();
    bool is_dry_run() const;
    asio::awaitable<Answer> ban(const Request& request);
    asio::awaitable<Answer> unban(const Request& request);
    asio::awaitable<Answer> change_allowed(const Request& request);
    asio::awaitable<Answer> unban_page(const Request& request);
    Answer remove_firewall();
    Answer refuse_for_right(Verb verb) const;
    asio::awaitable<Answer> carried_out(Changed changed, std::vector<Prefix> prefixes);

    const Rooms& rooms_;
    const Reports& reports_;
    Reload reload_;
};

}  // namespace mailban::io
