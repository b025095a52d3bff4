#include "io/daemon/config_file.h"

#include "io/daemon/zones.h"
#include "io/files/pattern_files.h"
#include "io/files/trusted_file.h"
#include "mailban/config/load.h"

#include <sys/stat.h>

#include <utility>
#include <variant>
#include <vector>

namespace mailban::io {

ConfigFile::ConfigFile(std::string path, Timestamp now) : path_(std::move(path))
{
    if (auto text = read_trusted(path_)) running_ = std::move(*text);
    seen_ = mark();
    report_.loaded = now;
}

ConfigFile::Mark ConfigFile::mark() const
{
    struct ::stat st = {};
    if (::stat(path_.c_str(), &st) != 0) return {};
    return {st.st_ino, st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec};
}

Result<ConfigFile::Loaded> ConfigFile::load() const
{
    auto text = read_trusted(path_);
    if (!text) return text.error();
    auto loaded = load_config(*text, path_, read_pattern_files());
    std::vector<ConfigError> mistakes;
    if (const auto* config = std::get_if<Config>(&loaded)) {
        mistakes = unknown_zones(*config, path_);
    } else {
        mistakes = std::get<std::vector<ConfigError>>(loaded);
    }
    if (mistakes.empty()) return Loaded{std::get<Config>(std::move(loaded)), std::move(*text)};
    std::string message;
    for (const auto& error : mistakes)
        message += (message.empty() ? "" : "\n") + to_string(error);
    return Error{message};
}

void ConfigFile::note_running(std::string text, Timestamp now)
{
    running_ = std::move(text);
    was_refused_ = false;
    seen_ = mark();
    report_ = ConfigReport{now, {}, {}};
}

void ConfigFile::note_refused(const std::string& problem, Timestamp now)
{
    was_refused_ = true;
    seen_ = mark();
    note_problem(problem, now);
}

void ConfigFile::note_problem(const std::string& problem, Timestamp now)
{
    report_.problem = problem;
    if (problem.empty()) {
        report_.since.reset();
    } else if (!report_.since) {
        report_.since = now;
    }
}

void ConfigFile::look(Timestamp now)
{
    const Mark found = mark();
    if (found == Mark{}) {
        seen_ = found;
        note_problem(path_ + " does not exist", now);
        return;
    }
    if (found == seen_) return;
    seen_ = found;
    const auto loaded = load();
    if (!loaded) return note_problem(loaded.error().message, now);
    if (loaded->text == running_) was_refused_ = false;
    note_problem(was_refused_ ? path_ +
                                    " was refused by a reload and is correct now; run "
                                    "'mailban reload' to use it"
                              : std::string(),
                 now);
}

}  // namespace mailban::io
