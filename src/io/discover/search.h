// Search: one look at this machine for mail logs, in portions of a few milliseconds each.
#pragma once

#include "io/discover/discover.h"
#include "io/source/journal.h"

#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mailban::io {

class Search {
public:
    explicit Search(DiscoverOptions options);

    // Looks at the next portion; false: that was all.
    bool step();
    // What was found; to be called once, when step() has said so.
    Found take();

    // For the parts of it (files.cpp, containers.cpp, entries.cpp).
    void later(std::function<void()> portion) { portions_.push_back(std::move(portion)); }
    // The file is followed, unless it is already under this or another name.
    void add_file(const std::string& path);
    void add_unit(const std::string& unit);
    void add_identifier(const std::string& identifier);
    void add_container(const std::string& name);
    void remark(std::string text);
    bool has_unit(const std::string& unit) const { return units_.contains(unit); }
    bool has_units() const noexcept { return !units_.empty(); }
    // The journal, open from now on; false: there is none, or none that may be read.
    bool open_journal();
    Journal& journal() { return *journal_; }
    const DiscoverOptions& options() const noexcept { return options_; }
    // A path of this machine, below the root that is looked at.
    std::string at(std::string_view path) const { return options_.root + std::string(path); }

private:
    SourceConfig& add_journal();

    DiscoverOptions options_;
    std::deque<std::function<void()>> portions_{};
    Found found_{};
    std::optional<Journal> journal_{};
    std::set<std::pair<std::uint64_t, std::uint64_t>> files_{};  // device, inode
    std::set<std::string> paths_{};
    std::set<std::string> units_{};
};

// The parts: each leaves portions with the search.
void search_files(Search& search);       // first: units, then files
void search_containers(Search& search);  // files of containers' output
void search_journal(Search& search);     // last: what the journal has and no unit's file tells

// Names in a folder, at most some thousands; nothing if it cannot be listed.
std::vector<std::string> names_in(const std::string& folder);
// The beginning of a file, at most `most` bytes; empty if it cannot be read.
std::string read_beginning(const std::string& path, std::size_t most);

}  // namespace mailban::io
