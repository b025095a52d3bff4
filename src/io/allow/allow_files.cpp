#include "io/allow/allow_files.h"

#include "io/files/trusted_file.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace mailban::io {

namespace {

using SteadyClock = std::chrono::steady_clock;

}  // namespace

AllowFiles::AllowFiles(asio::io_context& context, OnChange on_change, AllowFilesOptions options)
    : watcher_(context, options.means),
      waiter_(watcher_),
      on_change_(std::move(on_change)),
      options_(options)
{
}

void AllowFiles::set(const std::vector<std::string>& paths)
{
    std::vector<Source> sources;
    std::vector<AllowedFile> files;
    for (const auto& path : paths) {
        const auto has_path = [&](const Source& source) { return source.path == path; };
        if (std::ranges::any_of(sources, has_path)) continue;
        const auto before = std::ranges::find_if(sources_, has_path);
        if (before != sources_.end()) {
            files.push_back(std::move(files_[static_cast<std::size_t>(before - sources_.begin())]));
            sources.push_back(std::move(*before));
            before->path.clear();
            continue;
        }
        sources.emplace_back().path = path;
        files.emplace_back().path = path;
    }
    sources_ = std::move(sources);
    files_ = std::move(files);
    look();
    for (std::size_t at = 0; at < sources_.size(); ++at)
        read(sources_[at], files_[at], Tells::no);
    waiter_.wake();
}

// Opens what has the names now. The directories are watched before, and the files before they are
// read: no change can fall in between.
void AllowFiles::look()
{
    watch();
    for (Source& source : sources_) {
        auto opened = open_trusted(source.path);
        source.unopened = opened ? std::string() : opened.error().message;
        source.file = opened ? std::move(*opened) : Descriptor();
    }
    watch();
}

void AllowFiles::watch()
{
    std::vector<FileWatcher::Waiter::Directory> directories;
    std::vector<int> files;
    for (const Source& source : sources_) {
        const std::filesystem::path path(source.path);
        directories.push_back({path.parent_path().string(), path.filename().string(), nullptr});
        if (source.file.is_open()) files.push_back(source.file.get());
    }
    waiter_.watch(directories, files);
}

void AllowFiles::read(Source& source, AllowedFile& known, Tells tells)
{
    const auto text = source.file.is_open() ? read_allow_text(source.file, source.path)
                                            : Result<std::string>(Error{source.unopened});
    const std::string problem = text ? std::string() : text.error().message;
    if (problem == source.problem && (!text || source.text == *text)) return;
    source.problem = problem;
    if (text) source.text = *text;
    known = parse_allow_file(source.text.value_or(""), source.path);
    if (!problem.empty()) {
        const auto* const rest =
            source.text ? "; its earlier entries stay allowed" : "; it allows nobody yet";
        known.problems.insert(known.problems.begin(), problem + rest);
    }
    if (tells == Tells::yes) on_change_(known);
}

// Waits until nothing has rung for a moment.
asio::awaitable<void> AllowFiles::settle()
{
    const auto end = SteadyClock::now() + options_.patience;
    for (bool is_quiet = false; !is_quiet && !is_stopped_ && SteadyClock::now() < end;) {
        const auto before = SteadyClock::now();
        co_await waiter_.wait(options_.quiet);
        is_quiet = SteadyClock::now() - before >= options_.quiet;
        if (!is_quiet) look();
    }
}

asio::awaitable<void> AllowFiles::run()
{
    while (!is_stopped_) {
        co_await waiter_.wait(options_.look_again);
        if (is_stopped_) co_return;
        if (sources_.empty()) continue;
        look();
        co_await settle();
        if (is_stopped_) co_return;
        look();
        // By number: whoever is told of a change may set other files.
        for (std::size_t at = 0; at < sources_.size(); ++at)
            read(sources_[at], files_[at], Tells::yes);
    }
}

void AllowFiles::stop()
{
    is_stopped_ = true;
    waiter_.wake();
}

}  // namespace mailban::io
