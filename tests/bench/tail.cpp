// How fast FileTail is: lines a second on a backlog, and the time from write() to the callback.
//
//     cmake -B build/bench -G Ninja -DCMAKE_BUILD_TYPE=Release
//     cmake --build build/bench --target tail_bench && build/bench/tests/tail_bench [LINES]
#include "io/source/file_tail.h"
#include "io/source/log_reader.h"
#include "io/support/pack.h"
#include "io/support/run_until.h"
#include "io/support/temp_directory.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace mailban::io {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kLineLength = 150;
constexpr std::size_t kLatencies = 1000;

double seconds_since(Clock::time_point begin)
{
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::string content(std::size_t lines)
{
    std::string text;
    for (std::size_t i = 0; i < lines; ++i) {
        std::string line =
            "2026-11-01 00:00:00 login authenticator failed H=x " + std::to_string(i);
        line.resize(kLineLength - 1, '.');
        text += line + '\n';
    }
    return text;
}

struct Followed {
    explicit Followed(const std::string& path) : watcher(context)
    {
        TailSink sink;
        sink.on_line = [this](std::string_view, Freshness) {
            ++lines;
            last = Clock::now();
        };
        tail = std::make_unique<FileTail>(watcher, path, TailStart{}, std::move(sink));
        asio::co_spawn(context, tail->run(), asio::detached);
    }

    asio::io_context context{1};
    FileWatcher watcher{context};
    std::size_t lines = 0;
    Clock::time_point last{};
    std::unique_ptr<FileTail> tail{};
};

void measure_backlog(const std::string& path, std::size_t lines)
{
    const auto begin = Clock::now();
    Followed followed(path);
    run_until(
        followed.context, [&] { return followed.lines == lines; }, std::chrono::minutes(1));
    const auto seconds = seconds_since(begin);
    std::printf("tail, backlog:     %zu lines of %zu bytes in %.3f s: %.0f lines/s, %.0f MB/s\n",
                followed.lines, kLineLength, seconds, static_cast<double>(followed.lines) / seconds,
                static_cast<double>(followed.lines * kLineLength) / seconds / 1e6);
}

void measure_reader(const char* kind, const std::string& path)
{
    const auto begin = Clock::now();
    auto reader = LogReader::open(path);
    std::size_t bytes = 0;
    if (!reader || !reader->read_all([&](std::string_view line) { bytes += line.size() + 1; })) {
        std::exit(1);
    }
    const auto seconds = seconds_since(begin);
    std::printf("reader, %-6s      %llu lines in %.3f s: %.0f lines/s, %.0f MB/s\n", kind,
                static_cast<unsigned long long>(reader->lines()), seconds,
                static_cast<double>(reader->lines()) / seconds,
                static_cast<double>(bytes) / seconds / 1e6);
}

// The writer is this very thread; what is measured is inotify, epoll, the read and the coroutines.
void measure_latency(const std::string& path)
{
    Followed followed(path);
    run_until(followed.context, [&] { return followed.tail->status().caught_up; });
    const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    const Descriptor writer(fd);
    std::string line(kLineLength - 1, 'x');
    line += '\n';
    std::vector<double> micros;
    for (std::size_t i = 0; i < kLatencies; ++i) {
        run_ready(followed.context);
        const auto expected = followed.lines + 1;
        const auto begin = Clock::now();
        if (::write(fd, line.data(), line.size()) < 0) std::exit(1);
        run_until(followed.context, [&] { return followed.lines == expected; });
        micros.push_back(std::chrono::duration<double, std::micro>(followed.last - begin).count());
    }
    std::ranges::sort(micros);
    std::printf(
        "tail, write to callback: median %.1f us, 99th of 100 %.1f us, longest %.1f us (%zu)\n",
        micros[kLatencies / 2], micros[kLatencies * 99 / 100], micros.back(), kLatencies);
}

void run(std::size_t lines)
{
    const TempDirectory directory;
    const auto text = content(lines);
    const auto put = [&](const std::string& name, const std::string& bytes) {
        std::ofstream(directory / name, std::ios::binary) << bytes;
        return directory / name;
    };
    const auto plain = put("log", text);
    measure_backlog(plain, lines);
    measure_backlog(plain, lines);
    measure_reader("plain:", plain);
    measure_reader("gzip:", put("log.gz", gzip(text)));
    measure_reader("zstd:", put("log.zst", zstd(text)));
    measure_latency(put("live", ""));
}

}  // namespace
}  // namespace mailban::io

int main(int count, char** arguments)
{
    const std::size_t lines = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 1'000'000;
    mailban::io::run(lines);
    return 0;
}
