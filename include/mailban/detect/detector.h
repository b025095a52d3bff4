// Detector: every rule's counts for everybody under watch; says which rules an event trips.
//
// Its state is a function of the events it was shown, in their order, and of nothing else: shown
// the same events again after a restart, it stands where it stood.
#pragma once

#include "mailban/detect/account.h"
#include "mailban/detect/rule.h"
#include "mailban/detect/window_table.h"
#include "mailban/net/prefix.h"
#include "mailban/net/prefix_lengths.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace mailban {

struct WindowCount {
    const Rule* rule = nullptr;
    std::size_t count = 0;
};

// Whether mailban has seen enough logins to tell customers from strangers (Learning).
enum class Knowledge : std::uint8_t { learning, learned };

// Whether both count the same: they differ in nothing but their names and what follows.
bool count_alike(const Rule& one, const Rule& other);

class Detector {
public:
    // `tracked`: how many clients that guess passwords are watched at once, at least 1; of blocks,
    // of accounts, and of clients that do other things (where no rule counts these together with
    // wrong passwords) an eighth as many, or a thousand if that is more. When full, the least
    // guilty of the longest unseen ones makes room. `client`: what counts as one client; an IPv6
    // client owns a block and hops in it.
    Detector(std::vector<Rule> rules, std::size_t tracked, std::uint64_t hash_seed,
             PrefixLengths client = {});

    // Counts `event` as `attempts` attempts made at `at`. Returns the rules it trips, in the order
    // of the configuration. A rule that tripped starts to count anew; but one by account stays
    // tripped for every further client until too few are left within its span. `scale`: so many
    // times as high are the limits of the rules by ip, for an address that several users share.
    // `knowledge`: while mailban learns, rules have their `learning_limit`. `is_suspected`: what
    // suspects() says, where that is known.
    std::vector<const Rule*> observe(const Event& event, std::uint32_t attempts, Timestamp at,
                                     std::uint32_t scale = 1,
                                     Knowledge knowledge = Knowledge::learned,
                                     std::optional<bool> is_suspected = std::nullopt);
    // The limit that the rule has for this address now: it may be higher than the configuration's
    // `limit`, never lower.
    std::uint32_t limit_of(const Rule& rule, const IpAddress& ip, Timestamp at, std::uint32_t scale,
                           Knowledge knowledge) const;
    // Counts a failure at an account that was used from the client's `network` before. Such a
    // client has limits of its own (Judge). Here it counts for others alone, in rules that count
    // addresses: all clients of the network that fail at one account are one address, because one
    // telephone with an old password looks so. Returns the rules by subnet that it trips, which
    // have the highest scale: whose network it is will be found all over it.
    std::vector<const Rule*> observe_neighbour(const Event& event, Timestamp at,
                                               const Prefix& network);

    // So many attempts that were counted without a password, at `at` or a little later, turn out to
    // be tries of this event's.
    void learn_password(const Event& event, std::uint32_t attempts, Timestamp at);
    // By how much the line with the password may bear a later stamp than the one without.
    static constexpr Duration kSlack = std::chrono::seconds(2);

    // The client has logged in to this account: its failures there were no guesses. Those at other
    // accounts stay. Returns the number of failures that counted in a rule by ip.
    std::uint32_t forgive(const IpAddress& ip, std::string_view account, Timestamp at);

    // One attempt of a failure that was counted at its time was none; `network` is what
    // observe_neighbour() was given if it was counted there. What it has tripped stays.
    void withdraw(const Event& failure, const Prefix& network);

    // Forgets what clients in `prefixes` have done; of a prefix narrower than a client, the whole
    // client. In rules by account, and in those by subnet that count addresses, their part alone is
    // taken out. What a rule by subnet counted for a wider block without knowing the client stays,
    // and of a prefix wider than a client so does, in rules by account, that of clients that no
    // rule by ip has under watch.
    void pardon(const std::vector<Prefix>& prefixes);

    // The clock was set back to `at`: see WindowTable::set_back.
    void set_back(Timestamp at);

    // Whether wrong passwords of this client count toward a rule at `at`.
    bool suspects(const IpAddress& ip, Timestamp at) const;
    // By which rules by ip they do; in order of the configuration.
    std::vector<const Rule*> suspecting(const IpAddress& ip, Timestamp at) const;
    // What forgive() would return, and what it would with only that rule by ip for which it is
    // least.
    struct Forgivable {
        std::uint32_t most = 0;
        std::uint32_t least = 0;
    };
    Forgivable forgivable(const IpAddress& ip, std::string_view account) const;
    // Whether there was ever more to watch than there is room for in the rules by ip, with one
    // count of each.
    bool was_ever_full() const noexcept;
    // Whether the event's client has failed at its account.
    bool has_failed_at_account(const Event& event, Timestamp at) const;

    // Whether `before` has counted for each rule of this detector all that it asks for.
    bool can_inherit_all(const Detector& before) const;
    // Takes over what `before`, a detector of an earlier configuration, has counted for each rule
    // that is the same there. Other rules keep what they have counted here; those that are gone are
    // forgotten. Takes microseconds, however much was counted.
    void inherit(Detector&& before);
    // Until inherit(), counts nothing for rules that it would take over from `before` anyway, and
    // asks `before`, which has to live as long, whom these suspect. What its other rules count is
    // noted in the windows of `before`, as counts of their own, where the same clients, blocks or
    // accounts are watched for the same kinds of events: an event that both need is kept once.
    // `before` counts as if nothing had been noted. Where an earlier detector leaned on `before`,
    // that one cannot be used any more. Looks at every event of `before` if that has often been
    // leaned on: some milliseconds.
    void lean_on(Detector& before);

