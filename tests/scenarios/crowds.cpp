#include "scenarios/crowds.h"

#include <algorithm>
#include <random>
#include <string>

namespace mailban::test {

namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr Timestamp kOpening = Scenario::kStart;
constexpr Timestamp kAssault = kOpening + days(4);

// Each number in a /24 of its own.
IpAddress far_away(std::uint32_t number)
{
    return IpAddress::v4(static_cast<std::uint8_t>(128 + number / 65536 % 64),
                         static_cast<std::uint8_t>(number / 256), static_cast<std::uint8_t>(number),
                         static_cast<std::uint8_t>(1 + number % 250));
}

IpAddress flat_of(std::uint32_t customer)
{
    return IpAddress::v4(81, static_cast<std::uint8_t>(customer / 250), 18,
                         static_cast<std::uint8_t>(1 + customer % 250));
}

std::uint32_t sized(std::uint32_t usual, std::uint32_t percent)
{
    return std::max(1U, usual * percent / 100);
}

std::string title(const char* text, std::uint32_t count)
{
    std::string name(text);
    name.replace(name.find('#'), 1, std::to_string(count));
    return name;
}

// Mistypes up to `most` times, and then logs in.
Timestamp slip_and_log_in(Scenario& scenario, std::uint32_t customer, const IpAddress& ip,
                          Timestamp at, std::uint64_t most)
{
    for (auto slips = scenario.any(most + 1); slips > 0; --slips, at += scenario.about(20s))
        scenario.mistype(customer, ip, at);
    scenario.log_in(customer, ip, at);
    return at;
}

void add_village(Scenario& scenario, Duration length, std::uint32_t customers = 100)
{
    for (std::uint32_t i = 0; i < customers; ++i) {
        const auto customer = scenario.add_customer();
        scenario.live(customer, flat_of(customer), kOpening, kOpening + length, 8);
    }
}

// They come within an hour, and nobody has ever logged in.
Scenario cold_start(std::uint64_t seed, std::uint32_t percent)
{
    const auto people = sized(25, percent);
    Scenario scenario(title("cold start, office of #", people), seed);
    const IpAddress nat = IpAddress::v4(88, 4, 5, 9);
    for (std::uint32_t i = 0; i < people; ++i) {
        const auto customer = scenario.add_customer();
        const auto most = scenario.happens(0.3) ? 2U : 0U;
        const auto in = slip_and_log_in(scenario, customer, nat,
                                        scenario.between(kOpening, kOpening + 1h), most);
        scenario.live(customer, nat, in, kOpening + days(3), 20, 0.03);
    }
    return scenario;
}

// Each mistypes once, and tries again after lunch; one logs in at once.
Scenario colleagues(std::uint64_t seed, std::uint32_t count)
{
    Scenario scenario(title("first day, # colleagues mistype once", count), seed);
    const IpAddress nat = IpAddress::v4(203, 0, 113, 12);
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto customer = scenario.add_customer();
        scenario.mistype(customer, nat, scenario.between(kOpening, kOpening + 2h));
        scenario.log_in(customer, nat, scenario.between(kOpening + 4h, kOpening + 6h));
    }
    scenario.log_in(scenario.add_customer(), nat, kOpening + 2h + 7s);
    return scenario;
}

// Of the addresses of a provider's network, each fails once, and comes back in the evening.
Scenario provider(std::uint64_t seed, std::uint32_t percent)
{
    const auto people = std::min(sized(10, percent), 20U);
    Scenario scenario(title("first day, # addresses of a /24 fail once", people), seed);
    for (std::uint32_t i = 0; i < people; ++i) {
        const auto customer = scenario.add_customer();
        const IpAddress home = IpAddress::v4(203, 0, 114, static_cast<std::uint8_t>(20 + 9 * i));
        scenario.mistype(customer, home, scenario.between(kOpening, kOpening + 5h));
        scenario.log_in(customer, home, kOpening + 6h + scenario.about(1h));
    }
    return scenario;
}

// The carrier gives each session one of its addresses; two bots are customers of its, too.
Scenario carrier(std::uint64_t seed, std::uint32_t percent, Timestamp from, const char* name)
{
    const auto customers = sized(80, percent);
    Scenario scenario(title(name, customers), seed);
    const auto any_address = [&] {
        return IpAddress::v4(109, 41, 7, static_cast<std::uint8_t>(10 + scenario.any(8)));
    };
    for (std::uint32_t i = 0; i < customers; ++i) {
        const auto customer = scenario.add_customer();
        for (Timestamp at = kOpening + scenario.about(3h); at < kOpening + days(7);
             at += scenario.about(3h))
            slip_and_log_in(scenario, customer, any_address(), at, scenario.happens(0.02) ? 2 : 0);
    }
    for (std::uint32_t bot = 0; bot < 2; ++bot) {
        Timestamp at = from + scenario.about(1h);
        const IpAddress kept = any_address();
        for (int i = 0; i < 60; ++i, at += scenario.about(6min)) {
            const auto account = static_cast<std::uint32_t>(scenario.any(2ULL * customers));
            scenario.guess(bot == 0 ? kept : any_address(), Scenario::account_of(account), at);
        }
    }
    return scenario;
}

