#include "cli/command.h"
#include "cli/config_file.h"
#include "io/daemon/daemon.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace mailban::cli {

namespace {

// Under systemd the journal adds the time itself and reads a priority from "<N>".
void set_up_log(LogLevel level)
{
    auto logger = spdlog::stderr_logger_st("mailban");
    spdlog::set_default_logger(std::move(logger));
    const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
    spdlog::set_pattern(journal ? "%v" : "%Y-%m-%d %H:%M:%S.%e %l: %v");
    spdlog::set_level(static_cast<spdlog::level::level_enum>(static_cast<int>(level) + 1));
}

int run(const std::string& path)
{
    auto config = read_config(path);
    if (!config) return kWrongUsage;
    set_up_log(config->log_level);
    for (const auto& warning : config->warnings)
        spdlog::warn("{}", warning);
    io::Daemon daemon(std::move(*config), {path, MAILBAN_VERSION});
    const auto ended = daemon.run();
    if (!ended) return fail(kFailed, ended.error().message);
    return kDone;
}

}  // namespace

void add_run(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand("run", "Run the daemon in the foreground");
    auto path = std::make_shared<std::string>(kDefaultConfig);
    command->add_option("--config", *path, "The configuration file")
        ->type_name("FILE")
        ->capture_default_str();
    command->callback([path, &action] { action = [path] { return run(*path); }; });
}

}  // namespace mailban::cli
