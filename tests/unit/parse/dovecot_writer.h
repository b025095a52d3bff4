// Lines as Dovecot would write them, with every field that a client controls filled with text made
// to mislead. Written from Dovecot's formats, independently of the parser.
#pragma once

#include "mailban/parse/event.h"

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace mailban::test {

struct WrittenDovecotLine {
    std::string text{};
    // What the line truly tells; no address: Dovecot was told none.
    std::optional<IpAddress> client{};
    std::optional<EventKind> kind{};  // nullopt: nothing that is worth an event
    std::optional<std::string> account{};
    std::uint32_t attempts = 1;
    bool is_plain = false;  // no hostile text anywhere: has to be found
};

// Control characters as "?", and at most `longest` bytes, as Dovecot's str_sanitize() has it.
std::string sanitized_by_dovecot(const std::string& text, std::size_t longest);

class DovecotWriter {
public:
    // The seed chooses the configuration, too: header, version, elements and their order.
    explicit DovecotWriter(std::uint32_t seed);

    WrittenDovecotLine write();

    // What a client may send as a name or a password: plain, or made of pieces of log lines.
    std::string hostile_text();

private:
    struct Client;

    std::size_t below(std::size_t limit) { return random_() % limit; }
    bool chance(unsigned percent) { return random_() % 100 < percent; }
    template <class Strings>
    std::string pick(const Strings& strings)
    {
        return strings[below(strings.size())];
    }

    Client connect();
    std::string header(const std::string& process);
    std::string elements(const Client& client);
    std::string element(const std::string& name, const Client& client);
    WrittenDovecotLine login(const Client& client);
    WrittenDovecotLine attempt(const Client& client);
    WrittenDovecotLine proxied(const Client& client);
    WrittenDovecotLine pam(const Client& client);
    std::string answer(const Client& client);
    std::string old_attempt(const Client& client, const std::string& said);
    std::string new_attempt(const Client& client, const std::string& said);

    std::mt19937 random_;
    bool has_own_log_ = false;
    std::string stamp_{};
    bool is_new_ = false;  // 2.4
    bool logs_passwords_ = false;
    std::vector<std::string> elements_{};
};

}  // namespace mailban::test
