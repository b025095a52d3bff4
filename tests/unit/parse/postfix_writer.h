// Lines as Postfix would write them, with every field that a client or a remote server controls
// filled with text made to mislead. Written from Postfix's formats, independently of the parser.
#pragma once

#include "mailban/parse/event.h"

#include <cstdint>
#include <optional>
#include <random>
#include <string>

namespace mailban::test {

struct WrittenPostfixLine {
    std::string text{};
    std::optional<EventKind> kind{};  // nullopt: nothing that is worth an event
    IpAddress client{};
    std::optional<std::uint16_t> port{};
    std::optional<std::string> account{};  // nullopt: not to be compared
    std::uint32_t attempts = 1;
    bool ends_session = false;  // an event, unless another line has told of it
};

class PostfixWriter {
public:
    explicit PostfixWriter(std::uint32_t seed) : random_(seed) {}

    WrittenPostfixLine write();
    // Any bytes but LF.
    std::string hostile_text();

private:
    std::size_t below(std::size_t limit) { return random_() % limit; }
    bool chance(unsigned percent) { return random_() % 100 < percent; }

    void choose_client(WrittenPostfixLine& line);
    std::string client(const WrittenPostfixLine& line);
    std::string host_name();
    std::string helo_name();
    std::string envelope();
    std::string queue_id();

    void write_authentication(WrittenPostfixLine& line);
    void write_login(WrittenPostfixLine& line);
    void write_refusal(WrittenPostfixLine& line);
    void write_abuse(WrittenPostfixLine& line);
    void write_postscreen(WrittenPostfixLine& line);
    void write_session(WrittenPostfixLine& line);
    void write_other_program(WrittenPostfixLine& line);
    void wrap(WrittenPostfixLine& line);

    std::mt19937 random_;
    std::string program_{};
};

}  // namespace mailban::test
