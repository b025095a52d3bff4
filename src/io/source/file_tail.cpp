#include "io/source/file_tail.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace mailban::io {

namespace {

namespace fs = std::filesystem;

// Local time repeats an hour each autumn, and several processes write one log.
constexpr Duration kStampSlack = std::chrono::hours(1);

std::optional<LogStat> stat_of(const std::string& path)
{
    struct ::stat st = {};
    if (::stat(path.c_str(), &st) != 0) {
        // A name that cannot be looked up may well exist.
        if (errno != ENOENT && errno != ENOTDIR) return LogStat{};
        return std::nullopt;
    }
    return LogStat{st.st_dev, st.st_ino, static_cast<std::uint64_t>(st.st_size)};
}

// The deepest directory above `path` that exists, and its entry on the way to `path`.
Watcher::Bell::Directory nearest_directory(const fs::path& path)
{
    fs::path entry = path;
    std::error_code ec;
    while (entry.has_parent_path() && entry.parent_path() != entry) {
        if (fs::is_directory(entry.parent_path(), ec)) {
            return {entry.parent_path().string(), entry.filename().string()};
        }
        entry = entry.parent_path();
    }
    return {".", entry.string()};
}

std::vector<Watcher::Bell::Directory> directories_of(const std::string& path)
{
    std::vector<Watcher::Bell::Directory> directories{nearest_directory(path)};
    const LogDirectory target(path);
    Watcher::Bell::Directory real{target.path(), target.log_name()};
    std::error_code ec;
    const bool is_elsewhere = !fs::equivalent(real.path, directories.front().path, ec) && !ec;
    if (is_elsewhere || (!ec && real.entry != directories.front().entry)) {
        directories.push_back(std::move(real));
    }
    return directories;
}

}  // namespace

FileTail::FileTail(Watcher& watcher, std::string path, TailStart start, TailSink sink,
                   TailOptions options)
    : bell_(watcher),
      path_(std::move(path)),
      start_(std::move(start)),
      sink_(std::move(sink)),
      options_(options),
      deliver_([this](std::string_view line) {
          if (is_stopped_) return;
          ++status_.lines;
          sink_.on_line(line, status_.caught_up ? Freshness::live : Freshness::backlog);
      }),
      is_new_(!start_.position)
{
}

asio::awaitable<void> FileTail::run()
{
    co_await asio::this_coro::throw_if_cancelled(false);
    if (start_.position) resume(*start_.position);
    auto heard = Watcher::Heard::names;
    while (!is_stopped_) {
        if (heard == Watcher::Heard::names) look();
        co_await read_files();
        drop_finished();
        const auto limit = next_look();
        heard = co_await bell_.wait(limit);
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) stop();
    }
}

void FileTail::stop()
{
    is_stopped_ = true;
    bell_.ring();
}

// Opens what an earlier run had not finished, and what was rotated away since.
void FileTail::resume(const LogPosition& position)
{
    const LogDirectory directory(path_);
    std::vector<LogFile> newer;
    for (const auto& file : position.files) {
        Trail trail = directory.trail_of(file);
        newer = std::move(trail.newer);
        if (trail.file) {
            add(std::move(*trail.file));
        } else {
            note_vanished(trail);
        }
    }
    for (auto& file : newer)
        add(std::move(file));
}

void FileTail::note_vanished(const Trail& trail)
{
    ++status_.vanished;
    status_.note =
        "an earlier file of " + path_ + " is gone before it was certainly read to its end";
    if (trail.may_be_compressed) status_.note += "; compressed files are not read";
}

void FileTail::look()
{
    // Watched first, looked at second: what happens in between rings.
    do {
        watch();
    } while (look_at_name());
    is_new_ = false;
}

void FileTail::watch()
{
    std::vector<int> files;
    for (const auto& followed : files_)
        files.push_back(followed.file.fd());
    bell_.watch(directories_of(path_), files);
}

// What has the name now? True if that changed the files that are open.
bool FileTail::look_at_name()
{
    const auto named = stat_of(path_);
    if (named && !files_.empty() && files_.back().file.is(*named)) {
        status_.present = true;
        status_.problem.clear();
        return false;
    }
    auto file = LogFile::open(path_);
    status_.present = file.ok();
    status_.problem = file ? "" : file.error().message;
    is_absent_ = !file && !named;
    if (!file) return false;
    take_over(std::move(*file));
    tell_progress();
    return true;
}

