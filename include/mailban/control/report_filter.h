// ReportFilter: which events and bans `mailban report` adds up where it is asked for one account or
// one rule.
//
// Events name no rule and bans name no account, so an address joins them: to a rule belong the
// events of the clients that it banned, to an account the bans of the clients that tried or used
// it. So all are shown to it before it is asked: the bans first, then the events.
#pragma once

#include "mailban/ban/ban.h"
#include "mailban/net/prefix_set.h"
#include "mailban/parse/event.h"

#include <set>
#include <string>

namespace mailban {

class ReportFilter {
public:
    // Empty: any. Letters of an account's name are alike in either case.
    ReportFilter(std::string account, std::string rule);

    bool is_set() const noexcept { return !account_.empty() || !rule_.empty(); }

    void note(const Ban& ban);
    void note(const Event& event);

    bool wants(const Event& event) const;
    bool wants(const Ban& ban) const;

private:
    std::string account_;  // folded
    std::string rule_;
    PrefixSet banned_{};                // by the rule
    std::set<IpAddress> of_account_{};  // clients that have an event which is wanted
};

}  // namespace mailban
