#include "cli/pager.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

namespace mailban::cli {

namespace {

// Those that ask questions, or go on until they are stopped, are not among them.
constexpr std::array<std::string_view, 9> kLongOnes{
    "allow", "bans", "check", "events", "explain", "replay", "report", "scan", "show"};

bool may_be_long(std::span<char*> words)
{
    if (words.size() < 2) return false;
    const bool goes_on = std::ranges::any_of(
        words, [](const std::string_view word) { return word == "--follow" || word == "-f"; });
    return !goes_on && std::ranges::find(kLongOnes, words[1]) != kLongOnes.end();
}

// The program with its arguments, for the shell; "" for none.
std::string wanted_pager()
{
    for (const char* const name : {"MAILBAN_PAGER", "PAGER"}) {
        const char* const value = std::getenv(name);
        if (value != nullptr) return std::string_view(value) == "cat" ? "" : value;
    }
    return {};
}

class PipeBuffer : public std::streambuf {
public:
    explicit PipeBuffer(std::FILE* pipe) : pipe_(pipe) {}

protected:
    int_type overflow(int_type c) override
    {
        if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
        return std::fputc(traits_type::to_char_type(c), pipe_);
    }
    std::streamsize xsputn(const char* text, std::streamsize length) override
    {
        const auto written = std::fwrite(text, 1, static_cast<std::size_t>(length), pipe_);
        return static_cast<std::streamsize>(written);
    }
    int sync() override { return std::fflush(pipe_); }

private:
    std::FILE* pipe_;
};

// As git and man do it, the words are the shell's: a pager may have arguments. 0: not started.
pid_t start(std::string pager, int input)
{
    posix_spawn_file_actions_t actions;
    if (::posix_spawn_file_actions_init(&actions) != 0) return 0;
    pid_t process = 0;
    std::string shell = "sh";
    std::string option = "-c";
    const std::array<char*, 4> words{shell.data(), option.data(), pager.data(), nullptr};
    const bool is_started =
        ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) == 0 &&
        ::posix_spawnp(&process, "sh", &actions, nullptr, words.data(), environ) == 0;
    ::posix_spawn_file_actions_destroy(&actions);
    return is_started ? process : 0;
}

}  // namespace

Pager::Pager(std::span<char*> words)
{
    const bool is_terminal = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    const std::string pager = wanted_pager();
    if (pager.empty() || !is_terminal || !may_be_long(words)) return;
    // less: what fits the screen needs no key, colours are shown, the text stays.
    ::setenv("LESS", "FRX", 0);
    // mailban may run by sudo for somebody who may do nothing else: less starts no shell then.
    ::setenv("LESSSECURE", "1", 1);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
    const auto [reading, writing] = ends;
    process_ = start(pager, reading);
    ::close(reading);
    pipe_ = process_ > 0 ? ::fdopen(writing, "w") : nullptr;
    if (pipe_ == nullptr) {
        ::close(writing);
        return;
    }
    buffer_ = std::make_unique<PipeBuffer>(pipe_);
    under_ = std::cout.rdbuf(buffer_.get());
}

Pager::~Pager()
{
    if (pipe_ == nullptr) return;
    std::cout.flush();
    std::cout.rdbuf(under_);
    std::fclose(pipe_);
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {}
}

}  // namespace mailban::cli
