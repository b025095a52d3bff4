// A log as Exim would write it, with every field that a client or a remote server controls filled
// with text made to mislead. Written from Exim's formats, independently of the parser.
#pragma once

#include "mailban/parse/event.h"

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace mailban::test {

struct WrittenLine {
    std::string text{};
    // What the line truly tells; no address: it is not about a client at all.
    std::optional<IpAddress> client{};
    std::optional<EventKind> kind{};  // nullopt: nothing that is worth an event
    std::optional<std::string> account{};
    bool is_plain = false;        // no hostile text anywhere: has to be found
    bool is_later_piece = false;  // of a line that an earlier one has begun
};

class EximWriter {
public:
    // The seed chooses the configuration, too: what each line shows of a client.
    explicit EximWriter(std::uint32_t seed);

    // The lines of one connection, in order: at most a dozen.
    std::vector<WrittenLine> write_session();

private:
    struct Client;

    std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
    bool chance(unsigned percent) { return random_() % 100 < percent; }

    IpAddress any_address();
    std::string hostile_text();
    std::string account();
    Client connect();
    std::string fullhost(const Client& client) const;
    std::string host_and_ident(const Client& client) const;
    std::string tls();
    std::string sender();

    WrittenLine authentication(const Client& client);
    WrittenLine arrival(const Client& client);
    WrittenLine idle_session(const Client& client);
    WrittenLine refusal(const Client& client);
    WrittenLine other_server_line(const Client& client);
    WrittenLine outgoing_line();

    void choose_configuration();
    std::string stamp() const;
    void log(const Client& client, WrittenLine line, std::vector<WrittenLine>& log);

    std::mt19937 random_;
    std::uint32_t next_pid_ = 300;
    std::string earlier_client_ = "[8.8.8.8]:25";  // as Exim prints it
    bool port_ = false, interface_ = false, pid_ = false, millisec_ = false, zone_ = false;
    bool new_style_ = false, connection_id_ = false, announces_ = false, hostile_ = false;
    enum class Medium { file, rfc3164, rfc3164_bare, iso, rfc5424 } medium_ = Medium::file;
};

}  // namespace mailban::test
