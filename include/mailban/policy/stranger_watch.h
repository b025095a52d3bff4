// StrangerWatch: what is kept only to answer mail servers that ask: accounts under attack, and
// guesses from addresses that users share.
//
// Its state is a function of the events it was shown, in their order.
#pragma once

#include "mailban/policy/shared_doors.h"
#include "mailban/policy/siege.h"

namespace mailban {

struct StrangerWatch {
    Siege siege;
    SharedDoors shared_doors;

    // One attempt of a failure that was noted at its time was none.
    void withdraw(const Event& failure)
    {
        siege.withdraw(failure);
        shared_doors.withdraw(failure);
    }
    // The client has logged in to the account: its failures were none.
    void forgive(const IpAddress& ip, std::string_view account)
    {
        siege.forgive(ip, account);
        shared_doors.forgive(ip, account);
    }
    // A stranger was refused before a password was compared.
    void keep(const Event& refused, Timestamp at)
    {
        siege.keep(refused, at);
        shared_doors.keep(refused, at);
    }
    // The clock was set back: see WindowTable::set_back.
    void set_back(Timestamp at)
    {
        siege.set_back(at);
        shared_doors.set_back(at);
    }
    // Whether the other one would have counted the same.
    bool counts_like(const StrangerWatch& other) const noexcept
    {
        return siege.counts_like(other.siege) && shared_doors.counts_like(other.shared_doors);
    }
};

}  // namespace mailban
