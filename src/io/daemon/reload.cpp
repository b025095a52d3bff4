// Daemon: another configuration takes the place of the one in force, and another firewall of the
// old.
#include "io/daemon/daemon.h"
#include "io/daemon/system.h"
#include "io/firewall/choose.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace mailban::io {

namespace {

constexpr const char* kOldStays = "\nthe old configuration stays in force";

}  // namespace

// One at a time: an enforcer that is still starting may not go, and no two may work one firewall.
// What is asked for meanwhile is done afterwards, by the configuration as it is then.
asio::awaitable<void> Daemon::replace_firewall(FirewallConfig before)
{
    is_to_be_replaced_ = true;
    if (std::exchange(is_replacing_, true)) co_return;
    while (std::exchange(is_to_be_replaced_, false) && !stopping_) {
        const FirewallConfig next = firewall_config();
        co_await replace_once(before);
        before = next;
    }
    is_replacing_ = false;
}

asio::awaitable<void> Daemon::replace_once(FirewallConfig before)
{
    const auto old = std::move(enforcer_);
    const bool was_withdrawn = std::exchange(withdrawal_, std::nullopt).has_value();
    enforcer_ =
        make_enforcer(context_.get_executor(), firewall_config(), config_.prefix, system_now);
    enforcer_->want(engine_->wanted());
    const bool has_other_commands = before.command != config_.firewall.command;
    if (has_other_commands && !was_withdrawn) {
        const Status removed = co_await old->remove_all();
        if (!removed.ok()) spdlog::error("firewall: {}", removed.error().message);
    }
    co_await old->finish();
    co_await enforcer_->start();
    if (has_other_commands || old->status().backend == enforcer_->status().backend) co_return;
    const Status removed = co_await old->remove_all();
    if (!removed.ok()) spdlog::error("firewall: {}", removed.error().message);
}

std::variant<std::string, Daemon::NotReloaded> Daemon::reload()
{
    // What is being taken up must not be taken up twice.
    if (!is_started_) return NotReloaded{"mailban is still starting; reload when it is running"};
    if (withdrawal_ && !withdrawal_->is_done)
        return NotReloaded{"the firewall is being emptied; reload when `mailban status` says so"};
    auto loaded = config_file_.load();
    if (loaded) return take_up(std::move(*loaded));
    const std::string& mistakes = loaded.error().message;
    config_file_.note_refused(mistakes, system_now());
    return NotReloaded{mistakes + kOldStays, true};
}

std::variant<std::string, Daemon::NotReloaded> Daemon::take_up(ConfigFile::Loaded loaded)
{
    Config next = std::move(loaded.config);
    std::string note = "reloaded " + options_.config_path;
    if (next.state.directory != config_.state.directory || next.control != config_.control) {
        note += "; state and control take effect at the next restart";
        next.state.directory = config_.state.directory;
        next.control = config_.control;
    }
    commit();
    if (!store_problem_.empty()) return NotReloaded{store_problem_ + kOldStays};

    Config before = std::exchange(config_, std::move(next));
    // Nothing runs meanwhile; the old ones go on where the new ones cannot be had.
    auto old_sources = std::move(sources_);
    auto old_engine = std::move(engine_);
    auto restored = restore();
    if (restored) restored = restore_history();
    if (!restored) {
        config_ = std::move(before);
        engine_ = std::move(old_engine);
        // What it says stands in the engine already; an error would be the one that is told.
        [[maybe_unused]] const auto again = take_allowlist(*engine_);
        sources_ = std::move(old_sources);
        return NotReloaded{restored.error().message + kOldStays};
    }
    config_file_.note_running(std::move(loaded.text), system_now());
    old_sources->stop();
    retired_sources_.push_back(std::move(old_sources));
    hooks_.configure(config_.hooks);
    decide_on_forward();
    perform(engine_->advance(system_now()));
    sources_->start();
    blind_advice_.clear();
    judged_ = looked_back_ = last_housekeeping_ = Timestamp();
    spdlog::set_level(
        static_cast<spdlog::level::level_enum>(static_cast<int>(config_.log_level) + 1));
    if (withdrawal_ || config_.firewall != before.firewall || config_.prefix != before.prefix) {
        asio::co_spawn(context_, replace_firewall(before.firewall), kOrEnd);
    } else {
        enforcer_->want(engine_->wanted());
    }
    spdlog::info("{}", note);
    tell_of_found();
    return note;
}

}  // namespace mailban::io
