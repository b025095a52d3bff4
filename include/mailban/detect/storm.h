// Storm: guesses that no address and no account shows, only the whole of them.
//
// A botnet that lets each of its addresses guess once a day, at another account each time, breaks
// no rule. But there are more strangers than usual: clients from which nobody has ever logged in,
// which fail and do not log in within the next minutes. Where so many of them, of different
// networks, have failed at many accounts, far more than this machine is used to, there is a storm:
// all of them are guilty, and so is each that follows, at its first failure. Users are never
// strangers, so a storm does not touch them; a stranger has `grace` to log in first, because
// travellers mistype, too.
//
// Its state is a function of what it was shown, in that order. Memory is bounded: kMostSuspects.
#pragma once

#include "mailban/net/prefix_lengths.h"
#include "mailban/net/seeded_hash.h"
#include "mailban/parse/event.h"
#include "mailban/time/time.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered_map.hpp>

namespace mailban {

struct StormSettings {
    // Strangers' networks and accounts within the span: at least so many, and `factor` times as
    // many networks as usual.
    std::uint32_t networks = 30;
    std::uint32_t accounts = 20;
    std::uint32_t factor = 3;
    Duration within = std::chrono::hours(6);
    Duration grace = std::chrono::minutes(15);
    std::optional<Duration> ban = std::chrono::days(7);
    bool operator==(const StormSettings&) const = default;
};

class Storm {
public:
    // How many strangers are remembered at once; the oldest make room.
    static constexpr std::size_t kMostSuspects = 20'000;
    // What is usual is the mean of so many hours, and nothing is usual before a third of them.
    static constexpr std::size_t kUsualHours = 72;
    // A stranger that fails so often at one account within the grace has not only mistyped.
    static constexpr std::uint32_t kMostSlips = 3;

    // A stranger who is guilty. The event is the last failure, without texts: its account is only
    // there or not, and so is its session.
    struct Suspect {
        Event event{};
        Timestamp first{};
        bool operator==(const Suspect&) const = default;
    };

    Storm(const StormSettings& settings, std::uint64_t hash_seed);

    // A stranger failed, at an account that is given as its hash (account_key), or at none that the
    // line names. `client`: the first address of what counts as one client.
    void note_failure(const Event& event, const IpAddress& client, const IpAddress& account,
                      Timestamp at);
    // A stranger was refused before a password was compared (policy). It has no guilt, because it
    // could not log in; but a storm goes on as long as enough of them come.
    void note_refused(const Event& event, const IpAddress& client, const IpAddress& account,
                      Timestamp at);
    // Somebody has logged in from there: it is no stranger.
    void note_login(const IpAddress& client);
    // What this client did before counts no longer.
    void forget(const IpAddress& client) { remove(client); }
    // The clients that are remembered, in no order.
    std::vector<IpAddress> clients() const;
    void advance(Timestamp now);
    // The clock was set back to `at`: see WindowTable::set_back.
    void set_back(Timestamp at);

    // One of the guilty, each once; nullopt: there is none left.
    std::optional<Suspect> take_guilty();

    // Since when there is a storm; nullopt: there is none.
    const std::optional<Timestamp>& since() const noexcept { return since_; }
    // How many networks of strangers have failed within the span, at how many accounts.
    std::size_t networks() const noexcept { return networks_.size(); }
    std::size_t accounts() const noexcept { return accounts_.size(); }
    // How many networks usually fail within such a span, and how many make a storm.
    std::size_t usual() const;
    std::size_t threshold() const;
    // "a storm of strangers: 45 networks failed at 38 accounts within 6h, usually 3 networks"
    std::string text() const;

private:
    enum class Stage : std::uint8_t {
        excused,  // it may still log in
        refused,  // it could not
        counted,  // it did not
        guilty,
    };
    struct Record {
        Suspect suspect{};
        IpAddress network{};
        IpAddress account{};
        std::uint32_t failures = 0;
        Stage stage = Stage::excused;
    };
    // In order of time. Where the record has another `first`, or is gone, the place is void.
    struct Place {
        Timestamp first{};
        IpAddress client{};
    };
    // Records are large, and come and go: a flat table would move all of them now and then.
    using Records = boost::unordered_map<IpAddress, Record, SeededHash>;
    using Numbers = boost::unordered_flat_map<IpAddress, std::uint32_t, SeededHash>;

    Record* record_at(const Place& place);
    Record& add(const Event& event, const IpAddress& client, const IpAddress& account);
    bool enter(const Record& record, const IpAddress& client);
    void count(Record& record, const IpAddress& client);
    void uncount(const Record& record);
    void remove(const IpAddress& client);
    void make_room();
    void condemn(Record& record, const IpAddress& client);
    void follow();
    void enter_hour(Timestamp at);

    StormSettings settings_;
    Timestamp now_ = Timestamp::min();
    Records records_;
    Numbers networks_;  // of those counted
    Numbers accounts_;
    std::deque<Place> excused_{};
    std::deque<Place> counted_{};
    std::deque<Place> guilty_{};
    std::optional<Timestamp> since_{};
    std::array<std::uint32_t, kUsualHours> hours_{};  // new networks in each of the latest hours
    std::optional<std::int64_t> hour_{};              // the latest, since 1970
    std::size_t hours_seen_ = 0;                      // at most kUsualHours
    std::uint64_t sum_ = 0;                           // of hours_
};

}  // namespace mailban
