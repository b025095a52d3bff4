// A labelled log: the raw bytes of a real server, and what its driver knows each line to mean.
#pragma once

#include "mailban/net/ip_address.h"

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mailban::test {

struct Label {
    std::string label{};                   // auth_failure, auth_success, other
    std::string kind{};                    // finer
    std::optional<IpAddress> ip{};         // in the line, or certain from what stood before it
    std::optional<std::string> account{};  // as the log has it
    std::optional<int> client_port{};
    std::optional<unsigned> attempts{};  // where one line tells of several
    bool deceptive =
        false;  // a client's or a remote server's text imitates an address or a failure
};

struct LabelledLog {
    std::string name{};
    std::vector<std::string> lines{};               // split at LF only
    std::map<std::size_t, Label> labels{};          // by 1-based number of the line
    const Label& label_of(std::size_t line) const;  // unlabelled lines are `other`
};

// Every NAME.log with its NAME.labels.jsonl in `folder`, by name.
std::vector<LabelledLog> read_labelled_logs(const std::filesystem::path& folder);

}  // namespace mailban::test
