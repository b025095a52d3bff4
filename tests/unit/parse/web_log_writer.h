// Logs as Roundcube, SOGo, Horde and Zimbra would write them, with every field that a client
// controls filled with text made to mislead: ends and beginnings of the line itself, and whole
// lines behind a line feed, of this server and of others. Each server's own filters are applied to
// it, and no more. Written from the servers' sources, independently of the parsers.
#pragma once

#include "mailban/parse/event.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace mailban::test {

// One attempt to log in, and everything that the log says meanwhile.
struct WebAttempt {
    std::vector<std::string> lines{};
    IpAddress client{};
    EventKind kind = EventKind::auth_failure;
    std::string account{};
    bool is_plain = false;      // no hostile text anywhere: has to be found
    bool tells_account = true;  // an event that names an account has to name this one
    Timestamp at{};
};

class WebLogWriter {
public:
    explicit WebLogWriter(std::uint32_t seed) : random_(seed) {}

    // From now on, clients come through a proxy of a private network, which appends their address
    // to what they say of it; or the front end does so, and another proxy stands behind it.
    void put_behind_proxy() { is_proxied_ = true; }

    WebAttempt roundcube();        // userlogins.log
    WebAttempt roundcube_error();  // through syslog, line feeds escaped
    WebAttempt sogo();             // sogo.log, behind a front end that sets the address
    WebAttempt horde_in_syslog();  // line feeds escaped
    WebAttempt horde_in_file();    // raw
    WebAttempt zimbra();           // audit.log

private:
    std::size_t below(std::size_t limit) { return random_() % limit; }
    bool chance(unsigned percent) { return random_() % 100 < percent; }

    WebAttempt begin();
    IpAddress any_address();
    // `plain`, or hostile text in its place.
    std::string text(const std::string& plain);
    std::string header_text(const std::string& plain);
    std::string forged_line();
    std::string forwarded(const char* before);
    // The web server's peer, and what stands behind it.
    std::string peer(const WebAttempt& attempt, const char* before, unsigned chance_of_headers);
    std::string chain(const IpAddress& client);
    std::string horde_message(const WebAttempt& attempt);
    std::string time_of_day(std::int64_t later = 0);
    std::string session();

    std::mt19937 random_;
    std::int64_t second_ = 0;
    bool is_proxied_ = false;
    bool hostile_ = false;
    bool was_hostile_ = false;
};

}  // namespace mailban::test
