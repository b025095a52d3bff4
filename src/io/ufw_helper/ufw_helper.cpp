#include "io/ufw_helper/ufw_helper.h"

#include <algorithm>
#include <utility>

namespace mailban::io {

namespace {

// ufw knows no end times.
constexpr Timestamp kAnyTime{};

}  // namespace

Status UfwHelper::take_settings()
{
    auto settings = read_();
    if (!settings) return settings.error();
    if (!settings_ || settings_->ports != settings->ports) {
        firewall_ = make_(settings->ports);
        is_prepared_ = false;
    }
    settings_ = std::move(*settings);
    return Done{};
}

asio::awaitable<Status> UfwHelper::look_once()
{
    const auto held = co_await firewall_->list(kAnyTime);
    if (!held) co_return held.error();
    ours_.clear();
    for (const auto& one : *held)
        ours_.emplace(one.prefix, one.group);
    co_return Done{};
}

asio::awaitable<Status> UfwHelper::look()
{
    if (is_prepared_) {
        const auto seen = co_await look_once();
        if (seen) co_return seen;
        is_prepared_ = false;
    }
    const auto prepared = co_await firewall_->prepare();
    if (!prepared) co_return prepared;
    const auto seen = co_await look_once();
    is_prepared_ = seen.ok();
    co_return seen;
}

bool UfwHelper::may_be_banned(const Prefix& prefix) const
{
    const std::vector<Prefix> loopback{*Prefix::parse("127.0.0.0/8"), *Prefix::parse("::1/128")};
    const auto concerns = [&](const Prefix& other) { return other.overlaps(prefix); };
    return std::none_of(loopback.begin(), loopback.end(), concerns) &&
           std::none_of(settings_->never.begin(), settings_->never.end(), concerns);
}

bool UfwHelper::is_ours(const Prefix& prefix, PortGroup group) const
{
    return ours_.contains({prefix, group});
}

asio::awaitable<Status> UfwHelper::ban(Prefix prefix, PortGroup group)
{
    if (!may_be_banned(prefix))
        co_return Error{prefix.to_string() +
                        " is never banned, because it is in allow or loopback"};
    if (group >= settings_->ports.size())
        co_return Error{"the configuration has no " + std::to_string(group) +
                        ". further set of ports; reload mailban"};
    const Plan plan{{Change::Kind::add, prefix, {}, group}};
    const auto done = co_await firewall_->apply(plan, kAnyTime);
    if (done) ours_.emplace(prefix, group);
    co_return done;
}

// A rule of an administrator's may say the same, and ufw would delete that.
asio::awaitable<Status> UfwHelper::unban(Prefix prefix, PortGroup group)
{
    if (!is_ours(prefix, group)) {
        const auto seen = co_await look();
        if (!seen) co_return seen;
    }
    if (!is_ours(prefix, group)) co_return Done{};
    const Plan plan{{Change::Kind::remove, prefix, {}, group}};
    const auto done = co_await firewall_->apply(plan, kAnyTime);
    if (done) ours_.erase({prefix, group});
    co_return done;
}

asio::awaitable<Result<std::vector<Held>>> UfwHelper::answer(UfwRequest request)
{
    const auto taken = take_settings();
    if (!taken) co_return taken.error();
    Status done = Done{};
    if (request.verb == UfwRequest::Verb::list || !is_prepared_) done = co_await look();
    if (!done) co_return done.error();
    const auto [verb, prefix, group] = request;
    std::vector<Held> listed;
    if (verb == UfwRequest::Verb::list)
        for (const auto& [ours, of] : ours_)
            listed.push_back({ours, {}, of});
    if (verb == UfwRequest::Verb::ban) done = co_await ban(prefix, group);
    if (verb == UfwRequest::Verb::unban) done = co_await unban(prefix, group);
    if (!done) co_return done.error();
    co_return listed;
}

}  // namespace mailban::io
