// run_program: a program by its argument vector, bounded in time and in output. Never a shell.
//
// The program gets an environment of PATH, LANG=C and, where systemd has given us secrets
// (LoadCredential=), CREDENTIALS_DIRECTORY, the folder in which they lie; /dev/null as its input,
// none of our descriptors, and a process group of its own, so that at the end of its time all that
// it started goes with it.
#pragma once

#include "io/asio.h"
#include "mailban/result.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace mailban::io {

struct ProcessLimits {
    std::chrono::milliseconds time = std::chrono::seconds(10);
    std::size_t output = 16U << 20U;  // bytes kept of each stream; the rest is read and dropped
};

struct ProcessResult {
    int exit_code = 0;  // 128 + N where signal N ended it, as a shell says it
    std::string output{};
    std::string errors{};
    bool operator==(const ProcessResult&) const = default;
};

// The seam for tests: how backends run programs.
using ProcessRunner = std::function<asio::awaitable<Result<ProcessResult>>(
    std::vector<std::string> words, ProcessLimits limits)>;

// `words[0]` is a path, or a name that is looked for in the system's own folders, whatever PATH we
// were started with. An exit code other than 0 is a result, not an error; an error is a program
// that cannot be started or did not end in time.
asio::awaitable<Result<ProcessResult>> run_program(std::vector<std::string> words,
                                                   ProcessLimits limits);

// Where run_program() finds a program of that name; the name itself where it does not.
std::string find_program(const std::string& name);

// "ufw prepend deny ...: ERROR: You need to be root" for a message about what went wrong.
std::string describe_failure(const std::vector<std::string>& words, const ProcessResult& result);

}  // namespace mailban::io
