// The helper's settings, out of the daemon's configuration.
#include "io/ufw_helper/ufw_helper.h"
#include "mailban/config/load.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
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

// Whoever may write it says what root does here.
Status check_owner(const std::string& path, const struct ::stat& st)
{
    if (!S_ISREG(st.st_mode)) return Error{path + " is not a plain file"};
    if (st.st_uid != 0 && st.st_uid != ::geteuid())
        return Error{path + " does not belong to root; the ufw helper does not follow it"};
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return Error{path +
                     " can be written by others than root; the ufw helper does not follow it"};
    return Done{};
}

Result<std::string> read_all(int fd, const std::string& path)
{
    std::string text(kMaxConfigSize + 1, '\0');
    std::size_t size = 0;
    ssize_t got = 0;
    while (size < text.size() && (got = ::read(fd, text.data() + size, text.size() - size)) > 0)
        size += static_cast<std::size_t>(got);
    if (got < 0) return Error{"cannot read " + path + ": " + std::strerror(errno)};
    text.resize(size);
    return text;
}

Result<UfwSettings> parse(const std::string& text, const std::string& path)
{
    const auto loaded = load_config(text, path);
    if (const auto* mistakes = std::get_if<std::vector<ConfigError>>(&loaded))
        return Error{to_string(mistakes->front())};
    const auto& config = std::get<Config>(loaded);
    return UfwSettings{config.firewall.ports, config.allow.prefixes};
}

class ConfigFile {
public:
    explicit ConfigFile(std::string path) : path_(std::move(path)) {}

    Result<UfwSettings> settings()
    {
        auto next = read();
        if (next) settings_ = std::move(*next);
        if (settings_) return *settings_;
        return next.error();
    }

private:
    Result<UfwSettings> read()
    {
        const int fd = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0) return Error{"cannot open " + path_ + ": " + std::strerror(errno)};
        auto settings = read(fd);
        ::close(fd);
        return settings;
    }

    Result<UfwSettings> read(int fd)
    {
        struct ::stat st = {};
        ::fstat(fd, &st);
        if (settings_ && mark_of(st) == mark_) return *settings_;
        const bool is_news = mark_of(st) != mark_;
        mark_ = mark_of(st);
        const auto owned = check_owner(path_, st);
        if (!owned) return told(owned.error(), is_news);
        const auto text = read_all(fd, path_);
        if (!text) return told(text.error(), is_news);
        auto settings = parse(*text, path_);
        if (!settings) return told(settings.error(), is_news);
        return settings;
    }

    static Error told(const Error& error, bool is_news)
    {
        if (is_news) std::cerr << error.message << '\n';
        return error;
    }

    std::string path_;
    Mark mark_{};
    std::optional<UfwSettings> settings_{};
};

}  // namespace

UfwHelper::ReadSettings settings_from(std::string path)
{
    return [file = ConfigFile(std::move(path))]() mutable { return file.settings(); };
}

}  // namespace mailban::io
