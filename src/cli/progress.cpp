#include "cli/progress.h"

#include "cli/terminal.h"
#include "mailban/time/time.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace mailban::cli {

namespace {

std::string with_commas(std::uint64_t number)
{
    auto digits = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

std::string bar_of(double share, std::size_t width)
{
    const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
    const auto percent = std::to_string(static_cast<int>(share * 100));
    return "[" + std::string(full, '#') + std::string(width - full, ' ') + "] " + percent + " %  ";
}

std::string rate_of(const ReadSoFar& so_far, double seconds)
{
    const auto lines = static_cast<std::uint64_t>(static_cast<double>(so_far.lines) / seconds);
    const auto tenths =
        static_cast<std::uint64_t>(static_cast<double>(so_far.bytes) / 1e5 / seconds);
    return with_commas(lines) + " lines/s  " + std::to_string(tenths / 10) + "." +
           std::to_string(tenths % 10) + " MB/s";
}

}  // namespace

std::string progress_text(const ReadSoFar& so_far, double seconds, std::size_t width)
{
    seconds = std::max(seconds, 0.001);
    const auto rate = rate_of(so_far, seconds);
    if (so_far.total == 0) return with_commas(so_far.lines) + " lines  " + rate;
    const double share =
        std::min(1.0, static_cast<double>(so_far.done) / static_cast<double>(so_far.total));
    std::string text = bar_of(share, width > 80 ? 30 : 12) + rate;
    if (share > 0.01) {
        const auto left = std::chrono::duration<double>(seconds * (1 - share) / share);
        text += "  " + format_duration(std::chrono::duration_cast<Duration>(left)) + " left";
    }
    return text;
}

Progress::Progress(Shown shown)
    : shown_(shown == Shown::if_terminal && ::isatty(STDERR_FILENO) == 1)
{
}

void Progress::show(const ReadSoFar& so_far)
{
    if (!shown_) return;
    const auto now = Clock::now();
    if (now - last_ < std::chrono::milliseconds(100)) return;
    last_ = now;
    drawn_ = true;
    const auto width = terminal_width(STDERR_FILENO);
    const std::chrono::duration<double> seconds = now - begun_;
    std::cerr << "\r\033[K" << progress_text(so_far, seconds.count(), width).substr(0, width - 1)
              << std::flush;
}

void Progress::clear()
{
    if (drawn_) std::cerr << "\r\033[K" << std::flush;
    drawn_ = false;
}

}  // namespace mailban::cli
