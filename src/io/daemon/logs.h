// Logs: which logs are followed, over reloads, and as logs of this machine come and go.
#pragma once

#include "io/asio.h"
#include "io/daemon/intake.h"
#include "io/daemon/sources.h"
#include "io/daemon/state.h"
#include "io/discover/discover.h"
#include "mailban/config/config.h"
#include "mailban/event/source.h"

#include <memory>
#include <string>
#include <vector>

namespace mailban::io {

class Logs {
public:
    Logs(asio::io_context& context, SourceNames& names, Intake& intake, State& state,
         const Config& config);

    // Reads where earlier runs stopped. Nothing is followed before start().
    Status prepare();
    void start() { sources_->start(); }
    // Other logs, where `next` names others than the configuration in force; nothing else changes
    // for those that stay, not even their counts. ready() reads what is needed and may fail;
    // change_to() takes it up, after the configuration was exchanged.
    struct Readied {
        Found found{};
        std::unique_ptr<Sources> sources{};  // nullptr: they stay
    };
    Result<Readied> ready(const Config& next, Found found);
    void change_to(Readied readied);
    void stop();

    // The mail logs that this machine turns out to have, looked for in small steps.
    asio::awaitable<Found> search() const;
    // With `sources: auto`, looks for this machine's logs each minute, until stop().
    asio::awaitable<void> keep_discovering();
    // To be called each minute.
    void look_after(Timestamp now);
    // To the log: what was found, and what of it cannot be read.
    void report_found(const std::string& config_path) const;

    Sources& sources() const noexcept { return *sources_; }
    const Found& found() const noexcept { return found_; }

private:
    Result<std::unique_ptr<Sources>> make(const Config& config, const Found& found) const;
    SourcesSink sink() const;
    void take_found(Found found);

    asio::io_context& context_;
    SourceNames& names_;
    Intake& intake_;
    State& state_;
    const Config& config_;
    Found found_{};  // by `sources: auto`
    std::unique_ptr<Sources> sources_{};
    std::vector<std::unique_ptr<Sources>> retired_{};  // until they are idle
    asio::steady_timer timer_;
    bool is_stopped_ = false;
};

}  // namespace mailban::io
