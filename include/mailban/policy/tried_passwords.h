// TriedPasswords: one wrong password that a client tries again and again is one guess.
//
// A telephone with an old password asks every few minutes; whoever guesses tries another one each
// time. Only reports tell passwords apart here (Event::password of Reporter::report), by marks
// under a key of this process: they are in memory alone, and for no longer than the rules' windows.
#pragma once

#include "mailban/detect/window_table.h"
#include "mailban/net/prefix_lengths.h"
#include "mailban/parse/event.h"

#include <cstddef>
#include <cstdint>

namespace mailban {

class TriedPasswords {
public:
    // Of at most `capacity` clients at accounts, the latest kMostEach of each.
    TriedPasswords(Duration within, std::size_t capacity, PrefixLengths client,
                   std::uint64_t hash_seed);
    static constexpr std::uint32_t kMostEach = 64;

    // Whether this client has tried this password at this account before, less than `within` ago;
    // notes that it has. False where the report does not tell the password.
    bool is_repeated(const Event& report, Timestamp at);
    // See WindowTable::set_back.
    void set_back(Timestamp at) { tries_.set_back(at); }

private:
    PrefixLengths client_;
    std::uint64_t hash_seed_;
    WindowTable tries_;
};

}  // namespace mailban
