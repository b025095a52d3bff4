// The attacks and the customers of the suite. Each attack has a town of customers around it who go
// on with their lives, and has had some days of their logins before.
#include "scenarios/scenario.h"

namespace mailban::test {

namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr Timestamp kStart = Scenario::kStart;
constexpr Timestamp kAttack = kStart + days(4);
constexpr std::uint32_t kTown = 100;

// A stranger's address, IPv4, of the /8 `net`; the loopback's is nobody's.
IpAddress stranger(std::uint8_t net, std::uint32_t number)
{
    if (net == 127) net = 27;
    return IpAddress::v4(net, static_cast<std::uint8_t>(number * 7 >> 8),
                         static_cast<std::uint8_t>(number * 7), static_cast<std::uint8_t>(number));
}

IpAddress home_of(std::uint32_t customer)
{
    return IpAddress::v4(81, static_cast<std::uint8_t>(customer / 4), 17,
                         static_cast<std::uint8_t>(10 + customer % 200));
}

IpAddress v6(std::uint16_t third, std::uint16_t fourth, std::uint64_t host)
{
    IpAddress::Bytes bytes{0x2a, 0x01, 0x0d, 0xb8};
    bytes[4] = static_cast<std::uint8_t>(third >> 8);
    bytes[5] = static_cast<std::uint8_t>(third);
    bytes[6] = static_cast<std::uint8_t>(fourth >> 8);
    bytes[7] = static_cast<std::uint8_t>(fourth);
    for (std::size_t i = 0; i < 8; ++i)
        bytes[8 + i] = static_cast<std::uint8_t>(host >> (56 - 8 * i));
    return IpAddress(bytes);
}

void settle_town(Scenario& scenario, Duration length, std::uint32_t customers = kTown)
{
    for (std::uint32_t i = 0; i < customers; ++i) {
        const auto customer = scenario.add_customer();
        scenario.live(customer, home_of(customer), kStart, kStart + length, 8);
    }
}

Scenario single_bot(std::uint64_t seed)
{
    Scenario scenario("single bot, 1 in 5 s for 2 h", seed);
    settle_town(scenario, days(6));
    const auto bot = stranger(45, 1);
    for (Timestamp at = kAttack; at < kAttack + 2h; at += scenario.about(5s))
        scenario.guess(bot, Scenario::account_of(7), at);
    return scenario;
}

Scenario slow_bot(std::uint64_t seed)
{
    Scenario scenario("slow bot, 1 in 15 min for 3 days", seed);
    settle_town(scenario, days(8));
    const auto bot = stranger(45, 1);
    for (Timestamp at = kAttack; at < kAttack + days(3); at += 15min)
        scenario.guess(bot, Scenario::account_of(7), at);
    return scenario;
}

// The victim goes on using the account: at home, where fingers slip, and on a journey.
Scenario botnet(std::uint64_t seed)
{
    Scenario scenario("botnet, 2,000 addresses on 1 account", seed);
    settle_town(scenario, days(8));
    scenario.live(7, IpAddress::v4(93, 184, 3, 9), kAttack + days(1), kAttack + days(2), 6, 0);
    for (Timestamp at = kAttack; at < kAttack + days(3); at += 9h)
        scenario.mistype(7, home_of(7), at);
    for (std::uint32_t bot = 0; bot < 2000; ++bot) {
        Timestamp at = kAttack + scenario.about(1h);
        for (; at < kAttack + days(3); at += scenario.about(1h))
            scenario.guess(stranger(static_cast<std::uint8_t>(100 + bot % 50), bot),
                           Scenario::account_of(7), at);
    }
    return scenario;
}

Scenario spraying(std::uint64_t seed)
{
    Scenario scenario("spraying, 300 accounts from 40 addresses", seed);
    settle_town(scenario, days(9));
    for (std::uint32_t bot = 0; bot < 40; ++bot) {
        Timestamp at = kAttack + scenario.about(1h);
        const auto offset = scenario.any(300);
        for (std::uint32_t i = 0; i < 300; ++i, at += scenario.about(24min)) {
            const auto account = static_cast<std::uint32_t>((i + offset) % 300);
            scenario.guess(stranger(static_cast<std::uint8_t>(100 + bot), bot),
                           Scenario::account_of(account), at);
        }
    }
    return scenario;
}

// In a /64, over the /64s of a /56, over those of a /48; a customer of the same provider is near.
Scenario ipv6_hopping(std::uint64_t seed)
{
    Scenario scenario("IPv6 hopping in a /64, a /56, a /48", seed);
    settle_town(scenario, days(6));
    const auto neighbour = scenario.add_customer();
    scenario.live(neighbour, v6(0x31, 0, 5), kStart, kStart + days(6), 8);
    for (Timestamp at = kAttack; at < kAttack + 6h; at += scenario.about(20s)) {
        const auto account = Scenario::account_of(static_cast<std::uint32_t>(scenario.any(100)));
        const auto host = scenario.any(~0ULL);
        scenario.guess(v6(0x10, 1, host), Scenario::account_of(3), at);
        scenario.guess(v6(0x20, static_cast<std::uint16_t>(scenario.any(256)), host), account, at);
        scenario.guess(v6(0x30, static_cast<std::uint16_t>(scenario.any(65'536)), host), account,
                       at);
    }
    return scenario;
}

// A customer lives in the same /24.
Scenario ipv4_hopping(std::uint64_t seed)
{
    Scenario scenario("IPv4 hopping in a /24", seed);
    settle_town(scenario, days(6));
    const auto neighbour = scenario.add_customer();
    scenario.live(neighbour, IpAddress::v4(45, 9, 8, 250), kStart, kStart + days(6), 8);
    for (Timestamp at = kAttack; at < kAttack + days(1); at += scenario.about(2min)) {
        const auto host = static_cast<std::uint8_t>(scenario.any(192));
        scenario.guess(IpAddress::v4(45, 9, 8, host),
                       Scenario::account_of(static_cast<std::uint32_t>(scenario.any(100))), at);
    }
    return scenario;
}

// One device of one of them has the old password from the fourth day on.
Scenario office(std::uint64_t seed)
{
    Scenario scenario("office behind NAT, 30 users, 1 stale", seed);
    const IpAddress nat = IpAddress::v4(88, 4, 5, 6);
    for (int i = 0; i < 30; ++i)
        scenario.live(scenario.add_customer(), nat, kStart, kStart + days(7), 20, 0.03);
    for (Timestamp at = kAttack; at < kAttack + days(3); at += scenario.about(3min))
        scenario.mistype(11, nat, at);
    return scenario;
}

// The telephone is the last to learn the new one, and is at home at night and on its way by day.
Scenario new_password(std::uint64_t seed)
{
    Scenario scenario("new password, three devices", seed);
    settle_town(scenario, days(7));
    const auto mobile = [&] {
        return IpAddress::v4(109, 40, 3, static_cast<std::uint8_t>(scenario.any(256)));
    };
    for (Timestamp at = kStart; at < kAttack; at += scenario.about(2h))
        scenario.log_in(5, mobile(), at);
    for (Timestamp at = kAttack; at < kAttack + days(2); at += scenario.about(10min))
        scenario.log_in(5, home_of(5), at);
    for (Timestamp at = kAttack; at < kAttack + 8h; at += scenario.about(2min))
        scenario.mistype(5, home_of(5), at);
    for (Timestamp at = kAttack; at < kAttack + 30h; at += scenario.about(5min))
        scenario.mistype(5, scenario.happens(0.5) ? home_of(5) : mobile(), at);
    return scenario;
}

// While it is down all fail, also those who came to a new place just now; they try again soon.
void fail_all(Scenario& scenario, Timestamp from, EventKind kind)
{
    const auto try_for_long = [&](std::uint32_t customer, const IpAddress& ip) {
        for (Timestamp at = from + scenario.about(2min); at < from + 20min;
             at += scenario.about(75s)) {
            if (kind == EventKind::auth_failure) {
                scenario.mistype(customer, ip, at);
            } else {
                scenario.cause(kind, customer, ip, at);
            }
        }
        scenario.log_in(customer, ip, from + 20min + scenario.about(1min));
    };
    for (std::uint32_t customer = 0; customer < kTown; ++customer) {
        const bool travels = customer % 10 == 0;
        const auto day = static_cast<std::uint32_t>((from - kStart) / days(1));
        try_for_long(customer, travels ? stranger(150, 1000 * day + customer) : home_of(customer));
    }
}

Scenario outage(std::uint64_t seed)
{
    Scenario scenario("back end down for 20 min, twice", seed);
    settle_town(scenario, days(4));
    fail_all(scenario, kAttack, EventKind::auth_failure);
    fail_all(scenario, kAttack + days(1), EventKind::auth_unavailable);
    return scenario;
}

Scenario gateway(std::uint64_t seed)
{
    Scenario scenario("mail gateway, 150 users", seed);
    const IpAddress relay = IpAddress::v4(194, 25, 1, 1);
    for (int i = 0; i < 150; ++i)
        scenario.live(scenario.add_customer(), relay, kStart, kStart + days(7), 12, 0.02);
    for (Timestamp at = kStart + 1h; at < kStart + days(7); at += scenario.about(8min))
        scenario.cause(EventKind::unknown_recipient, 3, relay, at);
    for (Timestamp at = kStart + 1h; at < kStart + days(7); at += scenario.about(7h))
        scenario.cause(EventKind::relay_denied, 4, relay, at);
    return scenario;
}

// Each session comes from another address of the carrier's.
Scenario phones(std::uint64_t seed)
{
    Scenario scenario("400 telephones on carrier NAT, 2 stale", seed);
    const auto somewhere = [&] {
        return IpAddress::v4(109, 40, static_cast<std::uint8_t>(4 + scenario.any(2)),
                             static_cast<std::uint8_t>(scenario.any(256)));
    };
    for (int i = 0; i < 400; ++i) {
        const auto customer = scenario.add_customer();
        for (Timestamp at = kStart + scenario.about(3h); at < kStart + days(7);
             at += scenario.about(3h)) {
            const IpAddress ip = somewhere();
            if (scenario.happens(0.005)) scenario.mistype(customer, ip, at - 20s);
            scenario.log_in(customer, ip, at);
        }
    }
    for (const std::uint32_t stale : {17U, 230U}) {
        for (Timestamp at = kAttack; at < kAttack + days(2); at += scenario.about(15min))
            scenario.mistype(stale, somewhere(), at);
    }
    return scenario;
}

Scenario harvesting(std::uint64_t seed)
{
    Scenario scenario("harvesting, 3 addresses", seed);
    settle_town(scenario, days(6));
    for (std::uint32_t customer = 0; customer < 20; ++customer) {
        for (int day = 0; day < 6; ++day)
            scenario.cause(EventKind::unknown_recipient, customer, home_of(customer),
                           scenario.between(kStart + days(day), kStart + days(day + 1)));
    }
    for (std::uint32_t bot = 0; bot < 3; ++bot) {
        for (Timestamp at = kAttack; at < kAttack + 2h; at += scenario.about(3s))
            scenario.attack(EventKind::unknown_recipient, stranger(45, bot), at);
    }
    return scenario;
}

// A customer has forgotten to switch authentication on, and tries again and again.
Scenario relay_probing(std::uint64_t seed)
{
    Scenario scenario("relay probing, 20 addresses", seed);
    settle_town(scenario, days(6));
    for (int i = 0; i < 12; ++i)
        scenario.cause(EventKind::relay_denied, 9, home_of(9), kAttack + i * 3min);
    for (std::uint32_t bot = 0; bot < 20; ++bot) {
        Timestamp at = kAttack + scenario.about(6h);
        for (int i = 0; i < 100; ++i, at += scenario.about(5s))
            scenario.attack(EventKind::relay_denied, stranger(45, bot), at);
    }
    return scenario;
}

// Programs that may not log in as they try to: plaintext without TLS, AUTH where it is not offered.
// They try again each minute, all day, and so do those of an office behind one address. A webmail
// that was moved to another server fails for each of its users.
Scenario wrong_settings(std::uint64_t seed)
{
    Scenario scenario("wrong settings: programs, office, webmail", seed);
    settle_town(scenario, days(7));
    const auto retry = [&](std::uint32_t customer, const IpAddress& ip, Duration length) {
        for (Timestamp at = kAttack; at < kAttack + length; at += scenario.about(1min))
            scenario.cause(EventKind::abuse, customer, ip, at);
    };
    for (std::uint32_t customer = 0; customer < 10; ++customer)
        retry(customer, home_of(customer), 24h);
    for (std::uint32_t desk = 0; desk < 15; ++desk)
        retry(scenario.add_customer(), IpAddress::v4(88, 4, 5, 6), 24h);
    for (std::uint32_t user = 0; user < 200; ++user) {
        const auto customer = scenario.add_customer();
        Timestamp at = scenario.between(kAttack, kAttack + 8h);
        for (int attempt = 0; attempt < 6; ++attempt, at += scenario.about(20s))
            scenario.cause(EventKind::abuse, customer, IpAddress::v4(88, 4, 5, 7), at);
    }
    return scenario;
}

// A robot that does not look at the answers.
Scenario deaf_robot(std::uint64_t seed)
{
    Scenario scenario("robot, AUTH refused, 2 a second for 6 h", seed);
    settle_town(scenario, days(6));
    for (Timestamp at = kAttack; at < kAttack + 6h; at += scenario.about(500ms))
        scenario.attack(EventKind::abuse, stranger(48, 1), at);
    return scenario;
}

void add_month_of_customers(Scenario& scenario)
{
    settle_town(scenario, days(30));
    const IpAddress nat = IpAddress::v4(88, 4, 5, 6);
    for (std::uint32_t i = 0; i < 30; ++i)
        scenario.live(scenario.add_customer(), nat, kStart, kStart + days(30), 6, 0.03);
    for (int i = 0; i < 50; ++i) {
        const auto customer = scenario.add_customer();
        for (Timestamp at = kStart + scenario.about(5h); at < kStart + days(30);
             at += scenario.about(5h))
            scenario.log_in(customer,
                            IpAddress::v4(109, 40, 4, static_cast<std::uint8_t>(scenario.any(256))),
                            at);
    }
    for (Timestamp at = kStart + days(9); at < kStart + days(11); at += scenario.about(4min))
        scenario.mistype(kTown + 3, nat, at);
    fail_all(scenario, kStart + days(20), EventKind::auth_failure);
}

Scenario mixed_month(std::uint64_t seed)
{
    Scenario scenario("mixed month", seed);
    add_month_of_customers(scenario);
    for (std::uint32_t bot = 0; bot < 60; ++bot) {  // fast ones, for an hour each
        Timestamp at = scenario.between(kStart + days(3), kStart + days(29));
        for (int i = 0; i < 600; ++i, at += scenario.about(6s))
            scenario.guess(stranger(46, bot), Scenario::account_of(bot), at);
    }
    for (std::uint32_t bot = 0; bot < 10; ++bot) {  // slow ones, for three days
        Timestamp at = scenario.between(kStart + days(3), kStart + days(26));
        for (int i = 0; i < 288; ++i, at += scenario.about(15min))
            scenario.guess(stranger(47, bot), Scenario::account_of(bot), at);
    }
    for (std::uint32_t bot = 0; bot < 300; ++bot) {  // a botnet on two accounts, for a week
        Timestamp at = kStart + days(12) + scenario.about(2h);
        for (int i = 0; i < 168; ++i, at += scenario.about(1h))
            scenario.guess(stranger(static_cast<std::uint8_t>(100 + bot % 50), bot),
                           Scenario::account_of(20 + bot % 2), at);
    }
    for (std::uint32_t bot = 0; bot < 20; ++bot) {  // spraying
        Timestamp at = kStart + days(22) + scenario.about(2h);
        for (std::uint32_t i = 0; i < 300; ++i, at += scenario.about(20min))
            scenario.guess(stranger(static_cast<std::uint8_t>(160 + bot), bot),
                           Scenario::account_of(i), at);
    }
    return scenario;
}

}  // namespace

std::vector<Scenario> all_scenarios(std::uint64_t seed)
{
    std::vector<Scenario> all;
    for (auto* const make : {single_bot, slow_bot, botnet, spraying, ipv6_hopping, ipv4_hopping,
                             office, new_password, outage, gateway, phones, harvesting,
                             relay_probing, wrong_settings, deaf_robot, mixed_month})
        all.push_back(make(seed));
    return all;
}

Scenario hijacked_account(std::uint64_t seed)
{
    Scenario scenario("hijacked account", seed);
    settle_town(scenario, days(6));
    for (std::uint32_t bot = 0; bot < 12; ++bot)
        scenario.log_in(7, stranger(static_cast<std::uint8_t>(100 + bot), bot),
                        scenario.between(kAttack, kAttack + 12h));
    return scenario;
}

}  // namespace mailban::test
