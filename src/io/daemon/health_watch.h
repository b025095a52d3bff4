// HealthWatch: judges every few seconds whether the daemon guards this machine, and says so to the
// log, the hooks and systemd.
#pragma once

#include "io/daemon/reports.h"
#include "io/daemon/rooms.h"
#include "mailban/control/health.h"

#include <map>
#include <optional>
#include <string>

namespace mailban::io {

class HealthWatch {
public:
    explicit HealthWatch(const Rooms& rooms) : rooms_(rooms), reports_(rooms, blind_advice_) {}
    HealthWatch(const HealthWatch&) = delete;
    HealthWatch& operator=(const HealthWatch&) = delete;

    const Reports& reports() const noexcept { return reports_; }

    // With each tick of the daemon: judges where it is time, tells what is new, and answers
    // systemd's watchdog. Looks at files of logs once a minute, while none has a line of mail.
    void tick(Timestamp now);
    // The next tick judges, however short ago that was done.
    void judge_soon();
    // The same, and looks at all logs' files again: after a reload.
    void look_again();

private:
    void judge(Timestamp now);
    void follow_enforcement(const FirewallReport& firewall, Timestamp now);
    void tell_findings(Timestamp now);
    void tell_of_firewall(const FirewallReport& firewall, Timestamp now);
    void note_blind(const std::string& why, Timestamp now);
    std::string status_text(const FirewallReport& firewall) const;
    std::string summary() const;

    const Rooms& rooms_;
    std::string blind_advice_{};
    Reports reports_;
    Health health_{};
    Timestamp judged_{};
    Timestamp looked_back_{};
    std::map<std::string, Timestamp> told_{};  // findings, and when they were there last
    bool is_blind_ = false;
    bool is_degraded_told_ = false;
    std::optional<Timestamp> pending_since_{};  // since when the firewall lags behind
    std::string announced_{};                   // to systemd
};

}  // namespace mailban::io
