// However the input is cut into chunks, the lines and what they consumed are the same.
#include "mailban/envelope/line_splitter.h"

#include <cstdlib>
#include <vector>

namespace {

using mailban::LineSplitter;

void demand(bool condition)
{
    if (!condition) std::abort();
}

std::vector<std::string> split(std::string_view input, std::size_t step, LineSplitter& splitter)
{
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < input.size(); at += step) {
        const auto chunk = input.substr(at, step);
        splitter.feed(chunk);
        while (const auto line = splitter.next()) {
            demand(line->size() <= LineSplitter::kMaxLineLength);
            demand(line->find('\n') == std::string_view::npos);
            lines.emplace_back(*line);
        }
        demand(splitter.consumed() + splitter.pending() == at + chunk.size());
    }
    return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    if (size < 2) return 0;
    const std::size_t step = data[0] * 64U + 1;
    const std::size_t repeat = 1 + data[1];
    std::string input;
    const std::string_view seed(reinterpret_cast<const char*>(data) + 2, size - 2);
    for (std::size_t count = 0; count < repeat && input.size() < 150'000; ++count)
        input += seed;

    LineSplitter whole;
    LineSplitter pieces;
    demand(split(input, input.size() + 1, whole) == split(input, step, pieces));
    demand(whole.consumed() == pieces.consumed() && whole.oversized() == pieces.oversized());
    demand(whole.take_rest() == pieces.take_rest());
    return 0;
}
