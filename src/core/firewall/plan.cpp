#include "mailban/firewall/plan.h"

namespace mailban {

bool differ(Until left, Until right, Duration tolerance)
{
    if (!left || !right) return left.has_value() != right.has_value();
    return std::chrono::abs(*left - *right) > tolerance;
}

Plan reconcile(const Wanted& wanted, const std::vector<Held>& actual, KeepsTime keeps_time,
               Duration tolerance)
{
    Wanted held;
    for (const auto& one : actual)
        held.emplace(one.prefix, one.until);

    Plan plan;
    for (const auto& [prefix, until] : held)
        if (!wanted.contains(prefix)) plan.push_back({Change::Kind::remove, prefix, {}});
    for (const auto& [prefix, until] : wanted) {
        const auto found = held.find(prefix);
        if (found == held.end())
            plan.push_back({Change::Kind::add, prefix, until});
        else if (keeps_time == KeepsTime::yes && differ(until, found->second, tolerance))
            plan.push_back({Change::Kind::extend, prefix, until});
    }
    return plan;
}

std::string PortSet::list() const
{
    std::string text;
    for (const auto port : ports) {
        if (!text.empty()) text += ',';
        text += std::to_string(port);
    }
    return text;
}

}  // namespace mailban