void FileTail::take_over(LogFile file)
{
    const LogStat stat = file.stat();
    if (files_.empty()) {
        if (is_new_) find_start(file);
        return add(std::move(file));
    }
    ++status_.rotations;
    files_.back().grown = Clock::now();
    if (is_open(stat)) {
        // A file that was rotated away got its name back.
        const auto same = [&](const Followed& followed) { return followed.file.is(stat); };
        const auto found = std::ranges::find_if(files_, same);
        std::rotate(found, found + 1, files_.end());
        return;
    }
    const FilePosition reached = files_.back().file.position();
    if (file.begins_like(reached)) file.start_at(reached.offset);
    for (auto& newer : LogDirectory(path_).trail_of(reached).newer) {
        if (!newer.is(stat)) add(std::move(newer));
    }
    add(std::move(file));
}

void FileTail::find_start(LogFile& file) const
{
    if (!start_.since || !start_.stamp_of) return;
    const ReadAt read_at = [&](std::uint64_t offset, char* buffer, std::size_t size) {
        return file.read_at(offset, buffer, size);
    };
    file.start_at(
        find_since(read_at, file.stat().size, *start_.since - kStampSlack, start_.stamp_of));
}

bool FileTail::is_open(const LogStat& stat) const
{
    return std::ranges::any_of(files_, [&](const Followed& f) { return f.file.is(stat); });
}

bool FileTail::insert(std::size_t at, LogFile file)
{
    if (is_open(file.stat())) return false;
    files_.insert(files_.begin() + static_cast<std::ptrdiff_t>(at),
                  {std::move(file), Clock::now()});
    return true;
}

asio::awaitable<void> FileTail::read_files()
{
    const auto executor = co_await asio::this_coro::executor;
    std::size_t index = 0;
    while (index < files_.size() && !is_stopped_) {
        // A backlog of one log must not keep the others waiting.
        if (read_chunk(index)) co_await asio::post(executor, asio::use_awaitable);
    }
    if (status_.present || is_absent_) status_.caught_up = true;
}

// Reads on in one file; `index` moves to the next one at its end. True: more may be there.
bool FileTail::read_chunk(std::size_t& index)
{
    Followed& followed = files_[index];
    switch (followed.file.read(deliver_)) {
    case LogFile::Progress::more:
        followed.grown = Clock::now();
        tell_progress();
        return true;
    case LogFile::Progress::truncated: recover_truncated(index); return true;
    case LogFile::Progress::failed:
        status_.problem = "cannot read " + path_ + ": " + followed.file.problem();
        ++index;
        return false;
    case LogFile::Progress::end: ++index; return false;
    }
    return false;
}

// The file was cut short. What was not read of it may be in a copy, which then comes first.
void FileTail::recover_truncated(std::size_t index)
{
    ++status_.rotations;
    Trail trail = LogDirectory(path_).trail_of(files_[index].file.position());
    files_[index].file.restart();
    std::size_t at = index;
    if (trail.file && insert(at, std::move(*trail.file))) ++at;
    for (auto& newer : trail.newer) {
        if (insert(at, std::move(newer))) ++at;
    }
    tell_progress();
}

void FileTail::drop_finished()
{
    const auto before = files_.size();
    while (files_.size() > 1 && is_finished(files_.front())) {
        status_.oversized += files_.front().file.oversized();
        files_.erase(files_.begin());
    }
    if (files_.size() != before) tell_progress();
}

// A partial line at its end is dropped with it: cut as it is it could be mistaken for another.
bool FileTail::is_finished(const Followed& followed) const
{
    if (followed.file.stat().size > followed.file.read_offset()) return false;
    const auto still = Clock::now() - followed.grown;
    const bool is_succeeded = files_.back().file.stat().size > 0;
    return still >= options_.patience || (is_succeeded && still >= options_.quiet);
}

std::chrono::milliseconds FileTail::next_look() const
{
    if (files_.size() < 2) return options_.look_again;
    const auto still = Clock::now() - files_.front().grown;
    if (still >= options_.quiet) return std::min(options_.look_again, options_.quiet);
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(options_.quiet - still);
    return std::min(options_.look_again, rest);
}

LogPosition FileTail::position() const
{
    LogPosition position;
    for (const auto& followed : files_)
        position.files.push_back(followed.file.position());
    return position;
}

void FileTail::tell_progress() const
{
    if (!is_stopped_ && sink_.on_progress) sink_.on_progress(position());
}

TailStatus FileTail::status() const
{
    TailStatus status = status_;
    status.files = files_.size();
    status.polled = !bell_.is_complete();
    for (const auto& followed : files_) {
        status.offset = followed.file.position().offset;
        status.size = followed.file.stat().size;
        status.behind += status.size > status.offset ? status.size - status.offset : 0;
        status.oversized += followed.file.oversized();
    }
    return status;
}

}  // namespace mailban::io