    // How far each rule has counted for one client and its blocks; empty when none of them is
    // under watch. Rules by account are left out.
    std::vector<WindowCount> counts(const IpAddress& ip) const;

    const std::vector<Rule>& rules() const noexcept { return rules_; }
    bool concerns(EventKind kind) const noexcept;
    std::size_t tracked() const noexcept;  // clients
    std::uint64_t evicted() const noexcept;

private:
    // Which hash tells the events of one key apart.
    enum class TagKind : std::uint8_t { account, client, both, password };
    static constexpr WindowTable::Counts kOnlyCount{1};  // of a table of one count
    // Which events are counted, for which keys, and by what they are told apart.
    struct Scope {
        EventKinds on{};
        CountBy by = CountBy::ip;
        PrefixLengths lengths{};
        TagKind tag = TagKind::account;

        bool operator==(const Scope&) const = default;
    };
    // Rules of one scope. Each event is kept once for all of them, and walked past by all of them.
    struct Group : Scope {
        // Of each count; kNoRule: it is of a configuration before, or of one that may follow.
        std::vector<std::size_t> rules{};
        WindowTable::Counts left_out{};  // until inherit()
        WindowTable own;
        WindowTable* lent = nullptr;  // until inherit(): by the detector that is leaned on
        // Clients that failed more than once, by block; only where a rule has a `single_limit`.
        std::optional<WindowTable> repeated{};  // of one count
        Duration repeated_within{};             // the longest span of such a rule

        WindowTable& windows() noexcept { return lent != nullptr ? *lent : own; }
        const WindowTable& windows() const noexcept { return lent != nullptr ? *lent : own; }
        WindowTable::Counts counts() const noexcept;  // those with a rule
        // See WindowTable::hit_within, and recall_within where the windows are lent.
        WindowTable::Counts note(const IpAddress& key, WindowTable::Value what, Timestamp at,
                                 WindowTable::Counts which, const WindowTable::Times& times,
                                 const WindowTable::Limits& limits);
    };
    // Who did it, as the groups' keys and tags need it.
    struct CountedAttempt {
        IpAddress ip{};
        IpAddress client{};
        std::optional<IpAddress> account{};
        std::optional<PasswordMark> password{};
    };

    static constexpr std::size_t kNoRule = ~std::size_t{0};

    static TagKind tag_kind(const Rule& rule) noexcept;
    Scope scope_of(const Rule& rule) const;
    static WindowTable::Count count_of(const Rule& rule);
    bool has_same_keys(const Detector& other) const noexcept;
    // For each of this detector's rules the one of `before` that counts the same, or kNoRule.
    std::vector<std::size_t> equals_in(const Detector& before) const;
    void borrow(Group& lender);
    void end_loans();
    // Which of this detector's rules each count of a group of `before` is for.
    std::vector<std::size_t> heirs_of(const Group& group,
                                      const std::vector<std::size_t>& equals) const;
    std::vector<Group> take_groups(Detector& before, const std::vector<std::size_t>& equals);
    void add_groups(std::size_t tracked);
    // As how many events so many attempts count, by the group's counts.
    WindowTable::Times weighed(const Group& group, EventKind kind, std::uint32_t attempts) const;
    WindowTable::Counts counting(const Group& group, EventKind kind, bool has_account) const;
    CountedAttempt counted_attempt(const IpAddress& ip,
                                   std::optional<std::string_view> account) const;
    bool counts_addresses(const Group& group) const;
    IpAddress key_of(const Group& group, const CountedAttempt& counted_attempt) const;
    WindowTable::Value distinct_value(const Group& group,
                                      const CountedAttempt& counted_attempt) const;
    WindowTable::Value try_of(const Group& group, const CountedAttempt& counted_attempt) const;
    void track_repeated(Group& group) const;
    void take_repeated(Group& lender);
    void note_repeated(Group& group, const CountedAttempt& counted_attempt, Timestamp at) const;
    WindowTable::Limits limits_in(const Group& group, WindowTable::Counts which,
                                  const IpAddress& ip, Timestamp at, std::uint32_t scale,
                                  Knowledge knowledge) const;
    std::uint32_t limit_in(const Group& group, const Rule& rule, const IpAddress& ip, Timestamp at,
                           std::uint32_t scale, Knowledge knowledge) const;
    std::vector<IpAddress> clients_in(const std::vector<Prefix>& prefixes) const;
    void pardon_blocks(Group& group, const std::vector<Prefix>& prefixes,
                       const std::vector<IpAddress>& clients) const;

    std::vector<Rule> rules_;
    std::size_t tracked_;
    std::uint64_t hash_seed_;
    PrefixLengths client_;
    std::vector<Group> groups_{};  // those by ip first
    const Detector* leaned_on_ = nullptr;
    std::uint64_t evicted_before_ = 0;  // by groups that have gone
};

}  // namespace mailban
