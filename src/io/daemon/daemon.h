// Daemon: composes the rooms of the shell, runs them and lets the engine decide.
//
// One thread decides; what waits for a disk or a library has threads of its own. Events come in
// through Intake, effects go out to the firewall, the state and the log; the control socket reads
// and steers. Starts from the state that an earlier run left, and leaves its own at every commit: a
// stop at any instant loses nothing.
#pragma once

#include "io/asio.h"
#include "io/control/server.h"
#include "io/daemon/answers.h"
#include "io/daemon/config_file.h"
#include "io/daemon/firewall_switch.h"
#include "io/daemon/forwarding.h"
#include "io/daemon/health_watch.h"
#include "io/daemon/intake.h"
#include "io/daemon/logs.h"
#include "io/daemon/pages.h"
#include "io/daemon/rooms.h"
#include "io/daemon/state.h"
#include "io/daemon/trusted.h"
#include "io/hooks/hooks.h"
#include "io/policy/door.h"
#include "mailban/config/config.h"
#include "mailban/event/source.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

namespace mailban::io {

struct DaemonOptions {
    std::string config_path{};  // the file that `config` was read from
    std::string version{};
};

class Daemon {
public:
    Daemon(Config config, DaemonOptions options);
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    // Runs until SIGTERM or SIGINT. An error: it could not start, or cannot go on.
    Status run();

private:
    // What an earlier run left: first who is banned, then, in portions, what was seen until then.
    Status restore();
    void make_engine();
    // What cannot be read is found again in the firewall and the logs.
    Status begin_anew();
    // Shows an engine the stored logins and events. When it returns, nothing is left to be written
    // and nothing to be shown.
    asio::awaitable<Status> show_history(Engine& engine, const Config& config);
    Result<Store::EventsPage> read_page(Timestamp since, std::int64_t from);
    Status show_logins(Engine& engine, const Config& config);
    void show(Engine& engine, Store::EventsPage&& page);
    asio::awaitable<void> restore_history();
    // Writes all that was seen and noted, the logins that were only added up so far included; waits
    // for a database that another program keeps busy, some seconds at most.
    asio::awaitable<Status> write_all();
    // A running daemon goes on with its work where a write takes long: an error after some seconds.
    asio::awaitable<Status> until_disk_answers();

    // Has the bans of before enforced, and tells systemd when they stand.
    asio::awaitable<void> enforce();
    asio::awaitable<void> take_up_past();
    asio::awaitable<void> live();
    // Waits until the start is over, or the daemon stops.
    asio::awaitable<void> until_begun();
    asio::awaitable<void> handle_signals();
    asio::awaitable<void> tick();
    std::chrono::steady_clock::time_point next_tick() const;
    void housekeep(Timestamp now);
    asio::awaitable<void> stop();

    // Reads the configuration again and takes it up: reload.cpp. The old one is in force until
    // everything is there that the new one needs, and nothing is missed meanwhile.
    asio::awaitable<Answer> reload();
    asio::awaitable<Result<std::string>> take_up(ConfigFile::Loaded loaded);
    asio::awaitable<Result<std::unique_ptr<Engine>>> prepare_successor(const Config& next);

    Config config_;
    DaemonOptions options_;
    Timestamp started_;
    std::uint64_t hash_seed_;
    asio::io_context context_{1};
    asio::signal_set signals_;
    asio::steady_timer tick_timer_;
    asio::steady_timer begun_;  // until is_started_, or is_stopping_
    ConfigFile config_file_;
    SourceNames source_names_{};
    State state_;
    Hooks hooks_;
    FirewallSwitch firewall_;
    Intake intake_;
    Trusted trusted_;
    Logs logs_;
    Forwarding forwarding_;
    ControlServer control_;
    PolicyDoor door_;
    Rooms rooms_;
    HealthWatch health_;
    Pages pages_;
    Answers answers_;

    Status fatal_status_ = Done{};  // an error: why it cannot go on
    bool is_ready_ = false;         // the bans of before stand
    bool is_started_ = false;       // everything was taken up, and the logs are followed
    bool is_stopping_ = false;
    bool is_reloading_ = false;
    Timestamp last_housekeeping_{};
    std::jthread freeing_{};  // what is left of an engine
};

}  // namespace mailban::io
