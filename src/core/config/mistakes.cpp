#include "mistakes.h"

#include "mailban/plural.h"

#include <algorithm>
#include <tuple>

namespace mailban {

namespace {
constexpr std::size_t kMostTold = 100;
}

void Mistakes::add(Place place, std::string message)
{
    if (errors_.size() == kMostTold) {
        ++untold_;
        return;
    }
    errors_.push_back({file_, place.line, place.column, std::move(message)});
}

std::vector<ConfigError> Mistakes::take() &&
{
    const auto by_place = [](const ConfigError& left, const ConfigError& right) {
        return std::tie(left.line, left.column) < std::tie(right.line, right.column);
    };
    std::stable_sort(errors_.begin(), errors_.end(), by_place);
    if (untold_ > 0) {
        const auto& last = errors_.back();
        errors_.push_back(
            {file_, last.line, last.column,
             "and " + plural(untold_, "more mistake", "more mistakes") + "; mend these first"});
    }
    return std::move(errors_);
}

std::string to_string(const ConfigError& error)
{
    return error.file + ':' + std::to_string(error.line) + ':' + std::to_string(error.column) +
           ": " + error.message;
}

}  // namespace mailban
