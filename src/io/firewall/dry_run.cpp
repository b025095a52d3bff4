#include "io/firewall/dry_run.h"

#include <utility>

namespace mailban::io {

asio::awaitable<Status> DryRunFirewall::prepare()
{
    co_return Done{};
}

asio::awaitable<Result<std::vector<Held>>> DryRunFirewall::list(Timestamp now)
{
    std::erase_if(held_, [now](const auto& one) { return one.second && *one.second <= now; });
    std::vector<Held> held;
    held.reserve(held_.size());
    for (const auto& [key, until] : held_)
        held.push_back({key.first, until, key.second});
    co_return held;
}

asio::awaitable<Status> DryRunFirewall::apply(Plan plan, Timestamp)
{
    for (const auto& change : plan) {
        if (change.kind == Change::Kind::remove)
            held_.erase({change.prefix, change.group});
        else
            held_[{change.prefix, change.group}] = change.until;
    }
    co_return Done{};
}

asio::awaitable<Result<std::string>> DryRunFirewall::describe()
{
    std::string text;
    for (const auto& [key, until] : held_) {
        const auto& [prefix, group] = key;
        text += prefix.to_string();
        text += group == 0 ? "\n" : " ports " + ports_.ports(group).text() + '\n';
    }
    co_return text;
}

asio::awaitable<Status> DryRunFirewall::remove_all()
{
    held_.clear();
    co_return Done{};
}

}  // namespace mailban::io
