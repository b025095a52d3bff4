// KeptEvents: events held in memory, so that they can be judged again and again.
//
// About a hundred bytes each; the name of an account is kept once, of a session a hash in its
// place. Only what says something of passwords is kept: failures, logins, and that our own back end
// is down.
#pragma once

#include "mailban/detect/account.h"
#include "mailban/net/seeded_hash.h"
#include "mailban/parse/event.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace mailban {

class KeptEvents {
public:
    static constexpr std::size_t kRoom = 3'000'000;

    // NOLINTNEXTLINE: what the map keeps for empty is not read
    explicit KeptEvents(std::uint64_t hash_seed, std::size_t room = kRoom)
        : hash_{hash_seed}, room_(room), places_(0, hash_)
    {
    }

    // Events beyond the room are counted as left out.
    void add(const Event& event, std::uint32_t source);

    std::size_t size() const noexcept { return rows_.size(); }
    std::uint64_t left_out() const noexcept { return left_out_; }

    // Hands over each event with the number of its log, in the order of their coming.
    template <class Taker>
    void each(const Taker& take) const
    {
        for (const Row& row : rows_)
            take(event_of(row), row.source);
    }

private:
    struct Row {
        Timestamp time{};
        IpAddress ip{};
        std::optional<Duration> lasted{};
        std::optional<std::uint64_t> session{};
        std::optional<std::uint32_t> account{};  // its place
        std::optional<std::uint32_t> pid{};
        std::uint32_t attempts = 1;
        std::uint32_t source = 0;
        std::optional<PasswordMark> password{};
        std::optional<std::uint16_t> client_port{};
        std::optional<ReplyCode> reply{};
        EventKind kind = EventKind::auth_failure;
        MailServer server = MailServer::exim;
        Service service = Service::unknown;
        Reporter reporter = Reporter::front_end;
        bool may_be_doubled = false;
        bool unanswered = false;
        bool is_unknown_user = false;
        std::optional<NameMark> mechanism{};
        std::optional<NameMark> database{};
    };
    static_assert(sizeof(Row) <= 120);

    std::uint32_t place_of(std::string_view account);
    Event event_of(const Row& row) const;

    SeededHash hash_;
    std::size_t room_;
    std::vector<Row> rows_{};
    std::vector<std::string> accounts_{};
    boost::unordered_flat_map<std::string, std::uint32_t, SeededHash> places_;
    std::uint64_t left_out_ = 0;
};

}  // namespace mailban
