// Lines of real servers in which a client imitates the line itself.
//
// Where a line of a server's has text that the client chose (account, HELO, sender, reverse name,
// command, mechanism), that text is replaced by pieces of the same line with another address in
// place of the client's: its beginning, its end, all of it, cut and joined at random. Each server
// gets what it would print: the text is quoted and cut as the server does it, and what the server
// itself wrote stays.
#pragma once

#include "mailban/parse/event.h"

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace mailban::test {

// The addresses that clients claim to have; no log of the corpus knows them.
bool is_claimed(const IpAddress& ip);

struct ClientField {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string (*quote)(const std::string& text) = nullptr;
    std::size_t longest = 0;
};

// What is known of a line besides its bytes.
struct LineKnowledge {
    MailServer server = MailServer::exim;
    std::optional<IpAddress> client{};
    std::optional<std::string> account{};
    bool is_deceptive = false;    // it imitates already: where its fields end is not certain
    bool takes_any_helo = false;  // Exim's helo_accept_junk_hosts
};

// None of them holds the client's own address.
std::vector<ClientField> client_fields_of(const std::string& line, const LineKnowledge& known);

class SelfImitation {
public:
    explicit SelfImitation(std::uint32_t seed) : random_(seed) {}

    // The line with its field as an imitator would have it.
    std::string vary(const std::string& line, const ClientField& field,
                     const std::optional<IpAddress>& client);
    std::size_t below(std::size_t limit) { return random_() % limit; }

private:
    std::string piece(const std::string& line, const ClientField& field);
    std::size_t place_in(const std::string& text);
    std::string cut(const std::string& text);
    std::string around_the_claim(const std::string& line);

    std::mt19937 random_;
};

}  // namespace mailban::test
