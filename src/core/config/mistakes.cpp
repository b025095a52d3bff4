#include "mistakes.h"

#include "mailban/plural.h"

#include <algorithm>
#include <tuple>

namespace mailban {

namespace {
constexpr std::size_t kMostTold = 100;

void sort_by_place(std::vector<ConfigError>& errors)
{
    const auto by_place = [](const ConfigError& left, const ConfigError& right) {
        return std::tie(left.line, left.column) < std::tie(right.line, right.column);
    };
    std::stable_sort(errors.begin(), errors.end(), by_place);
}

}  // namespace

void Mistakes::add(Place place, std::string message)
{
    if (errors_.size() == kMostTold) {
        ++untold_;
        return;
    }
    errors_.push_back({file_, place.line, place.column, std::move(message)});
}

// A map has each key at most once, so there are no more of them than renamed keys.
void Mistakes::warn(Place place, const std::string& message)
{
    warnings_.push_back({file_, place.line, place.column, message});
}

std::vector<ConfigError> Mistakes::take() &&
{
    sort_by_place(errors_);
    if (untold_ > 0) {
        const auto& last = errors_.back();
        errors_.push_back(
            {file_, last.line, last.column,
             "and " + plural(untold_, "more error", "more errors") + "; correct these first"});
    }
    return std::move(errors_);
}

std::vector<std::string> Mistakes::take_warnings() &&
{
    sort_by_place(warnings_);
    std::vector<std::string> texts;
    texts.reserve(warnings_.size());
    for (const ConfigError& warning : warnings_)
        texts.push_back(to_string(warning));
    return texts;
}

std::string to_string(const ConfigError& error)
{
    return error.file + ':' + std::to_string(error.line) + ':' + std::to_string(error.column) +
           ": " + error.message;
}

}  // namespace mailban
