// SharedDoors: guesses from addresses that several users share.
//
// The firewall leaves such an address alone until failures outgrow by far what its users explain,
// because it would shut out all of them. The door can refuse single attempts before: those at an
// account that has failed too often from there, and those at accounts that were never used from
// there, where guesses have been made at several of them. These are counted for the whole network
// (/24, /56): a carrier gives each session another of its addresses.
//
// Its state is a function of the events it was shown, in their order.
#pragma once

#include "mailban/detect/window_table.h"
#include "mailban/net/prefix_lengths.h"
#include "mailban/parse/event.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mailban {

class SharedDoors {
public:
    // So many accounts in a day that strangers have failed at from one network are guessed at.
    static constexpr std::uint32_t kMostAccounts = 6;
    // So many failures in a day of one client at one account are too many: of a stranger, of one
    // where such guesses are made, and where the account was used from the client's network.
    static constexpr std::size_t kMostOfStranger = 5;
    static constexpr std::size_t kMostWhereGuessed = 3;
    static constexpr std::uint32_t kMostOfNeighbour = 10;

    static constexpr std::size_t kMostPairs = 100'000;

    // At most `tracked` pairs, and as many networks, are watched at once.
    SharedDoors(std::size_t tracked, PrefixLengths client, PrefixLengths network,
                std::uint64_t hash_seed);

    enum class Who : std::uint8_t { stranger, neighbour };
    // Wrong passwords at an account that this client has never used; `attempts` of them.
    void note(const Event& failure, std::uint32_t attempts, Who who, Timestamp at);
    // The client has logged in to the account.
    void forgive(const IpAddress& ip, std::string_view account);
    // One attempt of a failure that was noted at its time was none.
    void withdraw(const Event& failure);
    // A stranger was refused: guesses that are made go on with it, and none begin.
    void keep(const Event& refused, Timestamp at);
    // The clock was set back: see WindowTable::set_back.
    void set_back(Timestamp at);

    // Whether strangers guess from this client's network.
    bool is_guessed_from(const IpAddress& ip, Timestamp at) const;
    // Failures of this client at this account within a day, at most kMostOfNeighbour.
    std::size_t failures(const IpAddress& ip, std::string_view account, Timestamp at) const;

    // Whether the other one would have counted the same.
    bool counts_like(const SharedDoors& other) const noexcept;

private:
    IpAddress pair_of(const IpAddress& ip, std::string_view account) const;

    PrefixLengths client_;
    PrefixLengths network_;
    std::uint64_t hash_seed_;
    WindowTable networks_;  // accounts, by network
    WindowTable pairs_;     // failures, by client and account
};

}  // namespace mailban
