#include "io/firewall/command.h"

#include <utility>

namespace mailban::io {

namespace {

ProcessLimits limits_of(const CommandSet& commands)
{
    ProcessLimits limits;
    limits.time = std::chrono::ceil<std::chrono::milliseconds>(commands.time_limit);
    return limits;
}

}  // namespace

asio::awaitable<Result<std::string>> CommandFirewall::run(ArgumentVector words)
{
    const auto limits = limits_of(commands_);
    const auto result = co_await run_(words, limits);
    if (!result) co_return result.error();
    if (result->exit_code != 0) co_return Error{describe_failure(words, *result)};
    co_return result->output;
}

asio::awaitable<Result<bool>> CommandFirewall::succeeds(ArgumentVector words)
{
    const auto limits = limits_of(commands_);
    const auto result = co_await run_(words, limits);
    if (!result) co_return result.error();
    co_return result->exit_code == 0;
}

asio::awaitable<Result<bool>> CommandFirewall::has_to_run(CommandStep step)
{
    if (!step.only_if.empty()) {
        const auto may = co_await succeeds(std::move(step.only_if));
        if (!may || !*may) co_return may;
    }
    if (step.unless.empty()) co_return true;
    const auto is_done = co_await succeeds(std::move(step.unless));
    if (!is_done) co_return is_done.error();
    co_return !*is_done;
}

asio::awaitable<Result<std::string>> CommandFirewall::run_steps(CommandSteps steps)
{
    std::string printed;
    for (auto& step : steps) {
        const auto wanted = co_await has_to_run(step);
        if (!wanted) co_return wanted.error();
        if (!*wanted) continue;
        const auto output = co_await run(std::move(step.run));
        if (!output) co_return output.error();
        printed += *output;
    }
    co_return printed;
}

CommandSteps CommandFirewall::for_all_groups(const CommandSteps& steps) const
{
    CommandSteps all;
    for (const auto& step : steps) {
        const bool says_ports =
            has_placeholder({step}, "{ports}") || has_placeholder({step}, "{port}");
        for (std::size_t group = 0; group < (says_ports ? ports_.size() : 1); ++group) {
            const auto filled =
                filled_in({step}, {{}, {}, ports_.ports(static_cast<PortGroup>(group))});
            all.insert(all.end(), filled.begin(), filled.end());
        }
    }
    return all;
}

asio::awaitable<Status> CommandFirewall::prepare()
{
    auto steps = for_all_groups(commands_.prepare);
    const auto done = co_await run_steps(std::move(steps));
    if (!done) co_return done.error();
    co_return Done{};
}

// A program may have been given less than was wanted (`longest`), or tell no ends at all: what it
// was told is then right, as long as enough of it is left to be told again before it is over.
Until CommandFirewall::end_of(const Held& held, Timestamp now) const
{
    const auto given = given_.find({held.prefix, held.group});
    if (given == given_.end()) return held.until;
    const auto& [wanted, end] = given->second;
    const bool is_as_given = !held.until || !differ(held.until, end);
    const bool is_whole = wanted && *wanted <= end;
    if (is_as_given && (is_whole || end - now > commands_.longest / 2)) return wanted;
    return held.until ? held.until : Until(end);
}

asio::awaitable<Result<std::vector<Held>>> CommandFirewall::listed(Timestamp now)
{
    std::vector<Held> all;
    for (std::size_t index = 0; index < ports_.size(); ++index) {
        const auto group = static_cast<PortGroup>(index);
        auto steps = filled_in(commands_.list, {{}, {}, ports_.ports(group)});
        const auto listing = co_await run_steps(std::move(steps));
        if (!listing) co_return listing.error();
        for (auto held : parse_command_list(*listing, now)) {
            held.group = group;
            all.push_back(held);
        }
    }
    co_return all;
}

asio::awaitable<Result<std::vector<Held>>> CommandFirewall::list(Timestamp now)
{
    auto held = co_await listed(now);
    if (!held) co_return held;
    std::map<std::pair<Prefix, PortGroup>, Given> still_given;
    for (auto& one : *held) {
        one.until = end_of(one, now);
        const auto given = given_.find({one.prefix, one.group});
        if (given != given_.end()) still_given.insert(*given);
    }
    given_ = std::move(still_given);
    co_return held;
}

asio::awaitable<Status> CommandFirewall::remove_one(Prefix prefix, PortGroup group)
{
    auto steps = filled_in(commands_.unban, {prefix, {}, ports_.ports(group)});
    const auto done = co_await run_steps(std::move(steps));
    if (!done) co_return done.error();
    given_.erase({prefix, group});
    co_return Done{};
}

asio::awaitable<Status> CommandFirewall::carry_out(Change change, Timestamp now)
{
    const auto [prefix, group] = std::pair(change.prefix, change.group);
    if (change.kind == Change::Kind::remove) co_return co_await remove_one(prefix, group);
    if (!prefix.is_host() && !can_ban_blocks(commands_))
        co_return Error{
            prefix.to_string() +
            " is a subnet, and firewall.command.ban takes only addresses; use {prefix} in it"};
    const bool is_extension = change.kind == Change::Kind::extend;
    if (is_extension && keeps_time() == KeepsTime::no) co_return Done{};
    if (is_extension && commands_.extend.empty()) {
        const auto gone = co_await remove_one(prefix, group);
        if (!gone) co_return gone.error();
    }
    const bool extends = is_extension && !commands_.extend.empty();
    const auto left = seconds_left(change.until, now, commands_.longest);
    auto steps =
        filled_in(extends ? commands_.extend : commands_.ban, {prefix, left, ports_.ports(group)});
    const auto done = co_await run_steps(std::move(steps));
    if (!done) co_return done.error();
    if (keeps_time() == KeepsTime::yes) given_[{prefix, group}] = {change.until, now + left};
    co_return Done{};
}

asio::awaitable<Status> CommandFirewall::apply(Plan plan, Timestamp now)
{
    for (const auto& change : plan) {
        const auto done = co_await carry_out(change, now);
        if (!done) co_return done.error();
    }
    co_return Done{};
}

asio::awaitable<Status> CommandFirewall::remove_all()
{
    auto steps = for_all_groups(commands_.remove);
    if (!steps.empty()) {
        const auto removed = co_await run_steps(std::move(steps));
        if (!removed) co_return removed.error();
        given_.clear();
        co_return Done{};
    }
    constexpr Timestamp kAnyTime{};
    const auto all = co_await listed(kAnyTime);
    if (!all) co_return all.error();
    for (const auto& held : *all) {
        const auto gone = co_await remove_one(held.prefix, held.group);
        if (!gone) co_return gone.error();
    }
    co_return Done{};
}

asio::awaitable<Result<std::string>> CommandFirewall::describe()
{
    auto steps = for_all_groups(commands_.list);
    co_return co_await run_steps(std::move(steps));
}

}  // namespace mailban::io
