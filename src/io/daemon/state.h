// State: what outlives the process. The database, what waits to be written to it, and what becomes
// of both where the database is busy, full or damaged.
//
// Nothing is lost while it cannot be written: it waits in memory (Recorder) and is tried again. A
// database that is damaged is set aside, never deleted, and what is known here begins a new one.
#pragma once

#include "io/daemon/recorder.h"
#include "io/store/pruner.h"
#include "io/store/store.h"
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
    // `names` knows the sources of events.
    State(const Config& config, SourceNames& names) : config_(config), names_(names) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    // Opens the database, or begins a new one where it is damaged. An error: neither can be had.
    Status open();
    // Whose state it is, which lives as long as this; and what besides the engine's is to be
    // written to a new database.
    using NoteMore = std::function<void(Recorder& recorder)>;
    void follow(const Engine& engine, NoteMore note_more);
    // How to have write_on() called after others have had their turn. Without it, all that is due
    // is written at once.
    using Later = std::function<void()>;
    void write_in_portions(Later later) { later_ = std::move(later); }

    // What an earlier run has left is put into the engine: bans, and whom an administrator allows.
    Status restore(Engine& engine);
    // Where what is stored cannot be read: a new database is begun, with what the engine knows.
    Status begin_anew();
    // Bans were lost with a database before anything had been read from it; the firewall has them.
    bool has_lost_bans() const noexcept { return has_lost_bans_; }

    // nullptr: there is no database at the moment.
    Store* store() const noexcept { return store_.get(); }
    Recorder& recorder() noexcept { return *recorder_; }

    // Writes what was noted. What another program keeps from being written is tried again soon,
    // and reported only when that lasts; what fails otherwise is tried again after a second.
    void commit();
    // The same once what was noted is due to be written, in portions where it is not too much.
    void commit_if_due();
    // The next portion of it, if there is one.
    void write_on();
    // The same as commit() without waiting for the next try, at the end of the process or before
    // what was written is read again. An error: not all is written.
    Status commit_all();

    // A portion of the work that keeps the database's age and size. While a transaction is written
    // in portions it waits, at most so long.
    void prune(Timestamp now);
    static constexpr Duration kLongestWaitToPrune = std::chrono::seconds(5);
    bool has_more_to_prune() const noexcept { return has_more_to_prune_; }

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

    StateReport report() const;

private:
    using Instant = std::chrono::steady_clock::time_point;

    enum class Amount { portion, all };
    Status write(Amount amount);
    void try_commit(Amount amount);
    bool end_writing_to_prune(Timestamp now);
    bool is_well() const;
    void note_problem(const std::string& problem);
    // Damage: state_damage.cpp.
    Status set_aside();
    Status replace();
    std::vector<StoredEvent> salvage_events();
    void note_standing();
    Status end_stored_bans(Store& store) const;
    Status put_client_status(Store& store) const;

    const Config& config_;
    SourceNames& names_;
    const Engine* engine_ = nullptr;
    NoteMore note_more_{};
    Later later_{};
    bool is_asked_for_ = false;  // write_on() will be called
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
    bool has_more_to_prune_ = false;
    std::optional<Timestamp> pruning_waits_since_{};
    std::string prune_problem_{};
    std::uint64_t rewritten_ = 0;
};

}  // namespace mailban::io
