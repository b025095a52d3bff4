#include "mailban/envelope/line_splitter.h"

#include <cassert>
#include <utility>

namespace mailban {

void LineSplitter::feed(std::string_view chunk) noexcept
{
    assert(chunk_.empty());
    chunk_ = chunk;
}

std::optional<std::string_view> LineSplitter::next()
{
    while (!chunk_.empty()) {
        const auto length = chunk_.find('\n');
        // Nearly every line lies whole in its chunk.
        if (pending_ == 0 && length <= kMaxLineLength) {
            const auto line = chunk_.substr(0, length);
            chunk_.remove_prefix(length + 1);
            consumed_ += length + 1;
            return line;
        }
        if (length == std::string_view::npos) {
            keep(chunk_);
            chunk_ = {};
            break;
        }
        const auto end = chunk_.substr(0, length);
        chunk_.remove_prefix(length + 1);
        ++consumed_;
        if (const auto line = finish_line(end)) return line;
    }
    return std::nullopt;
}

std::optional<std::string_view> LineSplitter::take_rest() noexcept
{
    if (pending_ == 0) return std::nullopt;
    return finish_line({});
}

void LineSplitter::reset() noexcept
{
    *this = LineSplitter();
}

void LineSplitter::keep(std::string_view bytes)
{
    if (pending_ == 0) partial_.clear();
    pending_ += bytes.size();
    if (pending_ <= kMaxLineLength) partial_.append(bytes);
}

std::optional<std::string_view> LineSplitter::finish_line(std::string_view end)
{
    const auto kept = std::exchange(pending_, 0);
    consumed_ += kept + end.size();
    if (kept + end.size() > kMaxLineLength) {
        ++oversized_;
        return std::nullopt;
    }
    if (kept == 0) return end;
    return partial_.append(end);
}

}  // namespace mailban
