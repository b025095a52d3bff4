#include "io/source/successor_files.h"

#include <utility>
#include <vector>

namespace mailban::io {

namespace {

// How often it is tried again at once while files are being renamed.
constexpr int kRounds = 5;

RotationChain::Opening opening_of(Refusal refusal)
{
    switch (refusal) {
    case Refusal::none: return RotationChain::Opening::done;
    case Refusal::absent: return RotationChain::Opening::absent;
    case Refusal::exhausted:
    case Refusal::refused: break;
    }
    return RotationChain::Opening::refused;
}

}  // namespace

SuccessorFiles::SearchResult SuccessorFiles::open_all(const LogDirectory& directory,
                                                      FileWatcher::Waiter& waiter)
{
    problem_.clear();
    chain_.begin_round();
    std::erase_if(opened_, [this](const auto& one) { return !chain_.is_opened(one.first); });
    for (int attempt = 0; attempt < kRounds; ++attempt) {
        if (!open_some(directory, waiter)) return SearchResult::exhausted;
        if (chain_.is_settled()) return SearchResult::settled;
    }
    return SearchResult::busy;
}

// One attempt at each. False: no more files can be opened.
bool SuccessorFiles::open_some(const LogDirectory& directory, FileWatcher::Waiter& waiter)
{
    waiter.catch_up();
    std::vector<std::pair<RotationChain::Attempt, LogFile::Opened>> attempts;
    for (auto& attempt : chain_.to_open()) {
        auto opened = LogFile::open(directory.path() + "/" + attempt.name);
        if (opened.refusal == Refusal::exhausted) {
            problem_ = std::move(opened.problem);
        } else {
            attempts.emplace_back(std::move(attempt), std::move(opened));
        }
    }
    chain_.history().begin_sync();
    if (const auto synced = directory.sync(); !synced) {
        problem_ = synced.error().message;
        return false;
    }
    waiter.catch_up();
    chain_.history().end_sync();
    for (auto& [attempt, opened] : attempts) {
        if (!chain_.note(attempt, opening_of(opened.refusal))) continue;
        opened_.insert_or_assign(attempt.id, std::move(opened));
    }
    return problem_.empty();
}

std::optional<SuccessorFiles::Successor> SuccessorFiles::take_next()
{
    const auto next = chain_.next();
    if (!next) return std::nullopt;
    chain_.drop_next();
    auto node = opened_.extract(next->id);
    if (node.empty()) return Successor{};
    return Successor{std::move(node.mapped().file), std::move(node.mapped().problem)};
}

}  // namespace mailban::io
