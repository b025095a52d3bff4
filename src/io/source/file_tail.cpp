#include "io/source/file_tail.h"

#include <algorithm>
#include <utility>

namespace mailban::io {

using std::chrono::milliseconds;

FileTail::FileTail(FileWatcher& watcher, std::string path, TailStart start, TailSink sink,
                   TailOptions options)
    : waiter_(watcher),
      path_(std::move(path)),
      start_(std::move(start)),
      sink_(std::move(sink)),
      options_(options),
      deliver_([this](std::string_view line) {
          if (is_stopped_) return;
          ++status_.lines;
          sink_.on_line(line, status_.caught_up ? Freshness::live : Freshness::backlog);
      }),
      stage_(start_.position ? Stage::to_resume : Stage::unseen)
{
}

asio::awaitable<void> FileTail::run()
{
    co_await asio::this_coro::throw_if_cancelled(false);
    auto wakeup = FileWatcher::Wakeup::names;
    while (!is_stopped_) {
        const bool is_idle = wakeup == FileWatcher::Wakeup::timeout && is_undisturbed();
        if (wakeup != FileWatcher::Wakeup::content && !is_idle) look();
        if (wakeup == FileWatcher::Wakeup::content && is_put_off_) look();
        if (!is_idle) co_await read_files();
        close_finished();
        const auto limit = next_look();
        wakeup = co_await waiter_.wait(limit);
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) stop();
    }
}

void FileTail::stop()
{
    is_stopped_ = true;
    waiter_.wake();
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
    if (wanted != SearchBefore::none) {
        const bool is_time = wanted == SearchBefore::now || files_[index].file.look_at_head();
        if (is_time && search_before(index)) return true;
        // Whatever is newer has to wait, too, lest it be read before this.
        index = is_time ? files_.size() : index + 1;
        return false;
    }
    OpenFile& open = files_[index];
    switch (open.file.read(deliver_)) {
    case LogFile::Progress::more:
        open.grown = Clock::now();
        report_progress();
        return true;
    case LogFile::Progress::truncated: begin_again(open); return true;
    case LogFile::Progress::failed: read_failed(open); break;
    case LogFile::Progress::end: break;
    }
    ++index;
    return false;
}

void FileTail::read_failed(const OpenFile& open)
{
    if (open.file.is_packed()) return note_vanished(open.file.problem());
    status_.problem = "cannot read " + path_ + ": " + open.file.problem();
}

// The file was cut short. What was not read of it may be in a copy, which then comes first.
void FileTail::begin_again(OpenFile& open)
{
    ++status_.rotations;
    const auto reached = open.file.position();
    if (reached.has_fingerprint()) open.before = reached;
    open.search = SearchBefore::now;
    open.file.restart();
}

void FileTail::close_finished()
{
    const auto before = files_.size();
    // A file that is closed too early would be found, and read, a second time.
    if (files_.is_searching()) return;
    while (files_.size() > 1 && is_first_finished()) {
        status_.oversized += files_.front().file.oversized();
        files_.drop_first();
    }
    if (files_.size() == before) return;
    report_progress();
    watch();
}

bool FileTail::is_first_finished()
{
    OpenFile& first = files_.front();
    OldestFile oldest;
    oldest.is_archive = first.file.is_packed();
    oldest.is_used_up = first.file.is_used_up();
    if (!oldest.is_archive) {
        oldest.is_unread = first.search == SearchBefore::none
                               ? first.file.stat().size > first.file.read_offset()
                               : first.file.look_at_head();
    }
    oldest.idle = std::chrono::floor<milliseconds>(Clock::now() - first.grown);
    const bool is_newest_in_use = files_.back().file.stat().size > 0;
    const bool is_successor_awaited = !successors_.history().files().empty();
    return is_finished(oldest, {files_.size(), is_newest_in_use, is_successor_awaited}, options_);
}

milliseconds FileTail::next_look()
{
    LookFacts facts;
    facts.is_put_off = is_put_off_;
    facts.has_problem = !status_.problem.empty();
    facts.last_pause = pause_;
    facts.files = files_.size();
    facts.is_absent = is_absent_;
    // A clock that is set does not matter much here: the answer is within bounds.
    facts.since_written =
        std::chrono::floor<milliseconds>(std::chrono::system_clock::now() - written_);
    if (!files_.empty()) {
        facts.since_oldest_grew =
            std::chrono::floor<milliseconds>(Clock::now() - files_.front().grown);
    }
    const auto time = time_to_next_look(facts, options_);
    pause_ = is_put_off_ ? time : milliseconds(0);
    return time;
}

void FileTail::report_progress() const
{
    if (is_stopped_ || stage_ == Stage::to_resume || !sink_.on_progress) return;
    sink_.on_progress(files_.position());
}

TailStatus FileTail::status() const
{
    TailStatus status = status_;
    status.files = files_.size();
    status.polled = !waiter_.is_complete();
    for (const auto& open : files_) {
        status.offset = open.file.position().offset;
        status.size = open.file.stat().size;
        status.behind += status.size > status.offset ? status.size - status.offset : 0;
        status.oversized += open.file.oversized();
    }
    return status;
}

}  // namespace mailban::io
