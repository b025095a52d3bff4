// A line on stderr that says how far a long reading has come; nothing where stderr is no terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace mailban::cli {

struct ReadSoFar {
    std::uint64_t lines = 0;
    std::uint64_t bytes = 0;  // of text
    std::uint64_t done = 0;   // bytes of the files, compressed as they are
    std::uint64_t total = 0;  // of these; 0: nobody knows
};

// "[#####     ] 52 %  1,234,567 lines/s  118.2 MB/s  12s left"; without a total no bar and no rest.
std::string progress_text(const ReadSoFar& so_far, double seconds, std::size_t width);

class Progress {
public:
    enum class Shown { if_terminal, never };
    explicit Progress(Shown shown);
    ~Progress() { clear(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // Draws, but no more than ten times a second.
    void show(const ReadSoFar& so_far);
    // Takes the line away, for something else to be printed.
    void clear();

private:
    using Clock = std::chrono::steady_clock;

    bool shown_;
    bool drawn_ = false;
    Clock::time_point begun_ = Clock::now();
    Clock::time_point last_ = begun_;
};

}  // namespace mailban::cli
