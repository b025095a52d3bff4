#include "mailban/policy/tried_passwords.h"

#include "mailban/detect/account.h"

#include <algorithm>
#include <vector>

namespace mailban {

TriedPasswords::TriedPasswords(Duration within, std::size_t capacity, PrefixLengths client,
                               std::uint64_t hash_seed)
    : client_(client),
      hash_seed_(hash_seed),
      tries_(std::vector<WindowTable::Count>{{.limit = kMostEach,
                                              .within = within,
                                              .of = WindowTable::Counted::values,
                                              .then = WindowTable::OnceTripped::stays}},
             std::max<std::size_t>(capacity, 1), hash_seed)
{
}

bool TriedPasswords::is_repeated(const Event& report, Timestamp at)
{
    const bool tells = report.reporter == Reporter::report &&
                       report.kind == EventKind::auth_failure && report.password && report.account;
    if (!tells) return false;
    const WindowTable::Counts all(1);
    const auto client = client_.block_of(report.ip).base();
    const auto key = pair_key(client, account_key(*report.account, hash_seed_), hash_seed_);
    const bool is_repeated = tries_.holds_value(key, *report.password, all, at);
    tries_.hit(key, *report.password, at, all);
    return is_repeated;
}

}  // namespace mailban
