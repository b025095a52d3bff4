// Daemon: another configuration takes the place of the one in force.
//
// The engine that runs goes on, with the old configuration, while a successor is shown what was
// stored, as far as the new configuration needs that; then the two become one (Engine::reconfigure)
// and everything else follows in the same instant. So no line is missed and nobody waits.
#include "io/daemon/daemon.h"
#include "io/daemon/system.h"

#include <spdlog/spdlog.h>

#include <system_error>
#include <utility>

namespace mailban::io {

namespace {

constexpr const char* kOldStays = "\nthe old configuration stays in force";
// So many take a few milliseconds.
constexpr std::size_t kEventsPage = 200;
// Until the bans stand, these come first.
constexpr std::size_t kEventsBeforeBans = 10;
// What is stored may be rewritten while it is read: the clock was set back, or a disk damaged.
constexpr int kMostReadings = 3;

// Who asks is told, and so is the log: SIGHUP has no other answer.
Refused refused(std::string why, bool is_mistake = false)
{
    spdlog::error("reload: {}", why);
    return {std::move(why), is_mistake};
}

// Frees it in a thread: of a million clients that takes longer than lines may wait. Where there is
// no thread to be had, it is freed here.
std::jthread freed_beside(std::unique_ptr<Engine> left)
{
    try {
        return std::jthread([left = std::move(left)]() mutable { left.reset(); });
    } catch (const std::system_error&) {
        return {};
    }
}

// True for as long as it lives.
class Flag {
public:
    explicit Flag(bool& flag) : flag_(flag) { flag_ = true; }
    ~Flag() { flag_ = false; }
    Flag(const Flag&) = delete;
    Flag& operator=(const Flag&) = delete;

private:
    bool& flag_;
};

}  // namespace

asio::awaitable<Answer> Daemon::reload()
{
    // What is being taken up must not be taken up twice.
    if (!is_ready_ || is_stopping_)
        co_return refused("mailban is still starting; reload when it is running");
    if (is_reloading_)
        co_return refused("another reload is under way; try again when it has ended");
    if (firewall_.phase() == FirewallSwitch::Phase::withdrawing)
        co_return refused(
            "all bans are being removed from the firewall; reload when `mailban status` shows "
            "'removed'");
    const Flag reloading(is_reloading_);
    co_await until_begun();
    if (is_stopping_) co_return refused("mailban is stopping");
    // systemd and whoever asks next shall hear of it at once.
    health_.judge_soon();
    auto loaded = config_file_.load();
    if (!loaded) {
        const std::string mistakes = loaded.error().message;
        config_file_.note_refused(mistakes, system_now());
        co_return refused(mistakes + kOldStays, true);
    }
    auto taken = co_await take_up(std::move(*loaded));
    if (!taken) co_return refused(taken.error().message + kOldStays);
    co_return Changed{std::move(*taken)};
}

asio::awaitable<Result<std::string>> Daemon::take_up(ConfigFile::Loaded loaded)
{
    Config& next = loaded.config;
    std::string note = "reloaded " + options_.config_path;
    if (next.state.directory != config_.state.directory || next.control != config_.control) {
        note += "; state and control take effect at the next restart";
        next.state.directory = config_.state.directory;
        next.control = config_.control;
    }
    Found found;
    if (next.discover) found = co_await logs_.search();
    auto successor = co_await prepare_successor(next);
    if (!successor) co_return successor.error();
    if (is_stopping_) co_return Error{"mailban is stopping"};
    auto readied = logs_.ready(next, std::move(found));
    if (!readied) co_return readied.error();

    // Nothing waits from here on.
    config_ = std::move(next);
    freeing_ = freed_beside(intake_.engine().reconfigure(std::move(*successor)));
    config_file_.note_running(std::move(loaded.text), system_now());
    if (auto trusted = trusted_.configure(config_.allow); !trusted)
        spdlog::error("allowlist: {}", trusted.error().message);
    logs_.change_to(std::move(*readied));
    hooks_.configure(config_.hooks);
    door_.configure(config_.policy);
    pages_.configure(config_.http);
    intake_.advance(system_now());
    health_.look_again();
    last_housekeeping_ = Timestamp();
    spdlog::set_level(
        static_cast<spdlog::level::level_enum>(static_cast<int>(config_.log_level) + 1));
    // Where it stays, it has had every wish already.
    const FirewallSetup setup = forwarding_.setup();
    if (firewall_.is_withdrawn() || setup != firewall_.setup()) firewall_.replace(setup);
    spdlog::info("{}", note);
    for (const auto& warning : config_.warnings)
        spdlog::warn("{}", warning);
    logs_.report_found(options_.config_path);
    co_return note;
}

asio::awaitable<Result<std::unique_ptr<Engine>>> Daemon::prepare_successor(const Config& next)
{
    for (int tries = 0; tries < kMostReadings; ++tries) {
        const auto before = state_.rewritten();
        auto successor = intake_.engine().successor(next);
        if (!intake_.engine().needs_history(*successor)) {
            auto written = co_await write_all();
            if (!written) co_return written.error();
            co_return std::move(successor);
        }
        auto shown = co_await show_history(*successor, next);
        if (!shown) co_return shown.error();
        if (state_.rewritten() == before) co_return std::move(successor);
    }
    co_return Error{"what is stored was rewritten while it was read; reload again"};
}

Status Daemon::show_logins(Engine& engine, const Config& config)
{
    const auto& trust = config.judgement.trust;
    if (!trust || !engine.needs_logins()) return Done{};
    Store* const store = state_.store();
    if (store == nullptr) return Error{"there is no state database at the moment"};
    const auto logins = store->logins_since(system_now() - trust->keep, config.limits.known);
    if (!logins) return logins.error();
    for (const auto& login : *logins)
        engine.restore(login);
    return Done{};
}

void Daemon::show(Engine& engine, Store::EventsPage&& page)
{
    for (auto& [event, source, counted] : page.events)
        engine.restore({std::move(event), source_names_.id_of(source), counted});
    if (!page.pardoned.empty()) engine.restore_pardon(page.pardoned);
}

Result<Store::EventsPage> Daemon::read_page(Timestamp since, std::int64_t from)
{
    Store* const store = state_.store();
    if (store == nullptr) return Error{"there is no state database at the moment"};
    return store->events_since(since, from, is_ready_ ? kEventsPage : kEventsBeforeBans);
}

asio::awaitable<Status> Daemon::show_history(Engine& engine, const Config& config)
{
    auto written = co_await write_all();
    if (!written) co_return written.error();
    if (auto shown = show_logins(engine, config); !shown) co_return shown;
    const Timestamp since = system_now() - longest_window(config);
    std::int64_t reached = 0;
    bool has_more = true;
    while (!is_stopping_) {
        co_await asio::post(context_, asio::use_awaitable);
        // The end is reached in one turn with the last commit: nothing comes between.
        if (!has_more) written = co_await write_all();
        if (!written) co_return written.error();
        const bool is_last = !has_more;
        if (auto answers = co_await until_disk_answers(); !answers) co_return answers.error();
        auto page = read_page(since, reached);
        if (!page) co_return page.error();
        reached = page->reached;
        has_more = page->next.has_value();
        show(engine, std::move(*page));
        if (is_last && !has_more) break;
    }
    co_return Done{};
}

}  // namespace mailban::io
