// Output to a terminal: lines that are too wide for it go on below, at a blank.
#pragma once

#include <memory>
#include <streambuf>

namespace mailban::cli {

// While it lives, std::cout wraps lines, if stdout is a terminal. What programs read must not be
// wrapped: there is none for JSON and CSV.
class WrappedOutput {
public:
    WrappedOutput();
    ~WrappedOutput();
    WrappedOutput(const WrappedOutput&) = delete;
    WrappedOutput& operator=(const WrappedOutput&) = delete;

private:
    std::unique_ptr<std::streambuf> buffer_{};
    std::streambuf* under_ = nullptr;
};

}  // namespace mailban::cli
