#include "io/firewall/ufw_monitor.h"

#include <sys/stat.h>

#include <array>
#include <utility>

namespace mailban::io {

namespace {

// What `ufw` writes when an administrator changes something; the switch first.
constexpr std::array kFiles{"/etc/ufw/ufw.conf", "/etc/ufw/user.rules", "/etc/ufw/user6.rules"};

}  // namespace

// Of the kernel's rules, too: iptables keeps them in tables named filter.
void UfwMonitor::listen(const asio::any_io_executor& executor,
                        std::function<void(std::string_view why)> disturbed)
{
    if (watch_) return;
    auto heard = [this, disturbed = std::move(disturbed)](const RulesetMonitor::Loss& loss) {
        if (!is_changing_) disturbed(to_string(loss));
    };
    auto watch = RulesetMonitor::open(executor, {"filter"}, std::move(heard));
    if (watch) watch_.emplace(std::move(*watch));
}

void UfwMonitor::begin_change()
{
    note_changes();
    is_changing_ = true;
}

void UfwMonitor::end_change()
{
    is_changing_ = false;
    // ufw flushes chains and fills them again. What was done to the rules until now was done by
    // this, or by somebody at the same time; the switch is never ours.
    is_doubtful_ = true;
    auto now = marks();
    if (marks_.front() != now.front()) is_changed_ = true;
    marks_ = std::move(now);
    if (watch_) watch_->forget();
}

std::vector<UfwMonitor::Mark> UfwMonitor::marks()
{
    std::vector<Mark> marks;
    for (const auto* const path : kFiles) {
        struct ::stat st = {};
        if (::stat(path, &st) != 0) st = {};
        marks.push_back({st.st_ino, st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec});
    }
    return marks;
}

void UfwMonitor::note_changes()
{
    auto now = marks();
    if (!marks_.empty() && now != marks_) is_changed_ = true;
    marks_ = std::move(now);
}

std::optional<std::string> UfwMonitor::change_since_last_asked()
{
    note_changes();
    const bool is_doubtful = std::exchange(is_doubtful_, false);
    if (std::exchange(is_changed_, false)) return "ufw's files were changed";
    if (is_doubtful) return std::string();
    return std::nullopt;
}

}  // namespace mailban::io
