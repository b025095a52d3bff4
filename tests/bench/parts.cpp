// What single parts cost: a line by what it is, an event by how many clients there are.
//
//     cmake -S . -B build/bench -G Ninja -DCMAKE_BUILD_TYPE=Release -DMAILBAN_BENCH=ON
//     cmake --build build/bench --target parts
//     build/bench/tests/bench/parts --benchmark_filter=read_line
//
// Times of parts in a loop are less than their times in a daemon, whose caches hold other things,
// too.
#include "mailban/config/config.h"
#include "mailban/detect/dedup/deduplicator.h"
#include "mailban/detect/detector.h"
#include "mailban/parse/log_parser.h"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

namespace {

using namespace mailban;
using namespace std::chrono_literals;

constexpr Timestamp kNow{std::chrono::seconds(1'795'480'000)};

// One line again and again, with a filter that has seen its header before.
void read_line(benchmark::State& state, const std::string& line)
{
    LogParser parser;
    for (auto _ : state)
        benchmark::DoNotOptimize(parser.parse(line, kNow));
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(line.size()));
}

constexpr const char* kEximDelivery =
    "2026-11-23 22:29:06 1xVd9W-000012-2q => alice <alice@example.com> R=local T=local_mbox";
constexpr const char* kEximFailure =
    "2026-11-23 22:29:06 dovecot_login authenticator failed for (guess.example) [192.0.2.7]:4711 "
    "I=[203.0.113.1]:587: 535 Incorrect authentication data (set_id=bob@example.com)";
constexpr const char* kPostfixQueue =
    "2026-11-23T22:29:06.578123+00:00 mail postfix/qmgr[140]: 4B40555EE0: removed";
constexpr const char* kPostfixFailure =
    "2026-11-23T22:29:06.578123+00:00 mail postfix/submission/smtpd[7]: warning: "
    "unknown[192.0.2.7]: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=bob";
constexpr const char* kDovecotNoAttempt =
    "2026-11-23T22:29:06.578123+00:00 mail dovecot: imap-login: Disconnected (no auth attempts in "
    "0 "
    "secs): user=<>, rip=192.0.2.7, lip=203.0.113.1, TLS, session=<AbCdEfGhIjKl>";
constexpr const char* kDovecotFailure =
    "2026-11-23T22:29:06.578123+00:00 mail dovecot: imap-login: Disconnected (auth failed, 1 "
    "attempts in 2 secs): user=<bob>, method=PLAIN, rip=192.0.2.7, lip=203.0.113.1, TLS, "
    "session=<AbCdEfGhIjKl>";

BENCHMARK_CAPTURE(read_line, EximDelivery, std::string(kEximDelivery));
BENCHMARK_CAPTURE(read_line, EximFailure, std::string(kEximFailure));
BENCHMARK_CAPTURE(read_line, PostfixQueue, std::string(kPostfixQueue));
BENCHMARK_CAPTURE(read_line, PostfixFailure, std::string(kPostfixFailure));
BENCHMARK_CAPTURE(read_line, DovecotNoAttempt, std::string(kDovecotNoAttempt));
BENCHMARK_CAPTURE(read_line, DovecotFailure, std::string(kDovecotFailure));

// All over IPv4, so that nearly each has a block of its own.
Event failure_of(std::uint32_t client, Timestamp at)
{
    const std::uint32_t spread = client * 2'654'435'761U;
    Event event;
    event.ip =
        IpAddress::v4(static_cast<std::uint8_t>(1 + (spread >> 24U) % 100),
                      static_cast<std::uint8_t>(spread >> 16U),
                      static_cast<std::uint8_t>(spread >> 8U), static_cast<std::uint8_t>(client));
    event.account = "user" + std::to_string(client % 300'000) + "@example.com";
    event.time = at;
    return event;
}

// A failure of one of so many clients, all of them under watch, by the usual rules. To make the
// event takes some 50 ns of it.
void judge_failure(benchmark::State& state)
{
    const auto clients = static_cast<std::uint32_t>(state.range(0));
    Detector detector(default_rules(), Limits{}.tracked, 1);
    Timestamp at = kNow;
    std::uint32_t client = 0;
    for (; client < clients; ++client)
        detector.observe(failure_of(client, at), 1, at);
    for (auto _ : state) {
        const Event event = failure_of(client++ % clients, at += 1ms);
        benchmark::DoNotOptimize(detector.observe(event, 1, at));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(judge_failure)->RangeMultiplier(10)->Range(1000, 1'000'000);

// Failures that one side alone reports, or the other as well, each a moment later.
void weigh_failure(benchmark::State& state)
{
    const bool has_both_sides = state.range(0) != 0;
    Deduplicator deduplicator(Seed{1});
    Timestamp at = kNow;
    std::uint32_t client = 0;
    for (auto _ : state) {
        Event event = failure_of(client++ % 10'000, at += 1ms);
        benchmark::DoNotOptimize(deduplicator.weigh(event, 0));
        if (!has_both_sides) continue;
        event.reporter = Reporter::back_end;
        benchmark::DoNotOptimize(deduplicator.weigh(event, 1));
    }
    state.SetItemsProcessed(state.iterations() * (has_both_sides ? 2 : 1));
}
BENCHMARK(weigh_failure)->Arg(0)->Arg(1);

}  // namespace

BENCHMARK_MAIN();
