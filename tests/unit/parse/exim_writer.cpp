#include "unit/parse/exim_writer.h"

#include <array>

#include "unit/parse/exim_fragments.h"
#include "unit/parse/hostile_text.h"

namespace mailban::test {

namespace {

constexpr std::array<const char*, 4> kPlainHelo{"client.example", "ylmf-pc", "User", "localhost"};

std::string stamp_zone(bool zone)
{
    return zone ? " +0000" : "";
}

}  // namespace

struct EximWriter::Client {
    IpAddress ip{};
    std::string host{};                 // verified; empty: none
    std::optional<std::string> helo{};  // nullopt: not said yet, or not shown
    std::optional<std::string> ident{};
    unsigned port = 0;
    std::uint32_t pid = 0;
};

EximWriter::EximWriter(std::uint32_t seed) : random_(seed)
{
    choose_configuration();
}

void EximWriter::choose_configuration()
{
    port_ = chance(50);
    interface_ = chance(40);
    pid_ = chance(40);
    millisec_ = chance(30);
    zone_ = chance(30);
    new_style_ = chance(30);
    connection_id_ = chance(20);
    announces_ = port_ && chance(50);
    medium_ = static_cast<Medium>(below(5));
}

IpAddress EximWriter::any_address()
{
    const auto last = static_cast<std::uint8_t>(1 + below(250));
    if (chance(60)) return IpAddress::v4(192, 0, 2, last);
    return IpAddress({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last});
}

std::string EximWriter::hostile_text()
{
    std::string text;
    for (auto count = 1 + below(7); count > 0; --count)
        text += kEximFragments[below(kEximFragments.size())];
    if (chance(10)) text += ") " + earlier_client_;
    if (chance(4)) text.append(700 + below(900), 'a');
    if (chance(20)) text += kEximFragments[below(3)];
    return text;
}

std::string EximWriter::account()
{
    return hostile_ && chance(60) ? as_exim_prints(hostile_text()) : "bob@example.com";
}

EximWriter::Client EximWriter::connect()
{
    Client client;
    client.ip = any_address();
    if (chance(40)) client.host = "host-" + std::to_string(below(200)) + ".client.example";
    if (chance(90)) {
        client.helo = hostile_ && chance(70) ? hostile_text() : kPlainHelo[below(4)];
        if (chance(10)) client.helo = "[8.8.8.8]";
    }
    if (chance(10))
        client.ident = hostile_ ? as_exim_prints(hostile_text().substr(0, 127)) : "fred";
    client.port = static_cast<unsigned>(1024 + below(60000));
    client.pid = next_pid_++;
    return client;
}

std::string EximWriter::fullhost(const Client& client) const
{
    std::string text = client.host;
    if (client.helo) text += (text.empty() ? "(" : " (") + *client.helo + ")";
    text += (text.empty() ? "[" : " [") + client.ip.to_string() + "]";
    if (port_) text += ":" + std::to_string(client.port);
    if (interface_) text += " I=[192.0.2.1]:25";
    return text;
}

std::string EximWriter::host_and_ident(const Client& client) const
{
    auto text = fullhost(client);
    if (client.ident) text += " U=" + *client.ident;
    if (connection_id_) text += " Ci=123456";
    return text;
}

std::string EximWriter::tls()
{
    std::string text = " X=TLS1.3:ECDHE__AES_256_GCM:256 CV=no";
    if (!hostile_) return text;
    if (chance(20)) text += " DN=\"" + as_exim_prints(hostile_text()) + "\"";
    if (chance(20)) text += " SNI=mail.example";
    return text;
}

// A sender's quoted local part can hold anything but an unescaped quote.
std::string EximWriter::sender()
{
    if (!hostile_ || chance(50)) return "alice@example.com";
    std::string quoted;
    for (const char c : hostile_text()) {
        if (c == '"' || c == '\\') quoted += '\\';
        if (c != '\r') quoted += c;
    }
    return "\"" + quoted + "\"@evil.example";
}

WrittenLine EximWriter::authentication(const Client& client)
{
    WrittenLine line;
    line.client = client.ip;
    line.text = std::string(chance(50) ? "dovecot_login" : "plain") + " authenticator failed for " +
                (new_style_ ? "H=" : "") + host_and_ident(client) + ": ";
    const auto name = account();
    const auto set_id = " (set_id=" + name + ")";
    const bool has_id = chance(85);
    switch (below(8)) {
    case 0:
        line.kind = EventKind::auth_unavailable;
        line.text += "435 Unable to authenticate at present" + (has_id ? set_id : "") + ": " +
                     (hostile_ && chance(30) ? as_exim_prints(hostile_text()) : "socket error");
        break;
    case 1:
        line.kind = EventKind::abuse;
        line.text += chance(50) ? "501 Invalid base64 data" : "501 Authentication cancelled";
        return line;
    default:
        line.kind = EventKind::auth_failure;
        line.text += "535 Incorrect authentication data" + (has_id ? set_id : "");
    }
    if (has_id) line.account = name;
    return line;
}

WrittenLine EximWriter::arrival(const Client& client)
{
    WrittenLine line;
    line.client = client.ip;
    const bool authenticated = chance(50);
    const bool encrypted = chance(50);
    line.text = std::string(new_style_ ? "1xVd7j-0000000008G-3uoV" : "1xVcXL-00008W-2H") +
                " <= " + sender() + " H=" + fullhost(client);
    if (client.ident) line.text += " U=" + *client.ident;
    line.text += std::string(" P=esmtp") + (encrypted ? "s" : "") + (authenticated ? "a" : "");
    if (chance(20)) line.text += " L.-";
    if (encrypted) line.text += tls();
    if (authenticated) {
        line.kind = EventKind::auth_success;
        line.account = "bob@example.com";
        line.text += " A=login:bob@example.com";
    }
    line.text += " S=389";
    if (hostile_)
        line.text += " id=" + as_exim_prints(hostile_text()) + " T=\"" +
                     as_exim_prints(hostile_text()) + "\"";
    return line;
}

WrittenLine EximWriter::idle_session(const Client& client)
{
    WrittenLine line;
    line.client = client.ip;
    line.text = "no MAIL in SMTP connection from " + host_and_ident(client) + " D=0.2s";
    if (chance(50)) {
        line.kind = EventKind::auth_success;
        // Whoever could log in has an account of ours: it is odd at most.
        const std::string name = chance(80) ? "bob@example.com" : "o'neill [sales]";
        line.account = name;
        line.text += " A=login:" + name;
    }
    if (chance(50)) line.text += tls();
    line.text += " C=EHLO,AUTH,QUIT";
    return line;
}

WrittenLine EximWriter::refusal(const Client& client)
{
    WrittenLine line;
    line.client = client.ip;
    line.text = "H=" + host_and_ident(client);
    if (chance(30)) line.text += tls();
    const auto recipient = "<" + sender() + ">";
    line.text += " F=<" + sender() + "> rejected RCPT " + recipient.substr(0, 100) + ": ";
    if (chance(50)) {
        line.kind = EventKind::relay_denied;
        line.text += "relay not permitted";
    } else {
        line.kind = EventKind::unknown_recipient;
        line.text += "Unrouteable address";
    }
    return line;
}

// Lines about a client that are worth nothing, or at most the refusal that they are.
WrittenLine EximWriter::other_server_line(const Client& client)
{
    WrittenLine line;
    line.client = client.ip;
    const auto who = host_and_ident(client);
    const auto words = hostile_ ? as_exim_prints(hostile_text()) : "words";
    switch (below(8)) {
    case 0: line.text = "H=" + who + " sender verify fail for <" + sender() + ">: " + words; break;
    case 1: line.text = "H=" + who + " Warning: " + words; break;
    case 2:
        line.text = "SMTP call from " + who +
                    " dropped: too many syntax or protocol errors (last "
                    "command was \"" +
                    words + "\", C=EHLO,AUTH)";
        break;
    case 3:
        line.text = "SMTP syntax error in \"" + words + "\" H=" + who + " unrecognized command";
        break;
    case 4: line.text = "SMTP connection from " + who + " lost while reading message data"; break;
    case 5:
        line.text = "rejected EHLO from " + who + ": syntactically invalid argument(s): " + words;
        break;
    case 6:
        line.text = "H=" + who + " incomplete transaction (QUIT) from <" + sender() + ">";
        break;
    default:
        line.text = "H=" + who + " rejected EHLO or HELO " + words.substr(0, 100) + ": no";
        break;
    }
    return line;
}

// Exim as a client of others, whose replies it logs raw.
WrittenLine EximWriter::outgoing_line()
{
    WrittenLine line;
    const auto reply = "535-" + hostile_text() + (chance(50) ? "\n535 " + hostile_text() : "");
    const std::string id = chance(80) ? "1xVcZQ-0000AT-04 " : "";
    switch (below(4)) {
    case 0:
        line.text =
            id + "remote_login authenticator failed H=mx.remote.example [203.0.113.215] " + reply;
        break;
    case 1:
        line.text =
            "1xVcZQ-0000AT-04 ** bob@remote.example R=remote T=smtp H=mx.remote.example "
            "[203.0.113.210]: SMTP error from remote mail server after RCPT TO: " +
            reply;
        break;
    case 2:
        line.text = "1xVcZQ-0000AT-04 == bob@remote.example R=remote T=smtp defer (-42): " + reply;
        break;
    default:
        line.text =
            "1xVcZP-0000AA-1e => bob@remote.example R=r T=t H=mx.remote.example "
            "[203.0.113.212] A=remote_login C=\"" +
            as_exim_prints(reply) + "\"";
    }
    return line;
}

std::string EximWriter::stamp() const
{
    return std::string("2026-11-23 22:26:28") + (millisec_ ? ".123" : "") + stamp_zone(zone_) + " ";
}

// One message becomes one line of a file, or the pieces that syslog makes of it.
void EximWriter::log(const Client& client, WrittenLine line, std::vector<WrittenLine>& log)
{
    constexpr std::size_t kPiece = 870;
    const auto pid = std::to_string(client.pid);
    auto text = std::move(line.text);
    if (pid_) text.insert(0, "[" + pid + "] ");
    if (medium_ != Medium::rfc3164_bare) text.insert(0, stamp());
    const auto add = [&](const std::string& piece, bool first) {
        auto written = line;
        written.is_later_piece = !first;
        if (!first) written.is_plain = false;
        written.text = piece;
        log.push_back(std::move(written));
    };
    if (medium_ == Medium::file) {
        const auto feed = text.find('\n');
        add(text.substr(0, feed), true);
        if (feed != std::string::npos) add(text.substr(feed + 1), false);
        return;
    }
    std::vector<std::pair<std::string, char>> pieces;
    while (!text.empty()) {
        const auto length = std::min(text.find('\n'), std::min(kPiece, text.size()));
        const bool at_feed = length < text.size() && text[length] == '\n';
        pieces.emplace_back(text.substr(0, length), at_feed ? '\\' : '/');
        text.erase(0, length + (at_feed ? 1 : 0));
    }
    std::string header = "Nov 23 22:26:28 mail exim[" + pid + "]: ";
    if (medium_ == Medium::iso)
        header = "2026-11-23T22:26:28.312279+00:00 mail exim4[" + pid + "]: ";
    if (medium_ == Medium::rfc5424)
        header = "<22>1 2026-11-23T22:26:28Z mail exim " + pid + " - - ";
    for (std::size_t index = 0; index < pieces.size(); ++index) {
        const auto mark = "[" + std::to_string(index + 1) + pieces[index].second +
                          std::to_string(pieces.size()) + "] ";
        add(header + (pieces.size() > 1 ? mark : "") + pieces[index].first, index == 0);
    }
}

std::vector<WrittenLine> EximWriter::write_session()
{
    hostile_ = chance(85);
    std::vector<WrittenLine> lines;
    const auto client = connect();
    const auto announced = fullhost({.ip = client.ip, .port = client.port});
    if (announces_) {
        // The daemon writes this, not the process that will serve the client.
        WrittenLine line;
        line.text = "SMTP connection from " + announced + " (TCP/IP connection count = 1)";
        Client daemon;
        daemon.pid = 17;
        log(daemon, line, lines);
    }
    if (client.host.empty() && chance(70)) {
        WrittenLine line;
        line.text = "no host name found for IP address " + client.ip.to_string();
        log(client, line, lines);
    }
    for (auto count = 1 + below(3); count > 0; --count) {
        WrittenLine line;
        switch (below(8)) {
        case 0: line = arrival(client); break;
        case 1: line = idle_session(client); break;
        case 2: line = refusal(client); break;
        case 3: line = other_server_line(client); break;
        case 4: line = outgoing_line(); break;
        default: line = authentication(client);
        }
        // Behind an ident reply, refusals are not read.
        const bool is_read = !client.ident || !line.text.starts_with("H=");
        line.is_plain = !hostile_ && line.kind && is_read;
        log(client, std::move(line), lines);
    }
    earlier_client_ = announced;
    return lines;
}

}  // namespace mailban::test
