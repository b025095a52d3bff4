#include "io/discover/discover.h"

#include "io/daemon/check_access.h"
#include "io/discover/search.h"
#include "io/source/log_glob.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace mailban::io {

namespace {

namespace fs = std::filesystem;

// More entries of one folder are not looked at, nor more logs followed.
constexpr int kMostEntries = 10'000;
constexpr std::size_t kMostFound = 256;

}  // namespace

std::vector<std::string> names_in(const std::string& folder)
{
    std::vector<std::string> names;
    std::error_code ec;
    const fs::directory_iterator entries(folder, ec);
    int left = kMostEntries;
    for (auto at = begin(entries); !ec && at != end(entries) && left-- > 0; at.increment(ec))
        names.push_back(at->path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::string read_beginning(const std::string& path, std::size_t most)
{
    const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return {};
    std::string text(most, '\0');
    const ssize_t got = ::read(fd, text.data(), text.size());
    ::close(fd);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

Search::Search(DiscoverOptions options) : options_(std::move(options))
{
    search_files(*this);
    search_containers(*this);
    search_journal(*this);
}

bool Search::step()
{
    if (portions_.empty()) return false;
    const auto portion = std::move(portions_.front());
    portions_.pop_front();
    portion();
    return !portions_.empty();
}

Found Search::take()
{
    return std::exchange(found_, {});
}

bool Search::open_journal()
{
    // Another root's journal is not this machine's.
    if (!options_.root.empty() && options_.journal.empty()) return false;
    auto opened = Journal::open(options_.journal);
    if (opened) journal_ = std::move(*opened);
    return journal_.has_value();
}

void Search::add_file(const std::string& path)
{
    if (found_.sources.size() >= kMostFound || !paths_.insert(path).second) return;
    struct ::stat st = {};
    if (!is_glob(path) && ::stat(path.c_str(), &st) == 0 &&
        !files_.emplace(st.st_dev, st.st_ino).second)
        return;
    SourceConfig source;
    source.file = path;
    source.found = true;
    found_.sources.push_back(std::move(source));
}

SourceConfig& Search::add_journal()
{
    SourceConfig source;
    source.directory = options_.journal;
    source.found = true;
    found_.sources.push_back(std::move(source));
    return found_.sources.back();
}

void Search::add_unit(const std::string& unit)
{
    if (units_.insert(unit).second) add_journal().units.push_back(unit);
}

void Search::add_identifier(const std::string& identifier)
{
    add_journal().identifiers.push_back(identifier);
}

void Search::add_container(const std::string& name)
{
    add_journal().containers.push_back(name);
}

void Search::remark(std::string text)
{
    found_.remarks.push_back(std::move(text));
}

Found discover(const DiscoverOptions& options)
{
    Search search(options);
    while (search.step()) {}
    return search.take();
}

std::string why_unreadable(const std::string& path)
{
    // access() would leave the process's capabilities out.
    if (::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) == 0 || errno == ENOENT) return {};
    const int code = errno;
    return std::strerror(code) + (code == EACCES ? who_may_read(path) : std::string());
}

}  // namespace mailban::io
