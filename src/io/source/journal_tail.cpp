#include "io/source/journal_tail.h"

#include "io/source/journal_entry.h"
#include "mailban/envelope/line_splitter.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace mailban::io {

namespace {

// So many entries of one source are read before the others get their turn.
constexpr int kTailBatch = 256;

}  // namespace

JournalTail::JournalTail(asio::io_context& context, JournalSelection selection, JournalStart start,
                         JournalSink sink, std::chrono::milliseconds look_again)
    : selection_(std::move(selection)),
      name_(journal_name(selection_.directory, selection_.match)),
      since_(start.since),
      sink_(std::move(sink)),
      look_again_(look_again),
      changes_(context),
      timer_(context),
      position_(std::move(start.position))
{
}

asio::awaitable<void> JournalTail::run()
{
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!is_stopped_) {
        look();
        co_await read_entries();
        if (is_stopped_) break;
        co_await wait();
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) stop();
    }
}

void JournalTail::stop()
{
    is_stopped_ = true;
    timer_.cancel();
}

// Opens the journal, or takes in what has changed about it.
void JournalTail::look()
{
    if (journal_) {
        const auto change = journal_->take_changes();
        if (!change) return close(change.error());
        if (*change == Journal::Change::files) ++status_.rotations;
        // libsystemd does not notice a folder that was not there before.
        if (journal_folders(selection_.directory) == folders_) return;
    }
    const auto opened = open();
    if (!opened) close(opened.error());
}

Status JournalTail::open()
{
    folders_ = journal_folders(selection_.directory);
    auto journal = Journal::open(selection_.directory);
    if (!journal) return journal.error();
    if (auto selected = journal->select(selection_.match); !selected) return selected;
    if (auto found = find_start(*journal); !found) return found;
    const int fd = ::fcntl(journal->fd(), F_DUPFD_CLOEXEC, 0);
    if (fd < 0) return Error{"out of file descriptors, the journal cannot be watched"};
    boost::system::error_code ec;
    changes_.close(ec);
    changes_.assign(fd, ec);
    if (ec) return Error{"cannot watch the journal: " + ec.message()};
    journal_ = std::move(*journal);
    status_.present = true;
    status_.problem.clear();
    return Done{};
}

Status JournalTail::find_start(Journal& journal)
{
    is_resuming_ = position_.has_value();
    if (!position_) return since_ ? journal.seek(*since_) : Status(Done{});
    if (journal.seek(position_->cursor).ok()) return Done{};
    return journal.seek(position_->time + Duration(1));
}

void JournalTail::close(const Error& problem)
{
    boost::system::error_code ec;
    changes_.close(ec);
    journal_.reset();
    status_.present = false;
    status_.problem = problem.message;
}

asio::awaitable<void> JournalTail::read_entries()
{
    const auto executor = co_await asio::this_coro::executor;
    // A backlog here must not keep the other sources waiting.
    while (!is_stopped_ && journal_ && read_batch())
        co_await asio::post(executor, asio::use_awaitable);
}

// True: more may be there.
bool JournalTail::read_batch()
{
    for (int count = 0; count < kTailBatch && !is_stopped_; ++count) {
        const auto moved = journal_->next();
        if (moved && *moved) {
            take_entry();
            continue;
        }
        report_progress();
        if (!moved) {
            close(moved.error());
        } else {
            status_.caught_up = true;
        }
        return false;
    }
    report_progress();
    return true;
}

void JournalTail::take_entry()
{
    auto reached = journal_->position();
    if (!reached) return;
    const bool is_known =
        std::exchange(is_resuming_, false) && name_one_entry(reached->cursor, position_->cursor);
    if (is_known || !is_wanted()) return;
    const Timestamp received = reached->time;
    position_ = std::move(reached);
    is_told_ = false;
    hand_over(received);
}

bool JournalTail::is_wanted()
{
    const auto is_taken = [this](const JournalMatch& match) { return fits(*journal_, match); };
    return is_taken(selection_.match) && std::ranges::none_of(selection_.others, is_taken);
}

void JournalTail::hand_over(Timestamp received)
{
    const JournalEntry entry = read_entry(*journal_, received);
    if (!entry.text) return;
    if (entry.text->size() > LineSplitter::kMaxLineLength) {
        ++status_.oversized;
        return;
    }
    ++status_.lines;
    sink_.on_entry(entry.message(), status_.caught_up ? Freshness::live : Freshness::backlog);
}

void JournalTail::report_progress()
{
    if (is_stopped_ || is_told_) return;
    is_told_ = true;
    if (sink_.on_progress) sink_.on_progress(*position_);
}

// Until something has changed, or it is time to look without having been told.
asio::awaitable<void> JournalTail::wait()
{
    using asio::experimental::awaitable_operators::operator||;
    timer_.expires_after(look_again_);
    if (!changes_.is_open()) {
        co_await timer_.async_wait(kNoThrow);
        co_return;
    }
    auto late = timer_.async_wait(kNoThrow);
    auto told = changes_.async_wait(asio::posix::stream_descriptor::wait_read, kNoThrow);
    auto either = std::move(told) || std::move(late);
    co_await std::move(either);
}

}  // namespace mailban::io