// Some customers are on a journey meanwhile, and mistype where they are.
void add_travellers(Scenario& scenario, std::uint32_t count, Duration length)
{
    for (std::uint32_t customer = 0; customer < count; ++customer) {
        for (std::uint32_t stay = 0; stay < 3; ++stay) {
            const IpAddress hotel = far_away(40'000 + customer * 16 + stay);
            const auto at = scenario.between(kAssault, kAssault + length);
            const auto in = slip_and_log_in(scenario, customer, hotel, at, 2);
            scenario.live(customer, hotel, in, in + 12h, 6, 0.05);
        }
    }
}

// Eight guesses a day at each account; each address has its turn once a day, in any order, or any
// address has each turn.
Scenario spray(std::uint64_t seed, std::uint32_t percent, bool in_turn)
{
    const auto addresses = sized(1200, percent);
    const auto accounts = sized(150, percent);
    const auto a_day = accounts * 8;
    Scenario scenario(title(in_turn ? "distributed spray, # addresses in turn"
                                    : "distributed spray, # addresses at random",
                            addresses),
                      seed);
    add_village(scenario, days(8));
    add_travellers(scenario, 10, days(3));
    std::mt19937_64 random(seed);
    for (int day = 0; day < 3; ++day) {
        std::vector<std::uint32_t> turns(std::max(a_day, addresses));
        for (std::uint32_t i = 0; i < turns.size(); ++i)
            turns[i] = i % addresses;
        std::shuffle(turns.begin(), turns.end(), random);
        for (std::uint32_t i = 0; i < a_day; ++i) {
            const auto bot =
                in_turn ? turns[i] : static_cast<std::uint32_t>(scenario.any(addresses));
            const auto at = kAssault + days(day) + Duration(days(1)) / a_day * i;
            scenario.guess(far_away(bot), Scenario::account_of(i % accounts), at);
        }
    }
    return scenario;
}

// A company's passwords end on one day. Each device goes on with the old one until its turn comes.
Scenario expiry(std::uint64_t seed, std::uint32_t percent)
{
    const auto people = sized(50, percent);
    Scenario scenario(title("passwords of # people expire", people), seed);
    const IpAddress office = IpAddress::v4(88, 4, 6, 1);
    const auto mobile = [&] {
        return IpAddress::v4(109, 42, 3, static_cast<std::uint8_t>(scenario.any(64)));
    };
    for (std::uint32_t i = 0; i < people; ++i) {
        const auto customer = scenario.add_customer();
        scenario.live(customer, office, kOpening, kAssault, 10);
        scenario.live(customer, flat_of(customer), kOpening, kAssault, 4);
        for (Timestamp at = kOpening; at < kAssault; at += scenario.about(3h))
            scenario.log_in(customer, mobile(), at);
        const auto retry = [&](auto address, Duration pause, Timestamp changed) {
            Timestamp at = kAssault + scenario.about(10min);
            for (; at < changed; at += scenario.about(pause))
                scenario.mistype(customer, address(), at);
            for (; at < kAssault + days(2); at += scenario.about(2h))
                scenario.log_in(customer, address(), at);
        };
        retry([&] { return office; }, 5min, kAssault + scenario.about(4h));
        retry([&] { return flat_of(customer); }, 15min, kAssault + scenario.about(10h));
        retry(mobile, 5min, kAssault + scenario.about(6h));
    }
    return scenario;
}

Scenario journeys(std::uint64_t seed, std::uint32_t percent)
{
    const auto travellers = sized(40, percent);
    Scenario scenario(title("# travellers mistype", travellers), seed);
    add_village(scenario, days(8), std::max(travellers, 60U));
    add_travellers(scenario, travellers, days(3));
    // In one hotel, behind one address.
    for (std::uint32_t guest = 0; guest < std::min(travellers, 15U); ++guest)
        slip_and_log_in(scenario, guest, far_away(60'000),
                        scenario.between(kAssault, kAssault + days(2)), 2);
    // Who gives up at first, and tries again later.
    for (std::uint32_t tired = 0; tired < travellers; ++tired) {
        const IpAddress hotel = far_away(61'000 + tired);
        const auto at = scenario.between(kAssault, kAssault + days(3));
        scenario.mistype(tired, hotel, at);
        scenario.log_in(tired, hotel, at + 1h + scenario.about(1h));
    }
    return scenario;
}

// A slow botnet, and the owner who mistypes once somewhere else.
Scenario attacked_owner(std::uint64_t seed, std::uint32_t percent)
{
    const auto bots = sized(40, percent);
    Scenario scenario(title("# addresses on one mailbox, its owner slips", bots), seed);
    add_village(scenario, days(8));
    for (std::uint32_t bot = 0; bot < bots; ++bot)
        for (Timestamp at = kAssault + scenario.about(4h); at < kAssault + days(3);
             at += scenario.about(4h))
            scenario.guess(far_away(bot), Scenario::account_of(7), at);
    for (std::uint32_t stay = 0; stay < 6; ++stay) {
        const IpAddress hotel = far_away(62'000 + stay);
        const auto at = scenario.between(kAssault + days(1), kAssault + days(3));
        scenario.mistype(7, hotel, at);
        scenario.log_in(7, hotel, at + scenario.about(stay % 2 == 0 ? 30s : 2h));
    }
    return scenario;
}

// Each address guesses twice, on different days.
Scenario one_mailbox(std::uint64_t seed, std::uint32_t percent)
{
    const auto bots = sized(1500, percent);
    Scenario scenario(title("botnet, # addresses on one mailbox", bots), seed);
    add_village(scenario, days(8));
    const IpAddress hotel = far_away(63'000);
    scenario.live(7, hotel, kAssault + days(1), kAssault + days(2), 6, 0);
    for (std::uint32_t bot = 0; bot < bots; ++bot)
        for (int day = 0; day < 2; ++day)
            scenario.guess(far_away(bot), Scenario::account_of(7),
                           scenario.between(kAssault + days(day), kAssault + days(day + 1)));
    return scenario;
}

Scenario invented(std::uint64_t seed, std::uint32_t percent)
{
    const auto bots = sized(200, percent);
    Scenario scenario(title("invented accounts, # addresses", bots), seed);
    add_village(scenario, days(8));
    add_travellers(scenario, 10, days(2));
    for (std::uint32_t bot = 0; bot < bots; ++bot)
        for (Timestamp at = kAssault + scenario.about(2h); at < kAssault + days(2);
             at += scenario.about(1h))
            scenario.guess(far_away(bot),
                           "name" + std::to_string(scenario.any(100'000)) + "@example.com", at);
    return scenario;
}

}  // namespace

std::vector<Scenario> crowd_scenarios(std::uint64_t seed, std::uint32_t percent)
{
    std::vector<Scenario> all;
    all.push_back(cold_start(seed, percent));
    for (const std::uint32_t count : {4U, 6U, 9U})
        all.push_back(colleagues(seed, count));
    all.push_back(provider(seed, percent));
    all.push_back(carrier(seed, percent, kAssault, "# customers, two bots, one carrier"));
    all.push_back(carrier(seed, percent, kOpening + 10h, "# customers, two bots, first day"));
    all.push_back(one_mailbox(seed, percent));
    all.push_back(spray(seed, percent, true));
    all.push_back(spray(seed, percent, false));
    all.push_back(expiry(seed, percent));
    all.push_back(journeys(seed, percent));
    all.push_back(attacked_owner(seed, percent));
    all.push_back(invented(seed, percent));
    return all;
}

std::vector<Scenario> first_day_attacks(std::uint64_t seed)
{
    std::vector<Scenario> all;
    Scenario& fast = all.emplace_back("first day, one address, 1 in 5 s", seed);
    for (Timestamp at = kOpening; at < kOpening + 2h; at += fast.about(5s))
        fast.guess(far_away(1), Scenario::account_of(7), at);
    Scenario& slow = all.emplace_back("first day, one address, 1 in 10 min, any account", seed);
    for (Timestamp at = kOpening; at < kOpening + 23h; at += slow.about(10min))
        slow.guess(far_away(1), Scenario::account_of(static_cast<std::uint32_t>(slow.any(300))),
                   at);
    Scenario& many = all.emplace_back("first day, 500 addresses, one account", seed);
    for (std::uint32_t bot = 0; bot < 500; ++bot)
        for (Timestamp at = kOpening + many.about(30min); at < kOpening + 23h;
             at += many.about(30min))
            many.guess(far_away(bot), Scenario::account_of(7), at);
    Scenario& block = all.emplace_back("first day, a whole /24", seed);
    for (Timestamp at = kOpening; at < kOpening + 23h; at += block.about(1min))
        block.guess(IpAddress::v4(45, 9, 8, static_cast<std::uint8_t>(block.any(256))),
                    Scenario::account_of(static_cast<std::uint32_t>(block.any(300))), at);
    return all;
}

}  // namespace mailban::test
