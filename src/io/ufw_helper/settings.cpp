// The helper's settings, out of the daemon's configuration.
#include "io/files/pattern_files.h"
#include "io/files/trusted_file.h"
#include "io/ufw_helper/ufw_helper.h"
#include "mailban/config/load.h"

#include <sys/stat.h>

#include <iostream>
#include <utility>
#include <variant>

namespace mailban::io {

namespace {

// Which file, as it was.
using Mark = std::vector<std::int64_t>;

Mark mark_of(const struct ::stat& st)
{
    return {static_cast<std::int64_t>(st.st_ino),
            st.st_size,
            st.st_mtim.tv_sec,
            st.st_mtim.tv_nsec,
            st.st_uid,
            st.st_mode};
}

Result<UfwSettings> parse(const std::string& text, const std::string& path)
{
    const auto loaded = load_config(text, path, read_pattern_files());
    if (const auto* mistakes = std::get_if<std::vector<ConfigError>>(&loaded))
        return Error{to_string(mistakes->front())};
    const auto& config = std::get<Config>(loaded);
    return UfwSettings{port_groups(config.firewall), config.allow.prefixes};
}

class ConfigFile {
public:
    explicit ConfigFile(std::string path) : path_(std::move(path)) {}

    Result<UfwSettings> settings()
    {
        auto next = read();
        const std::string problem = next ? std::string() : next.error().message;
        if (!problem.empty() && problem != told_) std::cerr << problem << '\n';
        told_ = problem;
        if (next) settings_ = std::move(*next);
        if (settings_) return *settings_;
        return next.error();
    }

private:
    Result<UfwSettings> read()
    {
        const auto file = open_trusted(path_);
        if (!file) return file.error();
        struct ::stat st = {};
        ::fstat(file->get(), &st);
        if (settings_ && mark_of(st) == mark_) return *settings_;
        const auto ownership = ownership_of(*file, path_);
        if (!ownership) return ownership.error();
        // Whoever may write it says what root does here.
        if (const auto doubt = doubt_about(*ownership))
            return Error{*doubt + "; the ufw helper ignores it"};
        const auto text = read_all(*file, path_, kMaxConfigSize);
        if (!text) return text.error();
        auto settings = parse(*text, path_);
        if (settings) mark_ = mark_of(st);
        return settings;
    }

    std::string path_;
    std::string told_{};
    Mark mark_{};
    std::optional<UfwSettings> settings_{};
};

}  // namespace

UfwHelper::ReadSettings settings_from(std::string path)
{
    return [file = ConfigFile(std::move(path))]() mutable { return file.settings(); };
}

}  // namespace mailban::io
