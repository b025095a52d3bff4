#include "io/process/process.h"

#include <fcntl.h>
#include <signal.h>  // NOLINT: POSIX, not C++
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace mailban::io {

namespace {

using StreamDescriptor = asio::posix::stream_descriptor;

constexpr std::array<const char*, 6> kFolders{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                              "/usr/bin",        "/sbin",          "/bin"};
constexpr const char* kPathVariable =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

Error process_failure(const std::string& what, int code)
{
    return Error{what + ": " + std::strerror(code)};
}

struct SpawnSettings {
    SpawnSettings()
    {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
    }
    ~SpawnSettings()
    {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
};

void prepare(SpawnSettings& settings, int output, int errors)
{
    auto* actions = &settings.actions;
    posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(actions, errors, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);

    // A daemon blocks or ignores signals that its children must not inherit.
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&settings.attributes, &none);
    posix_spawnattr_setsigdefault(&settings.attributes, &all);
    posix_spawnattr_setpgroup(&settings.attributes, 0);
    posix_spawnattr_setflags(&settings.attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                       POSIX_SPAWN_SETSIGDEF);
}

// "CREDENTIALS_DIRECTORY=/run/credentials/mailban.service"; empty: systemd has given us none.
std::string credentials()
{
    constexpr const char* kName = "CREDENTIALS_DIRECTORY";
    const char* const directory = std::getenv(kName);
    if (directory == nullptr || *directory != '/') return {};
    return std::string(kName) + "=" + directory;
}

Result<pid_t> spawn(std::vector<std::string> words, int output, int errors)
{
    SpawnSettings settings;
    prepare(settings, output, errors);
    const auto program = find_program(words.front());
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::string path = kPathVariable;
    std::string language = "LANG=C";
    std::string secrets = credentials();
    std::array<char*, 4> environment{path.data(), language.data(),
                                     secrets.empty() ? nullptr : secrets.data(), nullptr};

    pid_t pid = 0;
    const int code = posix_spawn(&pid, program.c_str(), &settings.actions, &settings.attributes,
                                 arguments.data(), environment.data());
    if (code != 0) return process_failure("cannot run " + words.front(), code);
    return pid;
}

Result<std::array<int, 2>> open_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return process_failure("cannot open a pipe", errno);
    return ends;
}

// One program that runs; whoever lets go of it ends it, and all that it started.
class Child {
public:
    Child(const asio::any_io_executor& executor, pid_t pid) : pid_(pid), exited_(executor)
    {
        // glibc 2.34 knows the number but not the function.
        const long fd = ::syscall(SYS_pidfd_open, pid, 0);
        if (fd >= 0) exited_.assign(static_cast<int>(fd));
    }
    ~Child() { end(); }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    bool is_watched() const noexcept { return exited_.is_open(); }

    // Returns when the program has ended, or early if it is no longer waited for.
    asio::awaitable<void> wait()
    {
        boost::system::error_code error;
        // Asio may wake a wait for what it learned of the last descriptor of that number.
        while (!error && !has_exited()) {
            const auto [code] = co_await exited_.async_wait(StreamDescriptor::wait_read, kNoThrow);
            error = code;
        }
    }

    // Ends the whole group, then collects the exit code. The order matters: until it is collected,
    // nobody else can be given its number.
    int end()
    {
        if (pid_ == 0) return code_;
        ::kill(-pid_, SIGKILL);
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {}
        pid_ = 0;
        code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        return code_;
    }

private:
    bool has_exited() const
    {
        siginfo_t info = {};
        const auto id = static_cast<id_t>(pid_);
        return ::waitid(P_PID, id, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
    }

    pid_t pid_;
    int code_ = 0;
    StreamDescriptor exited_;
};

asio::awaitable<void> read_all(StreamDescriptor& from, std::string& text, std::size_t most)
{
    std::array<char, 16384> bytes{};
    for (;;) {
        const auto buffer = asio::buffer(bytes);
        const auto [error, size] = co_await from.async_read_some(buffer, kNoThrow);
        if (error) co_return;
        text.append(bytes.data(), std::min(size, most - text.size()));
    }
}

asio::awaitable<void> collect(Child& child, StreamDescriptor& output, StreamDescriptor& errors,
                              ProcessResult& result, std::size_t most)
{
    using asio::experimental::awaitable_operators::operator&&;
    const auto wait = [](Child& one, ProcessResult& into) -> asio::awaitable<void> {
        co_await one.wait();
        // What it left running in its group would keep the pipes open.
        into.exit_code = one.end();
    };
    auto exited = wait(child, result);
    auto read_output = read_all(output, result.output, most);
    auto read_errors = read_all(errors, result.errors, most);
    auto everything = std::move(exited) && std::move(read_output) && std::move(read_errors);
    co_await std::move(everything);
}

}  // namespace

asio::awaitable<Result<ProcessResult>> run_program(std::vector<std::string> words,
                                                   ProcessLimits limits)
{
    using asio::experimental::awaitable_operators::operator||;
    const auto executor = co_await asio::this_coro::executor;
    const auto output = open_pipe();
    if (!output) co_return output.error();
    StreamDescriptor out(executor, (*output)[0]);
    const auto errors = open_pipe();
    if (!errors) {
        ::close((*output)[1]);
        co_return errors.error();
    }
    StreamDescriptor err(executor, (*errors)[0]);

    const auto pid = spawn(words, (*output)[1], (*errors)[1]);
    ::close((*output)[1]);
    ::close((*errors)[1]);
    if (!pid) co_return pid.error();

    Child child(executor, *pid);
    if (!child.is_watched()) co_return process_failure("cannot watch " + words.front(), errno);
    ProcessResult result;
    asio::steady_timer clock(executor, limits.time);
    auto all_of_it = collect(child, out, err, result, limits.output);
    auto too_long = clock.async_wait(asio::use_awaitable);
    auto either = std::move(all_of_it) || std::move(too_long);
    const auto first = co_await std::move(either);
    if (first.index() == 0) co_return result;
    co_return Error{words.front() + " did not end within " + std::to_string(limits.time.count()) +
                    " ms and was killed"};
}

std::string find_program(const std::string& name)
{
    if (name.find('/') != std::string::npos) return name;
    for (const auto* folder : kFolders) {
        auto path = std::string(folder) + '/' + name;
        if (::access(path.c_str(), X_OK) == 0) return path;
    }
    return name;
}

std::string describe_failure(const std::vector<std::string>& words, const ProcessResult& result)
{
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : " ") + word;
    const auto& said = result.errors.empty() ? result.output : result.errors;
    const auto first_line = said.substr(0, std::min<std::size_t>(said.find('\n'), 200));
    text += " ended with code " + std::to_string(result.exit_code);
    if (!first_line.empty()) text += ": " + first_line;
    return text;
}

}  // namespace mailban::io
