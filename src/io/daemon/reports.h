// Reports: what the daemon knows of itself, as values. It changes nothing.
#pragma once

#include "io/daemon/rooms.h"
#include "mailban/control/report.h"

#include <string>

namespace mailban::io {

class Reports {
public:
    // `blind_advice`: where this machine's mail logs are, while none of them is seen.
    Reports(const Rooms& rooms, const std::string& blind_advice)
        : rooms_(rooms), blind_advice_(blind_advice)
    {
    }

    StatusReport status(Timestamp now) const;
    // Reads the database, for some milliseconds at most.
    ShowReport show(const IpAddress& ip, Timestamp now) const;
    FirewallReport firewall() const;

private:
    void add_counters(StatusReport& report) const;
    void add_judgement(StatusReport& report, Timestamp now) const;
    void add_breaches(StatusReport& report, Timestamp now) const;
    BreachReport report_of(const Breach& breach, Timestamp now) const;
    TroubleReport troubles(const std::vector<SourceReport>& sources, Timestamp now) const;
    std::vector<std::string> warnings(const std::vector<SourceReport>& sources,
                                      Timestamp now) const;
    void add_stored(ShowReport& report, const IpAddress& ip, Store& store) const;

    const Rooms& rooms_;
    const std::string& blind_advice_;
};

}  // namespace mailban::io
