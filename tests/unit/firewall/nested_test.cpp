// Nested and overlapping prefixes, address by address: whatever is wanted, dropped, failed and
// lost, once settled an address is blocked on a port if and only if some wanted prefix holds it
// whose ban closes that port. The firewalls are models of the text that each backend is told.
#include "mailban/firewall/firewalld.h"
#include "mailban/firewall/target.h"
#include "mailban/firewall/ufw.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "unit/firewall/plan_support.h"

namespace mailban::test::nested_test {
namespace {

// {25, 465}, {465}, {143}, {25, 143, 465}
const PortGroups kGroups{PortSet{false, {25, 465}}, {{false, {143}}}};
constexpr std::uint16_t kPorts[] = {25, 143, 465};

bool closes(PortGroup group, std::uint16_t port)
{
    return kGroups.ports(group).covers({false, {port}});
}

PortGroup any_group(std::mt19937& random)
{
    return static_cast<PortGroup>(random() % kGroups.size());
}

// A firewall that is told text and judges addresses by what it holds.
class Model {
public:
    Model() = default;
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;
    virtual ~Model() = default;

    virtual std::size_t batch() const = 0;
    virtual bool apply(const Plan& plan) = 0;  // all of it, or false
    virtual std::vector<Held> list() const = 0;
    virtual void lose(std::mt19937& random) = 0;
};

bool blocks(const std::vector<Held>& all, const IpAddress& address, std::uint16_t port)
{
    return std::any_of(all.begin(), all.end(), [&](const Held& held) {
        return held.prefix.contains(address) && closes(held.group, port);
    });
}

// Sets of intervals: an element that overlaps another one is refused, and the whole plan with it.
class FirewalldModel final : public Model {
public:
    std::size_t batch() const override { return 1000; }
    bool apply(const Plan& plan) override
    {
        auto next = entries_;
        if (plan.size() > kFirewalldBatch) {
            for (std::size_t at = 0; at < next.size(); ++at) {
                const std::vector<std::string> before(next[at].begin(), next[at].end());
                const auto after = firewalld_entries_after(before, plan, at % 2 == 0,
                                                           static_cast<PortGroup>(at / 2));
                next[at] = {after.begin(), after.end()};
            }
        } else {
            for (const auto& change : plan) {
                auto& set = next[change.group * 2U + (change.prefix.is_v4() ? 0 : 1)];
                const auto entry = firewalld_entry(change.prefix);
                if (change.kind == Change::Kind::remove)
                    set.erase(entry);
                else
                    set.insert(entry);
            }
        }
        if (has_overlap(next)) return false;
        entries_ = next;
        return true;
    }
    std::vector<Held> list() const override
    {
        std::vector<Held> all;
        for (std::size_t at = 0; at < entries_.size(); ++at) {
            const auto held = parse_firewalld_entries({entries_[at].begin(), entries_[at].end()},
                                                      static_cast<PortGroup>(at / 2));
            all.insert(all.end(), held.begin(), held.end());
        }
        return all;
    }
    void lose(std::mt19937& random) override { entries_[random() % entries_.size()].clear(); }

private:
    // Two families a group.
    using Entries = std::vector<std::set<std::string>>;

    static bool has_overlap(const Entries& entries)
    {
        for (const auto& set : entries) {
            const auto held = parse_firewalld_entries({set.begin(), set.end()});
            for (std::size_t i = 0; i < held.size(); ++i)
                for (std::size_t j = i + 1; j < held.size(); ++j)
                    if (held[i].prefix.overlaps(held[j].prefix)) return true;
        }
        return false;
    }

    Entries entries_ = Entries(kGroups.size() * 2);
};

// Rules in a list: each is told by itself, and any may overlap any.
class UfwModel final : public Model {
public:
    std::size_t batch() const override { return 1; }
    bool apply(const Plan& plan) override
    {
        for (const auto& change : plan)
            for (const auto& rule : ufw_rules(change.prefix, kGroups.ports(change.group))) {
                const auto line = line_of(rule);
                if (change.kind == Change::Kind::remove)
                    lines_.erase(line);
                else
                    lines_.insert(line);
            }
        return true;
    }
    std::vector<Held> list() const override
    {
        std::string text;
        for (const auto& line : lines_)
            text += line + '\n';
        return ufw_state(parse_ufw_added(text), kGroups).banned;
    }
    void lose(std::mt19937& random) override
    {
        if (!lines_.empty())
            lines_.erase(std::next(lines_.begin(), static_cast<long>(random() % lines_.size())));
    }

private:
    // As `ufw show added` prints what `ufw prepend` was told.
    static std::string line_of(const UfwRule& rule)
    {
        const auto words = ufw_add(rule);
        const auto& from = words[6];
        return "ufw deny from " + from + " to any port " + words[10] +
               " proto tcp comment 'mailban'";
    }

