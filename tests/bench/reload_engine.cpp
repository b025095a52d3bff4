// What a reload costs the engine alone, without lines, database and sockets (reload.py measures the
// daemon): the longest call while a million clients come under watch, while a successor is shown
// the same events in portions, and when it takes over; and resident memory.
//
//   reload_engine [CLIENTS]
#include "mailban/engine/engine.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

namespace mailban {

namespace {

using namespace std::chrono_literals;

constexpr Timestamp kStart{std::chrono::seconds(1'800'000'000)};
constexpr std::size_t kPage = 500;  // as many as the daemon shows at once

Rule rule_of(const char* name, std::uint32_t limit, Duration within, CountBy by = CountBy::ip,
             Distinct distinct = Distinct::none)
{
    Rule rule;
    rule.name = name;
    rule.limit = limit;
    rule.within = within;
    rule.by = by;
    rule.distinct = distinct;
    return rule;
}

// The rules of the example that count failures.
Config shipped()
{
    Config config;
    config.rules = {rule_of("password-guessing", 5, 10min),
                    rule_of("slow-guessing", 10, 24h),
                    rule_of("persistent-guessing", 12, 72h),
                    rule_of("spraying", 4, 24h, CountBy::ip, Distinct::account),
                    rule_of("account-under-attack", 10, 24h, CountBy::account, Distinct::address),
                    rule_of("hopping", 8, 6h, CountBy::subnet, Distinct::address),
                    rule_of("block-guessing", 50, 24h, CountBy::subnet)};
    return config;
}

// Clients of a block each; `number` of `all` within two hours.
Event failure(std::size_t number, std::size_t all)
{
    Event event;
    event.ip = IpAddress::v4(static_cast<std::uint8_t>(20 + number % 199),
                             static_cast<std::uint8_t>(number / 199 % 250),
                             static_cast<std::uint8_t>(number / 49750 % 250),
                             static_cast<std::uint8_t>(1 + number % 250));
    event.time = kStart + Duration(std::chrono::hours(2)) * number / all;
    event.account = "user" + std::to_string(number % 5000);
    return event;
}

long resident_megabytes()
{
    std::ifstream file("/proc/self/statm");
    long size = 0;
    long resident = 0;
    file >> size >> resident;
    return resident * (::sysconf(_SC_PAGESIZE) / 1024) / 1024;
}

// Of this thread's own work, in milliseconds: other programs on the machine do not count.
class Longest {
public:
    template <class Work>
    void measure(const Work& work)
    {
        const double began = now();
        work();
        longest_ = std::max(longest_, now() - began);
    }
    double take() { return std::exchange(longest_, 0.0); }

private:
    static double now()
    {
        timespec at = {};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
        return static_cast<double>(at.tv_sec) * 1e3 + static_cast<double>(at.tv_nsec) / 1e6;
    }
    double longest_ = 0;
};

void reload(Engine& engine, const Config& config, std::size_t clients, const char* what)
{
    Longest longest;
    const long before = resident_megabytes();
    std::unique_ptr<Engine> next;
    longest.measure([&] { next = engine.successor(config); });
    const double making = longest.take();
    long most = before;
    for (std::size_t at = 0; at < clients; at += kPage) {
        longest.measure([&] {
            for (std::size_t each = at; each < std::min(clients, at + kPage); ++each)
                next->restore(RecordEvent{failure(each, clients), 0, 1});
        });
        if (at % (kPage * 100) == 0) most = std::max(most, resident_megabytes());
    }
    const double showing = longest.take();
    most = std::max(most, resident_megabytes());
    longest.measure([&] { next = engine.reconfigure(std::move(next)); });
    std::printf("%-20s %10.1f %10.1f %10.1f %8ld %8ld %8ld %6.2f\n", what, making, showing,
                longest.take(), before, most, resident_megabytes(),
                static_cast<double>(most) / static_cast<double>(before));
}

void run(std::size_t clients)
{
    Config config = shipped();
    Engine engine(config, PrefixSet(), 0x5bd1e9955bd1e995);
    Longest longest;
    for (std::size_t at = 0; at < clients; ++at) {
        const Event event = failure(at, clients);
        longest.measure([&] { engine.observe(event, 0, Arrival::live, event.time); });
    }
    std::printf("%zu clients: longest event %.1f ms, resident %ld MB\n", clients, longest.take(),
                resident_megabytes());
    std::printf("%-20s %10s %10s %10s %8s %8s %8s %6s\n", "changed", "made ms", "page ms",
                "taken ms", "before", "at most", "after", "ratio");
    ++config.rules[0].limit;
    reload(engine, config, clients, "one rule");
    for (auto& rule : config.rules)
        ++rule.limit;
    reload(engine, config, clients, "all rules");
    for (auto& rule : config.rules)
        --rule.limit;
    reload(engine, config, clients, "and back");
}

}  // namespace

}  // namespace mailban

int main(int count, char** arguments)
{
    mailban::run(count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 1'000'000);
}
