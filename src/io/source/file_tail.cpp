#include "io/source/file_tail.h"

#include <algorithm>
#include <utility>

namespace mailban::io {

namespace {

using std::chrono::milliseconds;

// What cannot be done now is tried again after the first, then after twice as long, up to the last:
// soon while files are being renamed, less so where all descriptors are in use.
constexpr milliseconds kShortestPause(2);
constexpr milliseconds kLongestPause(100);
constexpr milliseconds kLongestPauseOfAProblem(1000);
constexpr milliseconds kSoonestLook(1);

// A file that has not grown for long is looked at more seldom: each time another twentieth of that.
constexpr int kIdleParts = 20;
constexpr milliseconds kSeldomestLook = std::chrono::minutes(1);

// Beyond so many files those that were read to their end are let go, quiet or not: a log that is
// rotated in a burst must not use up all descriptors.
constexpr std::size_t kMaxFiles = 16;

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
      is_new_(!start_.position),
      is_resumed_(!start_.position)
{
}

asio::awaitable<void> FileTail::run()
{
    co_await asio::this_coro::throw_if_cancelled(false);
    auto heard = Watcher::Heard::names;
    while (!is_stopped_) {
        const bool is_idle = heard == Watcher::Heard::nothing && is_undisturbed();
        if (heard != Watcher::Heard::content && !is_idle) look();
        if (heard == Watcher::Heard::content && is_put_off_) look();
        if (!is_idle) co_await read_files();
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

asio::awaitable<void> FileTail::read_files()
{
    const auto executor = co_await asio::this_coro::executor;
    std::size_t index = 0;
    while (index < files_.size() && !is_stopped_) {
        // A backlog of one log must not keep the others waiting.
        if (read_chunk(index)) co_await asio::post(executor, asio::use_awaitable);
    }
    if ((status_.present || is_absent_) && !is_put_off_) status_.caught_up = true;
}

// Reads on in one file; `index` moves to the next one at its end. True: more may be there.
bool FileTail::read_chunk(std::size_t& index)
{
    const auto wanted = files_[index].search;
    if (wanted != Search::none) {
        const bool is_time = wanted == Search::now || files_[index].file.look_at_head();
        if (is_time && search(index)) return true;
        // Whatever is newer has to wait, too, lest it be read before this.
        index = is_time ? files_.size() : index + 1;
        return false;
    }
    Followed& followed = files_[index];
    switch (followed.file.read(deliver_)) {
    case LogFile::Progress::more:
        followed.grown = Clock::now();
        tell_progress();
        return true;
    case LogFile::Progress::truncated: begin_again(followed); return true;
    case LogFile::Progress::failed: read_failed(followed); break;
    case LogFile::Progress::end: break;
    }
    ++index;
    return false;
}

void FileTail::read_failed(const Followed& followed)
{
    if (followed.file.is_packed()) return note_vanished(followed.file.problem());
    status_.problem = "cannot read " + path_ + ": " + followed.file.problem();
}

// The file was cut short. What was not read of it may be in a copy, which then comes first.
void FileTail::begin_again(Followed& followed)
{
    ++status_.rotations;
    const auto reached = followed.file.position();
    if (reached.fingerprint_length > 0) followed.before = reached;
    followed.search = Search::now;
    followed.file.restart();
}

void FileTail::drop_finished()
{
    const auto before = files_.size();
    // What is let go too early would be found, and read, a second time.
    const auto is_searching = [](const Followed& f) { return f.search == Search::now; };
    if (std::ranges::any_of(files_, is_searching)) return;
    while (files_.size() > 1 && is_finished(files_.front()))
        let_go_first();
    if (files_.size() == before) return;
    tell_progress();
    watch();
}

void FileTail::let_go_first()
{
    status_.oversized += files_.front().file.oversized();
    files_[1].before = anchor_at(1);
    files_.erase(files_.begin());
}

// A partial line at its end is dropped with it: cut as it is it could be mistaken for another.
bool FileTail::is_finished(Followed& followed) const
{
    // One of the heirs may have been opened before it was packed.
    const bool is_awaited = !succession_.history().files().empty();
    if (followed.file.is_packed()) return followed.file.is_used_up() && !is_awaited;
    const bool is_unread = followed.search == Search::none
                               ? followed.file.stat().size > followed.file.read_offset()
                               : followed.file.look_at_head();
    if (is_unread) return false;
    const auto still = Clock::now() - followed.grown;
    const bool is_succeeded = files_.back().file.stat().size > 0;
    return files_.size() > kMaxFiles || still >= options_.patience ||
           (is_succeeded && still >= options_.quiet);
}

std::chrono::milliseconds FileTail::next_look()
{
    if (is_put_off_) {
        const auto longest = status_.problem.empty() ? kLongestPause : kLongestPauseOfAProblem;
        pause_ = std::clamp(2 * pause_, kShortestPause, longest);
        return pause_;
    }
    pause_ = {};
    // It may appear any moment, and not every file system tells.
    if (files_.empty() || is_absent_) return options_.look_again;
    if (files_.size() < 2) {
        // A clock that is set does not matter much here: the answer is within bounds.
        const auto idle = std::chrono::system_clock::now() - written_;
        return std::clamp(std::chrono::floor<milliseconds>(idle / kIdleParts), options_.look_again,
                          std::max(options_.look_again, kSeldomestLook));
    }
    // Once it has been quiet for long enough the new file's growth is awaited, which rings.
    const auto still = Clock::now() - files_.front().grown;
    const auto until = still < options_.quiet ? options_.quiet : options_.patience;
    const auto rest = std::chrono::ceil<milliseconds>(until - still);
    return std::max(kSoonestLook, rest > milliseconds(0) ? std::min(options_.look_again, rest)
                                                         : options_.look_again);
}

LogPosition FileTail::position() const
{
    LogPosition position;
    const auto is_told = [&](const FilePosition& before) {
        return std::ranges::any_of(position.files, [&](const FilePosition& told) {
            return told.inode == before.inode && told.device == before.device &&
                   told.fingerprint == before.fingerprint;
        });
    };
    for (const auto& followed : files_) {
        const auto reached = followed.file.position();
        const bool is_needed = followed.search != Search::none || reached.fingerprint_length == 0;
        if (followed.before && is_needed && !is_told(*followed.before)) {
            position.files.push_back(*followed.before);
        }
        position.files.push_back(reached);
    }
    return position;
}

void FileTail::tell_progress() const
{
    if (!is_stopped_ && is_resumed_ && sink_.on_progress) sink_.on_progress(position());
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
