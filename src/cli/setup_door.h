// `mailban setup --door`: mail servers of this machine that are to ask mailban.
#pragma once

#include "mailban/config/amend.h"
#include "mailban/config/config.h"
#include "mailban/result.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mailban::cli {

// What is to be written into one server's configuration.
struct DoorFile {
    std::string server{};  // "Dovecot"
    std::string path{};
    std::optional<std::string> before{};
    std::string after{};
    unsigned mode = 0644;                            // of a new file
    std::vector<std::vector<std::string>> checks{};  // programs that must succeed with it
    std::string must_show{};                         // that the last of them prints then
    std::vector<std::vector<std::string>> reload{};
};

struct DoorPlan {
    PolicySettings policy{};  // of mailban's own configuration then
    std::string key{};        // Dovecot's, new or that of key_file
    bool is_key_new = false;
    std::vector<DoorFile> files{};
    std::vector<std::string> remarks{};  // why a server is left out
};

// Looks at Dovecot, Postfix and Exim as Debian installs them. Changes nothing.
Result<DoorPlan> plan_door(const Config& config);

// Writes the files one after the other, with a record for --undo. A file that its server's own
// check refuses is taken back at once. `ask` asks the administrator. The exit code.
int write_door(const DoorPlan& plan, const std::string& record_path,
               const std::function<bool(const std::string&)>& ask);

// How the servers whose files these are read them again, a command a line; after an undo.
std::vector<std::string> door_reloads(const std::vector<std::string>& paths);

}  // namespace mailban::cli
