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
        ours_.insert(one.prefix);
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

asio::awaitable<Status> UfwHelper::ban(Prefix prefix)
{
    if (!may_be_banned(prefix))
        co_return Error{prefix.to_string() + " is never banned, says the configuration"};
    const Plan plan{{Change::Kind::add, prefix, {}}};
    const auto done = co_await firewall_->apply(plan, kAnyTime);
    if (done) ours_.insert(prefix);
    co_return done;
}

// A rule of an administrator's may say the same, and ufw would delete that.
asio::awaitable<Status> UfwHelper::unban(Prefix prefix)
{
    if (!ours_.contains(prefix)) {
        const auto seen = co_await look();
        if (!seen) co_return seen;
    }
    if (!ours_.contains(prefix)) co_return Done{};
    const Plan plan{{Change::Kind::remove, prefix, {}}};
    const auto done = co_await firewall_->apply(plan, kAnyTime);
    if (done) ours_.erase(prefix);
    co_return done;
}

asio::awaitable<Result<std::vector<Prefix>>> UfwHelper::answer(UfwRequest request)
{
    const auto taken = take_settings();
    if (!taken) co_return taken.error();
    Status done = Done{};
    if (request.verb == UfwRequest::Verb::list || !is_prepared_) done = co_await look();
    if (!done) co_return done.error();
    std::vector<Prefix> prefixes;
    if (request.verb == UfwRequest::Verb::list) prefixes.assign(ours_.begin(), ours_.end());
    if (request.verb == UfwRequest::Verb::ban) done = co_await ban(request.prefix);
    if (request.verb == UfwRequest::Verb::unban) done = co_await unban(request.prefix);
    if (!done) co_return done.error();
    co_return prefixes;
}

}  // namespace mailban::io
