#include "tuning_logins.h"

#include "mailban/detect/account.h"
#include "mailban/replay/tuning.h"

#include <algorithm>
#include <utility>

#include <boost/unordered/unordered_flat_set.hpp>

namespace mailban {

namespace {

using AccountsMet = boost::unordered_flat_set<IpAddress, SeededHash>;
struct Accounts {
    std::size_t own = 0;      // that the address logged in to
    std::size_t strange = 0;  // that it failed at, and never logged in to
};

// What each address that logged in did at which accounts; failures after all logins.
class ClientHistory {
public:
    explicit ClientHistory(std::uint64_t seed) : seed_(seed) {}

    void add_login(const Event& event)
    {
        Accounts& row = rows_[event.ip];
        if (own_.insert(pair_of(event)).second) ++row.own;
    }
    void add_failure(const Event& event)
    {
        const auto row = rows_.find(event.ip);
        if (row == rows_.end() || !event.account) return;
        const IpAddress pair = pair_of(event);
        if (!own_.contains(pair) && strange_.insert(pair).second) ++row->second.strange;
    }

    Logins logins() const
    {
        Logins found;
        for (const auto& [ip, row] : rows_)
            (is_suspect(row) ? found.suspects : found.customers).push_back(ip);
        std::sort(found.customers.begin(), found.customers.end());
        std::sort(found.suspects.begin(), found.suspects.end());
        return found;
    }

private:
    static bool is_suspect(const Accounts& row)
    {
        return row.strange >= kStrangeAccounts && row.strange > row.own;
    }
    IpAddress pair_of(const Event& event) const
    {
        const auto account = account_key(event.account.value_or(std::string()), seed_);
        return pair_key(event.ip, account, seed_);
    }

    std::uint64_t seed_;
    boost::unordered_flat_map<IpAddress, Accounts, SeededHash> rows_{0, SeededHash{seed_}};
    AccountsMet own_{0, SeededHash{seed_}};
    AccountsMet strange_{0, SeededHash{seed_}};
};

}  // namespace

Logins find_logins(const KeptEvents& events, std::uint64_t seed)
{
    ClientHistory ways(seed);
    events.each([&ways](const Event& event, std::uint32_t) {
        if (event.kind == EventKind::auth_success) ways.add_login(event);
    });
    events.each([&ways](const Event& event, std::uint32_t) {
        if (event.kind == EventKind::auth_failure) ways.add_failure(event);
    });
    return ways.logins();
}

}  // namespace mailban
