#include "io/hooks/hooks.h"

#include "mailban/plural.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace mailban::io {

namespace {

// Of what a program says, only the first line of a failure is ever shown.
constexpr std::size_t kOutputKept = 4096;

}  // namespace

class Hooks::Hook {
public:
    Hook(asio::any_io_executor executor, const ProcessRunner& run, HookConfig config)
        : executor_(std::move(executor)), run_(run), config_(std::move(config))
    {
        limits_.time = std::chrono::ceil<std::chrono::milliseconds>(config_.time_limit);
        limits_.output = kOutputKept;
    }

    const HookConfig& config() const noexcept { return config_; }
    bool idle() const noexcept { return !is_running_; }

    void note(const HookEvent& hook_event)
    {
        if (!config_.on.test(static_cast<std::size_t>(hook_event.kind))) return;
        if (waiting_.size() >= kMostWaiting) {
            waiting_.pop_front();
            ++left_out_;
        }
        waiting_.push_back(hook_event);
        if (std::exchange(is_running_, true)) return;
        asio::co_spawn(executor_, work(), kOrEnd);
    }

    void retire() { waiting_.clear(); }

    void tell_problems(std::vector<std::string>& into) const
    {
        const std::string name = "hook " + config_.run.front() + ": ";
        if (left_out_ > 0)
            into.push_back(name + plural(left_out_, "event was", "events were") +
                           " dropped, because the program is too slow");
        if (!problem_.empty())
            into.push_back(name + problem_ + " (" + plural(failed_, "time", "times") + ")");
    }

private:
    asio::awaitable<void> work()
    {
        // Whoever notes a happening has more to do: first the firewall, then this.
        co_await asio::post(executor_, asio::use_awaitable);
        while (!waiting_.empty()) {
            const auto words = filled_in(config_.run, waiting_.front());
            waiting_.pop_front();
            const auto result = co_await run_(words, limits_);
            if (!result) {
                note_end(result.error().message);
            } else {
                note_end(result->exit_code == 0 ? "" : describe_failure(words, *result));
            }
        }
        is_running_ = false;
    }

    void note_end(const std::string& problem)
    {
        if (!problem.empty()) ++failed_;
        // A program that is broken would fill the log.
        if (!problem.empty() && problem_.empty()) spdlog::warn("hook: {}", problem);
        if (problem.empty() && !problem_.empty())
            spdlog::info("hook {}: works again", config_.run.front());
        problem_ = problem;
    }

    asio::any_io_executor executor_;
    const ProcessRunner& run_;
    HookConfig config_;
    ProcessLimits limits_{};
    std::deque<HookEvent> waiting_{};
    std::uint64_t left_out_ = 0;
    std::uint64_t failed_ = 0;
    std::string problem_{};  // of the last run
    bool is_running_ = false;
};

Hooks::Hooks(asio::any_io_executor executor, ProcessRunner run)
    : executor_(std::move(executor)), run_(std::move(run))
{
}

Hooks::~Hooks() = default;

void Hooks::configure(const std::vector<HookConfig>& configs)
{
    auto before = std::exchange(hooks_, {});
    for (const auto& config : configs) {
        const auto same = std::find_if(before.begin(), before.end(), [&](const auto& hook) {
            return hook && hook->config() == config;
        });
        hooks_.push_back(same != before.end() ? std::move(*same)
                                              : std::make_unique<Hook>(executor_, run_, config));
    }
    for (auto& hook : before) {
        if (!hook) continue;
        hook->retire();
        retired_.push_back(std::move(hook));
    }
    std::erase_if(retired_, [](const auto& hook) { return hook->idle(); });
}

void Hooks::note(const HookEvent& hook_event)
{
    for (const auto& hook : hooks_)
        hook->note(hook_event);
}

std::vector<std::string> Hooks::problems() const
{
    std::vector<std::string> problems;
    for (const auto& hook : hooks_)
        hook->tell_problems(problems);
    return problems;
}

bool Hooks::idle() const noexcept
{
    const auto rests = [](const auto& hook) { return hook->idle(); };
    return std::all_of(hooks_.begin(), hooks_.end(), rests) &&
           std::all_of(retired_.begin(), retired_.end(), rests);
}

}  // namespace mailban::io
