// Lines as each of the smaller servers would write them (web programs: web_log_writer.h), with
// every field that a client controls filled with text made to mislead. Written from their formats,
// independently of the parsers.
#pragma once

#include "mailban/parse/event.h"

#include <cstdint>
#include <optional>
#include <random>
#include <string>

namespace mailban::test {

struct OtherLine {
    std::string text{};
    IpAddress client{};
    EventKind kind = EventKind::auth_failure;
    std::string account{};
    bool is_plain = false;  // no hostile text anywhere: has to be found
    // Where the line does not tell an account, an event may name any.
    enum class Account : std::uint8_t { told, untold } telling = Account::told;
};

class OtherServersWriter {
public:
    explicit OtherServersWriter(std::uint32_t seed) : random_(seed) {}

    OtherLine write(MailServer server);

private:
    std::size_t below(std::size_t limit) { return random_() % limit; }
    bool chance(unsigned percent) { return random_() % 100 < percent; }

    IpAddress any_address();
    // `plain`, or hostile text in its place; never a line feed.
    std::string text(const std::string& plain);
    std::string host_in_log() { return chance(50) ? "mail" : "mail.example"; }

    void write_courier(OtherLine& line);
    void write_courier_esmtpd(OtherLine& line);
    void write_haraka(OtherLine& line);
    void write_stalwart(OtherLine& line);
    void write_kerio(OtherLine& line);

    std::mt19937 random_;
    bool hostile_ = false;
    bool was_hostile_ = false;  // any text of this line was
};

}  // namespace mailban::test
