// Trusted: whom the daemon never bans, as files, host names and the machine itself say. What an
// administrator says by command goes to the engine directly.
#pragma once

#include "io/allow/allow_files.h"
#include "io/allow/host_names.h"
#include "io/daemon/intake.h"
#include "io/daemon/state.h"
#include "mailban/config/config.h"
#include "mailban/control/allowed_report.h"

#include <string>
#include <vector>

namespace mailban::io {

class Trusted {
public:
    Trusted(asio::io_context& context, Intake& intake, State& state);

    // From now on these files and names; what they say stands in the engine when it returns. An
    // error: what earlier runs knew of names cannot be read.
    Status configure(const AllowConfig& config);
    // The machine's own addresses, gateways and networks of containers; to be asked each minute.
    void look_at_machine();

    // Follows files and names until stop().
    void start();
    void stop();

    // What names stand for, to a new database.
    void note_names(Recorder& recorder) const;
    std::vector<std::string> warnings() const;
    // Files and names, into a report's first page.
    void add_to(AllowedReport& report) const;

private:
    Status configure_names(const std::vector<std::string>& names);
    void take_file(const AllowedFile& file);
    void take_name(const ResolvedName& name);
    void let_in();

    asio::io_context& context_;
    Intake& intake_;
    State& state_;
    AllowFiles files_;
    HostNames names_;
};

}  // namespace mailban::io
