// UfwFirewall: deny rules with the comment `mailban`, in front of all others.
//
// ufw takes one rule a call and a fifth of a second for it. It believes its own files: after
// somebody flushed the kernel's rules it still lists everything, and adding a rule again does
// nothing. So the kernel is asked too, and `ufw reload` puts right what is missing there.
#pragma once

#include "io/firewall/firewall.h"
#include "io/firewall/ruleset_watch.h"
#include "io/process/process.h"
#include "mailban/firewall/ufw.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

class UfwFirewall final : public Firewall {
public:
    UfwFirewall(PortSet ports, ProcessRunner run) : ports_(std::move(ports)), run_(std::move(run))
    {
    }

    std::string_view name() const noexcept override { return "ufw"; }
    KeepsTime keeps_time() const noexcept override { return KeepsTime::no; }
    std::size_t batch() const noexcept override { return 1; }
    // ufw must be active. Rules of ours for other ports than the configured ones are replaced.
    asio::awaitable<Status> prepare() override;
    asio::awaitable<Result<std::vector<Held>>> list(Timestamp now) override;
    // Goes on after a change that failed; the first failure is the result.
    asio::awaitable<Status> apply(Plan plan, Timestamp now) override;
    asio::awaitable<Status> remove_all() override;
    asio::awaitable<Result<std::string>> describe() override;

    // ufw's own files: somebody has enabled, disabled or reset it, or has edited rules.
    std::optional<std::string> change_since_last_asked() override;

    // Whether ufw is switched on and its chains are in the kernel.
    asio::awaitable<Status> probe();

private:
    // What a file was when it was last looked at; all zero if it is not there.
    struct Mark {
        std::uint64_t inode = 0;
        std::int64_t size = 0;
        std::int64_t modified_seconds = 0;
        std::int64_t modified_nanoseconds = 0;
        bool operator==(const Mark&) const = default;
    };
    static std::vector<Mark> marks();
    void note_changes();
    void listen(const asio::any_io_executor& executor);

    asio::awaitable<Result<std::string>> run(ArgumentVector words);  // that changes nothing
    asio::awaitable<Status> alter(ArgumentVector words);
    asio::awaitable<Result<std::vector<UfwRule>>> added();
    asio::awaitable<Result<std::vector<Prefix>>> dropped();
    asio::awaitable<Status> carry_out(Change change);
    asio::awaitable<Status> take_over(const std::vector<UfwRule>& rules);
    // Whether each of `rules` is in the kernel.
    asio::awaitable<Result<bool>> all_in_kernel(std::vector<UfwRule> rules);

    PortSet ports_;
    ProcessRunner run_;
    std::vector<Mark> marks_{};
    bool is_changed_ = false;   // by somebody else
    bool is_changing_ = false;  // by us, now
    bool is_doubtful_ = false;  // whether nobody else did at the same time
    std::optional<RulesetWatch> watch_{};
};

}  // namespace mailban::io
