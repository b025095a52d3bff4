// How much memory the clients under watch need: a million of them, under the shipped rules, each
// with so many failures as keep it there. Prints what is resident; fails above the promise.
#include "mailban/config/config.h"
#include "mailban/engine/engine.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace {

using namespace mailban;
using namespace std::chrono_literals;

constexpr std::uint32_t kClients = 1'000'000;
constexpr std::size_t kMostBytes = 120'000'000;

std::size_t resident_bytes()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
    }
    return 0;
}

// All over IPv4, so that nearly each has a block of its own.
IpAddress client(std::uint32_t number)
{
    const std::uint32_t spread = number * 2'654'435'761U;
    const auto first = static_cast<std::uint8_t>(1 + (spread >> 24) % 100);
    return IpAddress::v4(first, static_cast<std::uint8_t>(spread >> 16),
                         static_cast<std::uint8_t>(spread >> 8), static_cast<std::uint8_t>(number));
}

Event failure(std::uint32_t number, Timestamp at)
{
    Event event;
    event.ip = client(number);
    event.account = "user" + std::to_string(number % 300'000) + "@example.com";
    event.time = at;
    return event;
}

}  // namespace

int main(int count, char** arguments)
{
    const int rounds = count > 1 ? std::atoi(arguments[1]) : 4;
    const std::size_t before = resident_bytes();
    Detector detector(default_rules(), Limits{}.tracked, 1);
    Timestamp at{std::chrono::seconds(1'800'000'000)};
    std::size_t most = 0;
    for (int round = 0; round < rounds; ++round, at += 3h) {
        for (std::uint32_t number = 0; number < kClients; ++number)
            detector.observe(failure(number, at), 1, at);
        const std::size_t used = resident_bytes() - before;
        most = std::max(most, used);
        std::printf(
            "%d failures each: %zu clients under watch, %llu pushed out, %.1f MB resident\n",
            round + 1, detector.tracked(), static_cast<unsigned long long>(detector.evicted()),
            static_cast<double>(used) / 1e6);
    }
    std::printf("at most %.1f MB; promised are %.0f MB\n", static_cast<double>(most) / 1e6,
                static_cast<double>(kMostBytes) / 1e6);
    return most <= kMostBytes ? 0 : 1;
}
