#include "mailban/parse/exim_pieces.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace mailban {

namespace {

void append(std::string& line, const EximPiece& piece, std::string_view text)
{
    line += text;
    if (piece.ends_line) line += '\n';
}

}  // namespace

std::deque<EximPieces::Line>::iterator EximPieces::line_of(const EximWriter& writer)
{
    return std::find_if(lines_.begin(), lines_.end(), [&](const Line& line) {
        return line.pid == writer.pid && line.host == writer.host;
    });
}

void EximPieces::drop(const EximWriter& writer)
{
    const auto line = line_of(writer);
    if (line != lines_.end()) lines_.erase(line);
}

void EximPieces::begin(const EximWriter& writer, const EximPiece& piece, std::string_view text)
{
    ++pieces_;
    drop(writer);
    if (text.size() > kLongestLine) return;
    lines_.push_back({std::string(writer.host), writer.pid, piece, {}, pieces_});
    append(lines_.back().text, piece, text);
    make_room();
}

std::optional<std::string> EximPieces::add(const EximWriter& writer, const EximPiece& piece,
                                           std::string_view text)
{
    ++pieces_;
    const auto line = line_of(writer);
    if (line == lines_.end()) return std::nullopt;
    const bool is_next = piece.number == line->last.number + 1 && piece.of == line->last.of &&
                         pieces_ - line->at <= kMostBetween &&
                         line->text.size() + text.size() <= kLongestLine;
    if (!is_next) {
        lines_.erase(line);
        return std::nullopt;
    }
    line->last = piece;
    line->at = pieces_;
    append(line->text, piece, text);
    if (piece.number < piece.of) {
        make_room();
        return std::nullopt;
    }
    auto whole = std::move(line->text);
    lines_.erase(line);
    return whole;
}

void EximPieces::make_room()
{
    const auto add_size = [](std::size_t sum, const Line& line) { return sum + line.text.size(); };
    auto bytes = std::accumulate(lines_.begin(), lines_.end(), std::size_t{0}, add_size);
    while (lines_.size() > kMostLines || bytes > kMostBytes) {
        bytes -= lines_.front().text.size();
        lines_.pop_front();
    }
}

}  // namespace mailban
