// Daemon: owns the rooms of the shell and lets the engine decide.
//
// One thread. Lines come in from Sources, effects go out to the firewall, the store and the log;
// the control socket reads and steers. Starts from the state an earlier run left, and leaves its
// own at every commit: a stop at any instant loses nothing.
#pragma once

#include "io/allow/allow_files.h"
#include "io/allow/host_names.h"
#include "io/asio.h"
#include "io/control/server.h"
#include "io/daemon/config_file.h"
#include "io/daemon/recorder.h"
#include "io/daemon/sources.h"
#include "io/discover/discover.h"
#include "io/firewall/enforcer.h"
#include "io/firewall/published.h"
#include "io/hooks/hooks.h"
#include "io/store/pruner.h"
#include "io/store/store.h"
#include "mailban/config/config.h"
#include "mailban/control/allowed_report.h"
#include "mailban/control/report.h"
#include "mailban/engine/engine.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

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

    // Runs until SIGTERM or SIGINT. An error: it could not start, or lost its footing.
    Status run();

private:
    // A database that is damaged is set aside and another one begun: damage.cpp.
    Status open_store();
    Status set_store_aside();
    // At the start: what cannot be read is found again in the firewall and the logs.
    Status begin_anew();
    // Later: what is known here is written to the new one.
    Status replace_store();
    std::vector<StoredEvent> salvage_events();
    void note_standing();
    Status put_standing(Store& store) const;

    // What an earlier run left, or the configuration before a reload: first who is banned, then
    // what was seen until then.
    Status restore();
    Status restore_logins();
    // How much of the history has been taken up.
    struct Progress {
        bool has_logins = false;
        std::optional<std::int64_t> from = 0;  // the next page of events; nullopt: that was all
    };
    Status restore_portion(Progress& progress);
    Status restore_history();
    asio::awaitable<void> restore_history_meanwhile();
    asio::awaitable<void> live();
    asio::awaitable<void> handle_signals();
    asio::awaitable<void> tick();
    std::chrono::microseconds until_next_tick() const;
    // Looks for this machine's mail logs again and again: discovery.cpp.
    asio::awaitable<void> keep_discovering();
    void take_found(Found found);
    void tell_of_found() const;
    asio::awaitable<void> stop();
    asio::awaitable<void> remove_bans();
    asio::awaitable<void> ask_for_time();
    // After a reload that changed `before`. Whoever is banned stays out meanwhile, except where the
    // administrator's own commands have changed: those would be lost.
    asio::awaitable<void> replace_firewall(FirewallConfig before);
    asio::awaitable<void> replace_once(FirewallConfig before);
    // Takes away what was made in the firewall and leaves it so until a reload.
    asio::awaitable<void> withdraw_firewall();

    void perform(const Effects& effects);
    void commit();
    void housekeep(Timestamp now);
    void prune(Timestamp now);
    void announce(Timestamp now);
    void tell_of_firewall(const FirewallReport& firewall, Timestamp now);

    // Whether it guards this machine, and to whom that is said: health.cpp.
    void judge_health_now(Timestamp now);
    void tell_health(Timestamp now);
    void note_blind(const std::string& why, Timestamp now);
    std::string health_summary() const;
    BreachReport report_of(const Breach& breach, Timestamp now) const;
    void report_breaches(StatusReport& report, Timestamp now) const;
    TroubleReport trouble_report(const std::vector<SourceReport>& sources, Timestamp now) const;
    std::string forward_problem() const;
    // The configuration's, with `forward` decided.
    FirewallConfig firewall_config() const;
    void decide_on_forward();
    asio::awaitable<void> look_at_published();
    bool has_choice_of_forward() const;
    void follow_enforcement(const FirewallReport& firewall, Timestamp now);

    std::string answer(const Request& request, Right right);
    std::string answer_change(const Request& request);
    std::string answer_unban_all(const PageOf& wanted);
    std::string answer_status(const PageOf& wanted) const;
    // What the configuration's files and the machine itself say of who is trusted.
    Status take_allowlist(Engine& engine);
    Status take_host_names(Engine& engine);
    void take_host_name(const ResolvedName& name);
    void take_allow_file(const AllowedFile& file);
    void tell_of_trust();
    void look_at_own_addresses(Engine& engine) const;
    std::vector<std::string> allow_warnings() const;
    std::string answer_allow(const Request& request);
    std::string answer_allowed(const PageOf& wanted) const;
    std::string answer_reload();
    std::string answer_firewall_remove();
    // Reads and checks the configuration again and takes it up; the error says why not.
    struct NotReloaded {
        std::string why{};
        bool is_mistaken = false;  // the file on the disk has mistakes
    };
    std::variant<std::string, NotReloaded> reload();
    std::variant<std::string, NotReloaded> take_up(ConfigFile::Loaded loaded);
    FirewallReport firewall_report() const;
    StatusReport status_report() const;
    StateReport state_report() const;
    std::string state_warning() const;
    std::vector<std::string> warnings(const std::vector<SourceReport>& sources) const;
    ShowReport show_report(const IpAddress& ip);

    // Enforcing nothing, by an administrator's wish.
    struct Withdrawal {
        Timestamp since{};
        bool is_done = false;
        std::string problem{};  // why something may have been left
    };

    Config config_;
    DaemonOptions options_;
    Timestamp started_;
    ConfigFile config_file_;
    std::uint64_t hash_seed_;
    asio::io_context context_{1};
    asio::signal_set signals_;
    asio::steady_timer tick_timer_;
    asio::steady_timer discovery_timer_;
    std::unique_ptr<Store> store_{};
    std::unique_ptr<Recorder> recorder_{};
    std::unique_ptr<Engine> engine_{};
    std::unique_ptr<Enforcer> enforcer_{};
    Hooks hooks_;
    std::optional<Withdrawal> withdrawal_{};
    Found found_{};  // by `sources: auto`
    std::unique_ptr<Sources> sources_{};
    std::vector<std::unique_ptr<Sources>> retired_sources_{};
    AllowFiles allow_files_;
    HostNames host_names_;
    ControlServer control_;
    // Bans that end at once: more would keep everybody else waiting.
    static constexpr std::size_t kMostEnds = 500;

    Status footing_ = Done{};  // an error: why it cannot go on
    bool is_started_ = false;  // everything was taken up, and the logs are followed
    bool stopping_ = false;
    bool is_degraded_told_ = false;
    std::string store_problem_{};
    std::chrono::steady_clock::time_point retry_at_{};  // where there is one
    std::string damage_cause_{};                        // the database is to be set aside for it
    std::string damage_{};                              // what was set aside, and why; the last one
    std::chrono::steady_clock::time_point replaced_{};
    bool has_lost_bans_ = false;      // they are to be found in the firewall
    bool is_replacing_ = false;       // the firewall
    bool is_to_be_replaced_ = false;  // once more
    std::string announced_{};
    std::vector<Published> published_{};
    Forward forward_ = Forward::no;
    bool is_looking_ = false;  // for published ports
    std::optional<Timestamp> pending_since_{};
    Health health_{};
    Timestamp judged_{};
    Timestamp looked_back_{};
    std::map<std::string, Timestamp> told_{};  // findings, and when they were there last
    bool is_blind_ = false;
    std::string blind_advice_{};
    Timestamp last_housekeeping_{};
    Pruner pruner_{};
    bool has_more_to_prune_ = false;
    std::string prune_problem_{};
};

}  // namespace mailban::io
