// Siege: which accounts many strangers attack, and through which service.
//
// An account is under attack where strangers have failed at it from as many clients as a rule by
// account allows, in its time; and until that time has passed since the last of them. It is at a
// service where a quarter of that many have failed through this service: an attack over SMTP does
// not close IMAP to the owner who has a new address. Its state is a function of the events it was
// shown, in their order.
//
// In a storm of strangers (Storm) it takes less: an account at which a stranger of another network
// has failed within a day, through this service. The networks are /24 and /48.
//
// Who is refused at the door has not failed. So that this does not end an attack, refusals of
// strangers keep up what is on; none begins with them.
#pragma once

#include "mailban/detect/rule.h"
#include "mailban/detect/window_table.h"
#include "mailban/parse/event.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace mailban {

class Siege {
public:
    // Of `rules`, those by account that count wrong passwords and are not only observed, at most
    // WindowTable::kMostCounts. At most `tracked` accounts are watched at once, and kMostAccounts.
    Siege(const std::vector<Rule>& rules, std::size_t tracked, PrefixLengths client,
          std::uint64_t hash_seed);
    static constexpr std::size_t kMostAccounts = 100'000;

    // A stranger's wrong password at the event's account.
    void note(const Event& failure, Timestamp at);
    // The client has logged in to the account: it is no stranger, and its failures were none.
    void forgive(const IpAddress& ip, std::string_view account);
    // A stranger was refused before a password was compared.
    void keep(const Event& refused, Timestamp at);
    // One attempt of a failure that was noted at its time was none.
    void withdraw(const Event& failure);
    // The clock was set back: see WindowTable::set_back.
    void set_back(Timestamp at);

    // Some hundred nanoseconds.
    bool is_on(std::string_view account, Service service, Timestamp at) const;

    // Whether a stranger of another network than this client's has failed there within a day.
    bool has_other(std::string_view account, Service service, const IpAddress& ip,
                   Timestamp at) const;

    // Whether the other one would have counted the same.
    bool counts_like(const Siege& other) const noexcept;

private:
    struct Limit {
        std::uint32_t limit = 0;
        Duration within{};
        bool operator==(const Limit&) const = default;
    };

    static std::vector<Limit> limits_of(const std::vector<Rule>& rules);
    static std::uint32_t share_of(std::uint32_t limit) noexcept;
    static std::vector<WindowTable::Count> counts_of(const std::vector<Limit>& limits,
                                                     bool is_share);
    IpAddress key_of(const IpAddress& account, Service service) const;
    WindowTable::Value tag_of_client(const IpAddress& ip) const;

    std::vector<Limit> limits_;
    std::size_t capacity_;
    PrefixLengths client_;
    std::uint64_t hash_seed_;
    WindowTable accounts_;  // through whatever service
    WindowTable services_;  // by account and service
    WindowTable lately_;    // the last two networks, by account and service
};

}  // namespace mailban
