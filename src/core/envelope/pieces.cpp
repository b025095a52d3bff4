#include "pieces.h"

#include <algorithm>

namespace mailban {

std::vector<Pieces::Open>::iterator Pieces::find(std::string_view writer)
{
    return std::find_if(open_.begin(), open_.end(),
                        [&](const Open& one) { return one.writer == writer; });
}

void Pieces::add(std::string_view writer, std::string_view piece)
{
    auto open = find(writer);
    if (open == open_.end()) {
        if (open_.size() == kMost) {
            bytes_ -= open_.front().text.size();
            open_.erase(open_.begin());
        }
        open_.push_back({.writer = std::string(writer)});
        open = std::prev(open_.end());
    }
    if (open->is_lost) return;
    if (open->text.size() + piece.size() > kLongest || bytes_ + piece.size() > kMostBytes) {
        bytes_ -= open->text.size();
        open->text = {};
        open->is_lost = true;
        return;
    }
    open->text.append(piece);
    bytes_ += piece.size();
}

std::optional<std::string_view> Pieces::finish(std::string_view writer, std::string_view piece)
{
    if (open_.empty()) return piece;
    const auto open = find(writer);
    if (open == open_.end()) return piece;
    const bool is_lost = open->is_lost || open->text.size() + piece.size() > kLongest;
    bytes_ -= open->text.size();
    joined_ = std::move(open->text);
    open_.erase(open);
    if (is_lost) return std::nullopt;
    return joined_.append(piece);
}

}  // namespace mailban
