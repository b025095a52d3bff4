#include "mailban/rotation/rotation_chain.h"

#include <algorithm>

namespace mailban {

void RotationChain::begin_round()
{
    const auto is_stale = [this](const auto& opening) {
        return opening.second != Opening::done ||
               std::ranges::find(history_.files(), opening.first, &NameHistory::File::id) ==
                   history_.files().end();
    };
    std::erase_if(openings_, is_stale);
}

std::vector<RotationChain::Attempt> RotationChain::to_open() const
{
    std::vector<Attempt> attempts;
    for (const auto& file : history_.files()) {
        if (file.name.empty() || opening_of(file.id) != nullptr) continue;
        attempts.push_back({file.id, file.name, file.moves});
    }
    return attempts;
}

bool RotationChain::note(const Attempt& attempt, Opening opening)
{
    const auto is_same = [&](const NameHistory::File& file) {
        return file.id == attempt.id && file.moves == attempt.moves;
    };
    if (std::ranges::none_of(history_.files(), is_same)) return false;
    openings_.emplace(attempt.id, opening);
    return true;
}

bool RotationChain::is_settled() const
{
    return std::ranges::all_of(history_.files(), [this](const NameHistory::File& file) {
        return file.is_gone() || opening_of(file.id) != nullptr;
    });
}

bool RotationChain::is_opened(std::uint64_t id) const
{
    const auto* const opening = opening_of(id);
    return opening != nullptr && *opening == Opening::done;
}

std::optional<RotationChain::Successor> RotationChain::next()
{
    while (!history_.files().empty()) {
        const auto id = history_.files().front().id;
        const auto* const opening = opening_of(id);
        if (opening == nullptr || is_blocked()) return std::nullopt;
        if (*opening != Opening::absent) return Successor{id, *opening};
        // Nothing has the name: the log's next file will be reported.
        drop_next();
    }
    return std::nullopt;
}

void RotationChain::drop_next()
{
    const auto id = history_.files().front().id;
    history_.drop(id);
    openings_.erase(id);
}

bool RotationChain::is_blocked() const
{
    if (history_.files().empty()) return false;
    const auto& file = history_.files().front();
    const auto* const opening = opening_of(file.id);
    return opening != nullptr && *opening == Opening::refused && file.name == history_.log_name();
}

std::size_t RotationChain::count_gone() const
{
    const auto& files = history_.files();
    const auto first = std::ranges::find_if_not(files, [this](const NameHistory::File& file) {
        return file.is_gone() && opening_of(file.id) == nullptr;
    });
    return static_cast<std::size_t>(first - files.begin());
}

const RotationChain::Opening* RotationChain::opening_of(std::uint64_t id) const
{
    const auto found = openings_.find(id);
    return found == openings_.end() ? nullptr : &found->second;
}

}  // namespace mailban
