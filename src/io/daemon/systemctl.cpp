#include "io/daemon/systemctl.h"

#include "io/process/process.h"

#include <unistd.h>

#include <utility>

namespace mailban::io {

namespace {

constexpr const char* kUnit = "mailban.service";

asio::awaitable<void> keep_answer(std::vector<std::string> words, std::optional<std::string>& into)
{
    const ProcessLimits limits;
    const auto done = co_await run_program(std::move(words), limits);
    if (done && done->exit_code == 0) into = done->output;
}

}  // namespace

std::optional<std::string> ask_systemctl(std::vector<std::string> words)
{
    words.insert(words.begin(), "systemctl");
    std::optional<std::string> answer;
    asio::io_context context;
    asio::co_spawn(context, keep_answer(std::move(words), answer), asio::detached);
    context.run();
    return answer;
}

std::optional<Sandbox> read_sandbox()
{
    // As sd_booted(3): elsewhere systemctl has nobody to ask.
    if (::access("/run/systemd/system", F_OK) != 0) return std::nullopt;
    std::vector<std::string> words{"show", kUnit};
    for (const auto& property : Sandbox::properties())
        words.push_back("--property=" + property);
    const auto shown = ask_systemctl(std::move(words));
    return shown ? Sandbox::parse(kUnit, *shown) : std::nullopt;
}

}  // namespace mailban::io
