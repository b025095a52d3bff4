// Output through a pager, as git and man do it: where standard output and input are a terminal and
// $MAILBAN_PAGER or $PAGER names a program.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <memory>
#include <span>
#include <streambuf>

namespace mailban::cli {

class Pager {
public:
    // Begins, if `words`, the command line, is of a command that may print more than a screen.
    // What std::cout gets goes to the pager until this object ends, which waits until the reader
    // has left it. STDOUT_FILENO stays the terminal.
    explicit Pager(std::span<char*> words);
    ~Pager();
    Pager(const Pager&) = delete;
    Pager& operator=(const Pager&) = delete;

private:
    std::FILE* pipe_ = nullptr;  // null: there is no pager
    pid_t process_ = 0;
    std::unique_ptr<std::streambuf> buffer_{};
    std::streambuf* under_ = nullptr;
};

}  // namespace mailban::cli
