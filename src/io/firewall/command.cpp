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

asio::awaitable<Status> CommandFirewall::prepare()
{
    auto steps = filled_in(commands_.prepare, {{}, {}, ports_});
    const auto done = co_await run_steps(std::move(steps));
    if (!done) co_return done.error();
    co_return Done{};
}

// A program may have been given less than was wanted (`longest`), or tell no ends at all: what it
// was told is then right, as long as enough of it is left to be told again before it is over.
Until CommandFirewall::end_of(const Held& held, Timestamp now) const
{
    const auto given = given_.find(held.prefix);
    if (given == given_.end()) return held.until;
    const auto& [wanted, end] = given->second;
    const bool is_as_given = !held.until || !differ(held.until, end);
    const bool is_whole = wanted && *wanted <= end;
    if (is_as_given && (is_whole || end - now > commands_.longest / 2)) return wanted;
    return held.until ? held.until : Until(end);
}

asio::awaitable<Result<std::vector<Held>>> CommandFirewall::list(Timestamp now)
{
    auto steps = filled_in(commands_.list, {{}, {}, ports_});
    const auto listing = co_await run_steps(std::move(steps));
    if (!listing) co_return listing.error();
    auto held = parse_command_list(*listing, now);
    std::map<Prefix, Given> still_given;
    for (auto& one : held) {
        one.until = end_of(one, now);
        const auto given = given_.find(one.prefix);
        if (given != given_.end()) still_given.insert(*given);
    }
    given_ = std::move(still_given);
    co_return held;
}

asio::awaitable<Status> CommandFirewall::remove_one(Prefix prefix)
{
    auto steps = filled_in(commands_.unban, {prefix, {}, ports_});
    const auto done = co_await run_steps(std::move(steps));
    if (!done) co_return done.error();
    given_.erase(prefix);
    co_return Done{};
}

asio::awaitable<Status> CommandFirewall::carry_out(Change change, Timestamp now)
{
    const auto prefix = change.prefix;
    if (change.kind == Change::Kind::remove) co_return co_await remove_one(prefix);
    if (!prefix.is_host() && !can_ban_blocks(commands_))
        co_return Error{prefix.to_string() +
                        " is a block, and firewall.command.ban knows addresses alone"};
    const bool is_extension = change.kind == Change::Kind::extend;
    if (is_extension && keeps_time() == KeepsTime::no) co_return Done{};
    if (is_extension && commands_.extend.empty()) {
        const auto gone = co_await remove_one(prefix);
        if (!gone) co_return gone.error();
    }
    const bool extends = is_extension && !commands_.extend.empty();
    const auto left = seconds_left(change.until, now, commands_.longest);
    auto steps = filled_in(extends ? commands_.extend : commands_.ban, {prefix, left, ports_});
    const auto done = co_await run_steps(std::move(steps));
    if (!done) co_return done.error();
    if (keeps_time() == KeepsTime::yes) given_[prefix] = {change.until, now + left};
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
    auto steps = filled_in(commands_.remove, {{}, {}, ports_});
    const bool has_own_way = !steps.empty();
    if (!has_own_way) steps = filled_in(commands_.list, {{}, {}, ports_});
    const auto printed = co_await run_steps(std::move(steps));
    if (!printed) co_return printed.error();
    if (has_own_way) {
        given_.clear();
        co_return Done{};
    }
    for (const auto& held : parse_command_list(*printed, {})) {
        const auto gone = co_await remove_one(held.prefix);
        if (!gone) co_return gone.error();
    }
    co_return Done{};
}

asio::awaitable<Result<std::string>> CommandFirewall::describe()
{
    auto steps = filled_in(commands_.list, {{}, {}, ports_});
    co_return co_await run_steps(std::move(steps));
}

}  // namespace mailban::io
