// UfwByHelper: ufw for a daemon that is not root, through the helper that is (mailban-ufw).
//
// ufw runs for root alone. The helper takes nothing but prefixes (mailban/firewall/ufw_request.h);
// which ports a ban closes it reads from the configuration itself. Whether somebody else has
// changed ufw's rules is seen from here: that takes no right to read them.
#pragma once

#include "io/firewall/firewall.h"
#include "io/firewall/ufw_monitor.h"
#include "io/firewall/ufw_settings.h"
#include "mailban/firewall/ufw_request.h"

#include <chrono>
#include <string>
#include <utility>

namespace mailban::io {

inline constexpr const char* kUfwHelperSocket = "/run/mailban-ufw.sock";

class UfwByHelper final : public Firewall {
public:
    explicit UfwByHelper(const asio::any_io_executor& executor, std::string path = kUfwHelperSocket)
        : path_(std::move(path)), helper_(executor)
    {
    }

    std::string_view name() const noexcept override { return "ufw"; }
    KeepsTime keeps_time() const noexcept override { return KeepsTime::no; }
    std::size_t batch() const noexcept override { return 1; }
    std::optional<std::string> why_no_ipv6() const override { return why_ufw_has_no_ipv6(); }
    // The helper mends what does not stand whenever it is asked for a list.
    asio::awaitable<Status> prepare() override;
    asio::awaitable<Result<std::vector<Held>>> list(Timestamp now) override;
    // Goes on after a change that failed; the first failure is the result.
    asio::awaitable<Status> apply(Plan plan, Timestamp now) override;
    asio::awaitable<Status> remove_all() override;
    asio::awaitable<Result<std::string>> describe() override;
    asio::awaitable<Status> may_change() override { return probe(); }
    std::optional<std::string> change_since_last_asked() override
    {
        return watch_.change_since_last_asked();
    }

    // Whether ufw is switched on and the helper can be reached. Asks it for nothing.
    asio::awaitable<Status> probe();

private:
    using Answer = Result<std::vector<Held>>;

    asio::awaitable<Status> connect();
    asio::awaitable<Answer> ask(UfwRequest request);
    asio::awaitable<Answer> exchange(std::string line);
    asio::awaitable<Status> alter(UfwRequest request);

    std::string path_;
    asio::local::stream_protocol::socket helper_;
    UfwMonitor watch_{};
};

}  // namespace mailban::io
