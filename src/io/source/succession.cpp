#include "io/source/succession.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace mailban::io {

namespace {

// How often it is tried again at once while files are being renamed.
constexpr int kAttempts = 5;

}  // namespace

Succession::Outcome Succession::open_all(const LogDirectory& directory, Watcher::Bell& bell)
{
    problem_.clear();
    // What was refused may be granted now; what was lost sight of is nobody's heir.
    const auto is_stale = [this](const auto& opened) {
        return !opened.second.file ||
               std::ranges::find(history_.files(), opened.first, &NameHistory::File::number) ==
                   history_.files().end();
    };
    std::erase_if(opened_, is_stale);
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        if (!open_some(directory, bell)) return Outcome::exhausted;
        const auto known = [this](const auto& file) { return is_known(file); };
        if (std::ranges::all_of(history_.files(), known)) return Outcome::settled;
    }
    return Outcome::busy;
}

bool Succession::is_known(const NameHistory::File& file) const
{
    return file.is_gone() || opened_.contains(file.number);
}

// One attempt at each. False: no more files can be opened.
bool Succession::open_some(const LogDirectory& directory, Watcher::Bell& bell)
{
    bell.catch_up();
    std::vector<std::pair<NameHistory::File, LogFile::Opened>> attempts;
    for (const auto& file : history_.files()) {
        if (is_known(file) || file.name.empty()) continue;
        attempts.emplace_back(file, LogFile::open(directory.path() + "/" + file.name));
        if (attempts.back().second.refusal != Refusal::exhausted) continue;
        problem_ = attempts.back().second.problem;
        attempts.pop_back();
    }
    history_.expect();
    if (const auto synced = directory.sync(); !synced) {
        problem_ = synced.error().message;
        return false;
    }
    bell.catch_up();
    history_.settle();
    for (auto& attempt : attempts) {
        const auto& tried = attempt.first;
        const auto same = [&](const NameHistory::File& now) {
            return now.number == tried.number && now.moves == tried.moves;
        };
        if (std::ranges::any_of(history_.files(), same)) {
            opened_.emplace(tried.number, std::move(attempt.second));
        }
    }
    return problem_.empty();
}

std::optional<Succession::Heir> Succession::next()
{
    while (!history_.files().empty()) {
        const auto& file = history_.files().front();
        const bool is_named = file.name == history_.log_name();
        const auto found = opened_.find(file.number);
        if (found == opened_.end()) return std::nullopt;
        auto& [log_file, refusal, problem] = found->second;
        if (log_file) return Heir{&*log_file, is_named, {}};
        // Nothing has the name: the log's next file will be told of.
        if (refusal == Refusal::absent) {
            drop_next();
            continue;
        }
        if (is_named) problem_ = problem;
        if (is_named) return std::nullopt;
        return Heir{nullptr, false, problem};
    }
    return std::nullopt;
}

void Succession::drop_next()
{
    const auto number = history_.files().front().number;
    history_.take(number);
    opened_.erase(number);
}

std::size_t Succession::count_gone() const
{
    std::size_t count = 0;
    for (const auto& file : history_.files()) {
        if (!file.is_gone() || opened_.contains(file.number)) break;
        ++count;
    }
    return count;
}

}  // namespace mailban::io
