#include "mailban/control/report_filter.h"

#include "mailban/detect/account.h"

#include <utility>

namespace mailban {

ReportFilter::ReportFilter(std::string account, std::string rule)
    : account_(account.empty() ? std::move(account) : folded_account(account)),
      rule_(std::move(rule))
{
}

void ReportFilter::note(const Ban& ban)
{
    if (!rule_.empty() && ban.rule == rule_) banned_.insert(ban.prefix);
}

void ReportFilter::note(const Event& event)
{
    if (!account_.empty() && wants(event)) of_account_.insert(event.ip);
}

bool ReportFilter::wants(const Event& event) const
{
    if (!rule_.empty() && !banned_.contains(event.ip)) return false;
    return account_.empty() || (event.account && folded_account(*event.account) == account_);
}

bool ReportFilter::wants(const Ban& ban) const
{
    if (!rule_.empty() && ban.rule != rule_) return false;
    if (account_.empty()) return true;
    const auto first = of_account_.lower_bound(ban.prefix.base());
    return first != of_account_.end() && ban.prefix.contains(*first);
}

}  // namespace mailban
