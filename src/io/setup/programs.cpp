#include "io/setup/programs.h"

#include <unistd.h>

#include <optional>
#include <utility>

namespace mailban::io {

namespace {

constexpr const char* kService = "mailban.service";
// A start waits until bans are restored.
constexpr std::chrono::seconds kStartTime{120};

asio::awaitable<void> keep_result(std::vector<std::string> words, ProcessLimits limits,
                                  std::optional<Result<ProcessResult>>& into)
{
    auto done = co_await run_program(std::move(words), limits);
    into = std::move(done);
}

}  // namespace

Result<std::string> run_and_wait(std::vector<std::string> words, std::chrono::seconds time)
{
    ProcessLimits limits;
    limits.time = time;
    std::optional<Result<ProcessResult>> done;
    asio::io_context context;
    asio::co_spawn(context, keep_result(words, limits, done), asio::detached);
    context.run();
    if (!done) return Error{words.front() + " could not be run"};
    if (!*done) return done->error();
    if ((*done)->exit_code != 0) return Error{describe_failure(words, **done)};
    return std::move((*done)->output);
}

bool can_start_service()
{
    // As sd_booted(3).
    if (::geteuid() != 0 || ::access("/run/systemd/system", F_OK) != 0) return false;
    const auto state = run_and_wait({"systemctl", "show", kService, "--property=LoadState"});
    return state && *state == "LoadState=loaded\n";
}

Status start_service()
{
    const auto started = run_and_wait({"systemctl", "enable", "--now", kService}, kStartTime);
    if (!started) return started.error();
    return Done{};
}

}  // namespace mailban::io
