// Aftermath: whether a line can be the work of a client that an earlier line tells of.
//
// Some programs write into their own log what a client sends, with its line feeds. The client's
// text then goes on as lines of the client's own making, in which nothing differs from true ones.
// But such lines follow at once: within the bytes that the program writes of one record, and in
// the same breath. Where a record begins with the client's true address, this is enough: a line is
// believed if every record that may reach as far as that line is of the same client.
//
// So nobody can write a line of somebody else's. What two clients do at the same time is left out;
// and of an old log, which is read all at once, only the bytes tell one record from the next.
#pragma once

#include "mailban/net/ip_address.h"
#include "mailban/time/time.h"

#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

namespace mailban {

class Aftermath {
public:
    // A record reaches the log in one piece; so long after its beginning no more of it comes.
    static constexpr Duration kBreath = std::chrono::seconds(1);
    static constexpr std::size_t kUnbounded = std::numeric_limits<std::size_t>::max();

    // `longest_record`: the bytes that the program writes of one record at most.
    explicit Aftermath(std::size_t longest_record = kUnbounded) : longest_(longest_record) {}

    // A line of `length` bytes that begins with a client's address, and may hold more of the
    // client's text: whether it is believed. nullopt: whose text it holds is not known.
    bool is_believed(const std::optional<IpAddress>& client, std::size_t length, Timestamp read_at);

private:
    // A record that may reach on.
    struct Record {
        std::optional<IpAddress> client{};
        std::size_t left = 0;
        Timestamp read_at{};
    };
    // More clients than this at once: none of them can be told from the others anyway.
    static constexpr std::size_t kMostRecords = 40;

    std::size_t longest_;
    std::vector<Record> records_{};  // one a client
};

}  // namespace mailban
