// State: what outlives the process. The database, what waits to be written to it, and what becomes
// of both where the database is busy, full or damaged.
//
// Nothing is lost while it cannot be written: it waits in memory (Recorder) and is tried again. A
// database that is damaged is set aside, never deleted, and what is known here begins a new one.
//
// A disk may take its time, or stand still for the length of a backup: what is written and what is
// dropped is so on a thread of its own, and nobody decides later for it. While that is at work the
// database is its alone.
#pragma once

#include "io/daemon/recorder.h"
#include "io/store/pruner.h"
#include "io/store/store.h"
#include "io/worker.h"
#include "mailban/config/config.h"
#include "mailban/control/report.h"
#include "mailban/engine/engine.h"
#include "mailban/event/source.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

class State {
public:
    using Instant = std::chrono::steady_clock::time_point;
    using SteadyNow = Instant (*)();

    // `names` knows the sources of events.
    State(const Config& config, SourceNames& names, SteadyNow now = std::chrono::steady_clock::now)
        : config_(config), names_(names), now_(now)
    {
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    // Opens the database, or begins a new one where it is damaged. An error: neither can be had.
    Status open();
    // Whose state it is, which lives as long as this; and what besides the engine's is to be
    // written to a new database.
    using NoteMore = std::function<void(Recorder& recorder)>;
    void follow(const Engine& engine, NoteMore note_more);
    // From now on a thread writes and drops, and what comes of it is looked at by `home`.
    void write_beside(asio::any_io_executor home) { home_ = std::move(home); }

    // What an earlier run has left is put into the engine: bans, and whom an administrator allows.
    Status restore(Engine& engine);
    // Where what is stored cannot be read: a new database is begun, with what the engine knows.
    Status begin_anew();
    // Bans were lost with a database before anything had been read from it; the firewall has them.
    bool has_lost_bans() const noexcept { return has_lost_bans_; }

    // nullptr: there is no database at the moment. Blocks while it is being written to.
    Store* store();
    // The same; nullptr: it is being written to, too.
    Store* store_at_rest() const noexcept { return is_at_work() ? nullptr : store_.get(); }
    Recorder& recorder() noexcept { return *recorder_; }

    // Begins to write what was noted, if it is due. What another program keeps from being written
    // is tried again soon, and reported only when that lasts; what fails otherwise is tried again
    // after a second.
    void commit_if_due();
    // The same whether it is due or not; while something is being written, afterwards.
    void commit();
    // Something was noted that is not stored yet.
    bool has_to_write() const noexcept { return recorder_->is_writing() || recorder_->has_any(); }
    // Something is being written or dropped.
    bool is_at_work() const noexcept { return worker_.has_started(); }
    // Returns when that has ended, or the time is up; whether it has ended.
    auto until_at_rest(std::chrono::steady_clock::duration patience)
    {
        return worker_.until_ended(patience);
    }
    // Writes all that was noted before it returns, and does not wait for the next try: at the end
    // of the process, or before what was written is read again. An error: not all is written.
    Status commit_all();

    // Begins a portion of the work that keeps the database's age and size, or has it done after
    // what is being written.
    void prune(Timestamp now);
    bool has_more_to_prune() const noexcept { return has_more_to_prune_; }

    // So long the disk, or another program that has the database, may keep it from being written
    // before that is a problem: an administrator's sqlite3 does so for a moment, and a backup.
    static constexpr std::chrono::seconds kTooLong{5};
    // Another program keeps the database from being written.
    bool is_busy() const noexcept { return busy_since_.has_value(); }
    // Why the state cannot be written at the moment; empty: it can.
    const std::string& problem() const noexcept { return problem_; }
    // What was set aside, and why; the last one.
    const std::string& damage() const noexcept { return damage_; }
    // state.max_size is too small; empty: no rule misses anything.
    std::string size_warning() const;
    // How often what is stored has changed in another way than that something was added.
    std::uint64_t rewritten() const noexcept { return rewritten_; }
    void note_rewritten() noexcept { ++rewritten_; }

    // Of the database as it was after the last transaction.
    StateReport report();

private:
    void work(std::function<void()> work, std::function<void()> afterwards);
    void rest();
    bool may_try() const;
    void begin_writing();
    void finish_writing();
    Status settle(const Status& written);
    void conclude(const Status& written);
    void note_slowness();
    void go_on();
    void put_off_pruning();
    void begin_pruning();
    void finish_pruning();
    void look_at_size();
    void note_problem(const std::string& problem);
    // Damage: state_damage.cpp.
    Status set_aside();
    Status replace();
    std::vector<StoredEvent> salvage_events();
    void note_standing();
    Standing standing() const;

    const Config& config_;
    SourceNames& names_;
    SteadyNow now_;
    const Engine* engine_ = nullptr;
    NoteMore note_more_{};
    asio::any_io_executor home_{};
    std::unique_ptr<Store> store_{};
    std::unique_ptr<Recorder> recorder_{};
    std::string problem_{};
    Instant retry_at_{};                   // where there is one
    std::optional<Instant> busy_since_{};  // another program keeps the database
    std::string damage_cause_{};           // the database is to be set aside for it
    std::string damage_{};
    Instant replaced_{};
    bool has_lost_bans_ = false;
    Pruner pruner_{};
    PruneReport pruned_{};  // what it has told last
    std::optional<PruneLimits> to_prune_{};
    std::uint64_t most_bytes_ = 0;  // of the limits that it was pruned by
    bool has_grown_ = true;         // since it was pruned
    Timestamp prune_at_{};
    bool has_more_to_prune_ = false;
    std::string prune_problem_{};
    std::uint64_t rewritten_ = 0;
    std::uint64_t bytes_ = 0;  // that the database uses
    std::optional<Timestamp> oldest_event_{};
    // What the thread has done.
    Status written_ = Done{};
    Result<bool> pruned_more_ = false;
    Instant at_work_since_{};
    bool is_wanted_ = false;  // commit() was asked for meanwhile
    Worker worker_{};         // goes first: it may be at work with all of these
};

}  // namespace mailban::io