    std::set<std::string> lines_{};
};

template <class T>
class NestedPrefixes : public ::testing::Test {
};
using Models = ::testing::Types<FirewalldModel, UfwModel>;
TYPED_TEST_SUITE(NestedPrefixes, Models);

// The first and last addresses of each block of the small world, and their neighbours.
std::vector<IpAddress> probes(const Wanted& ever)
{
    std::vector<IpAddress> all;
    for (const auto& [prefix, ban] : ever) {
        auto last = prefix.base().bytes();
        const unsigned bits = prefix.length() + (prefix.is_v4() ? 96U : 0U);
        for (unsigned bit = bits; bit < 128; ++bit)
            last[bit / 8] |= static_cast<std::uint8_t>(0x80U >> bit % 8);
        auto after = last;
        for (std::size_t at = after.size(); at-- > 0 && ++after[at] == 0;) {}
        all.push_back(prefix.base());
        all.emplace_back(last);
        all.emplace_back(after);
    }
    return all;
}

TYPED_TEST(NestedPrefixes, BlockExactlyTheAddressesAndPortsThatSomeBanHolds)
{
    for (unsigned seed = 0; seed < 40; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        TypeParam model;
        Target target(KeepsTime::no, kGroups);
        const bool one_group = seed % 4 == 0;
        Wanted wanted;
        Wanted ever;
        const auto settle = [&] {
            for (int round = 0; target.waiting() > 0 && round < 1000; ++round) {
                const auto plan = target.next(model.batch(), kNoon);
                if (random() % 8 == 0) {
                    target.failed(plan);
                } else {
                    ASSERT_TRUE(model.apply(plan)) << "told something that overlaps";
                    target.succeeded(plan);
                }
            }
            ASSERT_EQ(target.pending(), 0U);
        };
        for (int step = 0; step < 40; ++step) {
            const auto prefix = any_prefix(random);
            ever[prefix] = {};
            if (random() % 5 < 2) {
                target.drop(prefix);
                wanted.erase(prefix);
            } else {
                wanted[prefix] = WantedBan({}, one_group ? PortGroup{0} : any_group(random));
                target.want(prefix, wanted[prefix]);
            }
            if (random() % 10 == 0) {
                model.lose(random);
                target.observed(model.list(), kNoon);
            }
            if (random() % 3 != 0) continue;
            settle();
            const auto held = model.list();
            for (const auto& address : probes(ever)) {
                for (const auto port : kPorts) {
                    const auto shuts_out = [&](const auto& one) {
                        return one.first.contains(address) && closes(one.second.group, port);
                    };
                    ASSERT_EQ(blocks(held, address, port),
                              std::any_of(wanted.begin(), wanted.end(), shuts_out))
                        << address.to_string() << " port " << port << " at step " << step;
                }
            }
        }
    }
}

// Where changes go one by one, nobody who is banned before and after is let in meanwhile, on any
// port: a ban that comes to close more ports stands while it does.
TEST(NestedPrefixesOneByOne, NeverOpenWhatStaysBanned)
{
    for (unsigned seed = 0; seed < 80; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        UfwModel model;
        Target target(KeepsTime::no, kGroups);
        Wanted wanted;
        for (int step = 0; step < 30; ++step) {
            const auto prefix = any_prefix(random);
            const auto before = wanted;
            const auto group = any_group(random);
            const auto old = wanted.find(prefix);
            const bool widens = old == wanted.end() || kGroups.covers(group, old->second.group);
            if (random() % 5 < 2) {
                target.drop(prefix);
                wanted.erase(prefix);
            } else if (widens) {
                wanted[prefix] = WantedBan({}, group);
                target.want(prefix, wanted[prefix]);
            }
            const auto holds = [](const Wanted& set, const IpAddress& address, std::uint16_t port) {
                return std::any_of(set.begin(), set.end(), [&](const auto& one) {
                    return one.first.contains(address) && closes(one.second.group, port);
                });
            };
            for (int round = 0; target.waiting() > 0; ++round) {
                ASSERT_LT(round, 1000) << "never done";
                const auto plan = target.next(1, kNoon);
                ASSERT_TRUE(model.apply(plan));
                target.succeeded(plan);
                const auto held = model.list();
                for (const auto& [one, ban] : before)
                    for (const auto port : kPorts) {
                        if (!closes(ban.group, port) || !holds(wanted, one.base(), port)) continue;
                        ASSERT_TRUE(blocks(held, one.base(), port))
                            << one.to_string() << " port " << port << " at step " << step;
                    }
            }
        }
    }
}

}  // namespace

}  // namespace mailban::test::nested_test
