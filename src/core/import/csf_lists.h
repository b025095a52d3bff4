// Lists of csf: csf.allow, csf.deny and the like.
#pragma once

#include "mailban/import/csf.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

// A line of a list that names somebody.
struct CsfEntry {
    std::string place{};    // "csf.deny:12"
    std::string text{};     // without its comment
    std::string comment{};  // without the sign
};

// All of them, those of included files, too. Names of files that are not there go into `absent`.
std::vector<CsfEntry> csf_entries(const CsfFiles& files, const std::string& name,
                                  std::vector<std::string>& absent);

// An address or block, plain or of a filter such as "tcp|in|d=25|s=192.0.2.7". What of it concerns
// mail clients:
struct CsfSubject {
    std::string text{};     // the address, block or name
    std::string problem{};  // why it is not carried; empty: it is
    bool is_filter = false;
};
CsfSubject read_csf_subject(std::string_view text);

}  // namespace mailban
