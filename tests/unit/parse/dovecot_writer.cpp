#include "unit/parse/dovecot_writer.h"

#include <algorithm>
#include <array>

namespace mailban::test {

namespace {

constexpr std::array<const char*, 46> kFragments{
    " rhost=8.8.8.8",
    " rhost=8.8.8.8  user=x",
    "  user=x",
    " rhost=",
    "): Login failed: Authentication failed.",
    "): Login failed to 8.8.8.8:143: Authentication failed.: user=<x>, rip=8.8.8.8",
    "): started proxying to x: user=<x>, rip=8.8.8.8",
    ": user=<x>, rip=8.8.8.8",
    ") (auth_failed): user=<x>, rip=8.8.8.8",
    "8.8.8.8,sasl:plain)<x>: sasl(plain): Password mismatch",
    ">, method=PLAIN, rip=8.8.8.8, lip=1.1.1.1, session=<x",
    ">, rip=8.8.8.8",
    ">, rip=8.8.8.8, lip=1.1.1.1",
    ", rip=8.8.8.8",
    "rip=8.8.8.8, user=<",
    ", session=<",
    ", y=<",
    ", TLS",
    ">",
    "<",
    ",",
    ", ",
    ": ",
    "(",
    ")",
    "x",
    "?",
    "1): ",
    "default): sql(",
    ",8.8.8.8",
    ",8.8.8.8): unknown user",
    ",8.8.8.8,<x>): Password mismatch",
    ",8.8.8.8): unknown user (given password: ",
    ",8.8.8.8,sasl:plain)<x>: sql: unknown user",
    ",8.8.8.8,sasl:plain): Info: sql: unknown user (given password: ",
    ",8.8.8.8)<1>: request [1]: sql: unknown user (given password: ",
    "1): sql(x,8.8.8.8): unknown user (given password: ",
    ",2001:db8:dead::1): oauth2 failed: ",
    "::ffff:8.8.8.8",
    " (auth failed, 9 attempts in 1 secs): user=<x>, rip=8.8.8.8",
    " (username: x,8.8.8.8): unknown user",
    "Jan  1 00:00:00 auth: Info: sql(x,8.8.8.8): unknown user",
    " dovecot: auth: sql(x,8.8.8.8): unknown user",
    " exim: x authenticator failed for [8.8.8.8]: 535 Incorrect authentication data",
    "\r\n\x01\t",
    "\xff\xfe\xc3\xbc"};

constexpr std::array<const char*, 5> kPlainNames{"alice", "bob@example.com", "nosuch@corpus.test",
                                                 "info", "u.1-2_3"};
constexpr std::array<const char*, 4> kDatabases{"passwd-file", "sql", "pam", "ldap"};
constexpr std::array<const char*, 3> kMechanisms{"PLAIN", "LOGIN", "CRAM-MD5"};
constexpr std::array<const char*, 4> kLogins{"imap-login", "pop3-login", "submission-login",
                                             "managesieve-login"};
constexpr std::array<const char*, 4> kEndings{
    "Disconnected", "Aborted login", "Disconnected: Aborted login by logging out",
    "Disconnected: Connection closed: read(size=988) failed: Connection reset by peer"};

// What may be shown besides `rip=`.
constexpr std::array<const char*, 9> kElements{"user",   "method",  "lip",   "mpid", "tls",
                                               "cipher", "session", "rport", "lport"};

std::string lower(std::string text)
{
    for (auto& c : text)
        c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return text;
}

}  // namespace

struct DovecotWriter::Client {
    std::optional<IpAddress> ip{};
    std::string name{};
    std::string password{};
    std::string mechanism{};
    std::string session{};
    std::uint16_t port = 0;
    bool is_plain = false;
};

std::string sanitized_by_dovecot(const std::string& text, std::size_t longest)
{
    std::string plain = text.substr(0, longest);
    for (auto& c : plain)
        if (static_cast<unsigned char>(c) < 32) c = '?';
    if (text.size() > longest) plain.replace(longest - 3, 3, "...");
    return plain;
}

DovecotWriter::DovecotWriter(std::uint32_t seed) : random_(seed)
{
    constexpr std::array<const char*, 3> kOwnStamps{"Nov 23 22:26:32 ", "2026-11-23 22:26:32 ",
                                                    "2026-11-23T22:26:32+00:00 "};
    constexpr std::array<const char*, 3> kHeaders{
        "Nov 23 22:26:32 mail dovecot: ", "2026-11-23T22:26:32.123456+00:00 mail dovecot[4711]: ",
        "<22>1 2026-11-23T22:26:32.123Z mail dovecot - - - "};
    has_own_log_ = chance(50);
    stamp_ = has_own_log_ ? pick(kOwnStamps) : pick(kHeaders);
    is_new_ = chance(50);
    logs_passwords_ = chance(30);
    elements_.assign(kElements.begin(), kElements.end());
    if (chance(50)) {  // the default order
        elements_ = {"user", "method", "rip", "lip", "mpid", "tls", "session"};
        return;
    }
    std::shuffle(elements_.begin(), elements_.end(), random_);
    elements_.resize(1 + below(elements_.size()));
    elements_.insert(elements_.begin() + static_cast<std::ptrdiff_t>(below(elements_.size() + 1)),
                     "rip");
}

std::string DovecotWriter::hostile_text()
{
    std::string text;
    for (auto pieces = 1 + below(4); pieces > 0; --pieces)
        text += pick(kFragments);
    return text;
}

DovecotWriter::Client DovecotWriter::connect()
{
    Client client;
    client.ip = chance(70) ? IpAddress::v4(192, 0, 2, static_cast<std::uint8_t>(1 + below(250)))
                           : *IpAddress::parse("2001:db8::" + std::to_string(1 + below(9000)));
    client.port = static_cast<std::uint16_t>(1024 + below(60000));
    client.mechanism = pick(kMechanisms);
    client.is_plain = chance(30);
    client.name = client.is_plain ? pick(kPlainNames) : hostile_text();
    client.password = client.is_plain || chance(50) ? "secret" : hostile_text();
    // Such are refused before anything is logged of them.
    std::erase_if(client.password, [](char c) { return static_cast<unsigned char>(c) < 32; });
    constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/09";
    for (int index = 0; index < 16; ++index)
        client.session += kBase64[below(kBase64.size())];
    return client;
}

std::string DovecotWriter::header(const std::string& process)
{
    return stamp_ + process + ": " + (has_own_log_ ? "Info: " : "");
}

std::string DovecotWriter::element(const std::string& name, const Client& client)
{
    if (name == "user") return "user=<" + sanitized_by_dovecot(client.name, 80) + ">";
    if (name == "method") return "method=" + client.mechanism;
    if (name == "rip") return client.ip ? "rip=" + client.ip->to_string() : "";
    if (name == "lip") return client.ip ? "lip=192.0.2.1" : "";
    if (name == "rport") return "rport=" + std::to_string(client.port);
    if (name == "lport") return "lport=143";
    if (name == "tls") return chance(50) ? "TLS: Disconnected" : "TLS";
    if (name == "cipher") return "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)";
    if (name == "session") return "session=<" + client.session + ">";
    return "";
}

// Empty ones are left out.
std::string DovecotWriter::elements(const Client& client)
{
    std::string list;
    for (const auto& name : elements_) {
        const auto text = element(name, client);
        if (text.empty()) continue;
        if (!list.empty()) list += ", ";
        list += text;
    }
    return list;
}

WrittenDovecotLine DovecotWriter::login(const Client& client)
{
    WrittenDovecotLine line{.client = client.ip, .is_plain = client.is_plain && client.ip};
    const auto end = elements_.end();
    const auto user = std::find(elements_.begin(), end, "user");
    const auto session = std::find(user, end, "session");
    // A session id may be taken for the end of the name, unless the address stands between the two.
    const bool is_told = session == end || std::find(user, session, "rip") != session;
    if (user != end && (is_told || !client.is_plain))
        line.account = sanitized_by_dovecot(client.name, 80);
    std::string message = "Login";
    line.kind = EventKind::auth_success;
    if (chance(20)) {
        message = pick(kEndings) + " (no auth attempts in 3 secs)";
        line.kind.reset();
    } else if (chance(80)) {
        line.kind = EventKind::auth_failure;
        line.attempts = static_cast<std::uint32_t>(1 + below(5));
        message = pick(kEndings) + " (auth failed, " + std::to_string(line.attempts) +
                  " attempts in 7 secs" +
                  (is_new_ && chance(30) ? ", last failure: " + answer(client) : "") + ")" +
                  (is_new_ ? " (auth_failed)" : "");
    }
    line.text = header(pick(kLogins)) + message + ": " + elements(client);
    return line;
}

std::string DovecotWriter::old_attempt(const Client& client, const std::string& said)
{
    const bool is_worker = chance(30);
    auto line = header(is_worker ? "auth-worker(4711)" : "auth");
    if (is_worker && chance(50))
        line += "conn unix:auth-worker (pid=13547,uid=110): auth-worker<1>: ";
    line += pick(kDatabases) + "(" + sanitized_by_dovecot(client.name, 64);
    if (client.ip) line += "," + client.ip->to_string();
    if (chance(10)) line += ",master";
    if (chance(60)) line += ",<" + client.session + ">";
    return line + "): " + said;
}

std::string DovecotWriter::new_attempt(const Client& client, const std::string& said)
{
    const bool is_worker = chance(30);
    auto line =
        stamp_ + (is_worker ? "auth-worker(" : "auth(") + sanitized_by_dovecot(client.name, 64);
    if (client.ip) line += "," + client.ip->to_string();
    if (!is_worker || chance(50)) line += ",sasl:" + lower(client.mechanism);
    if (chance(10)) line += ",master";
    line += ")";
    if (is_worker) line += "<4711>";
    if (chance(60)) line += "<" + client.session + ">";
    if (is_worker) line += ": request [12]";
    const auto who = chance(20) ? "sasl(" + lower(client.mechanism) + ")" : pick(kDatabases);
    return line + ": " + (has_own_log_ ? "Info: " : "") + who + ": " + said;
}

WrittenDovecotLine DovecotWriter::attempt(const Client& client)
{
    WrittenDovecotLine line{.client = client.ip,
                            .kind = EventKind::auth_failure,
                            .account = sanitized_by_dovecot(client.name, 64),
                            .is_plain = client.is_plain};
    auto refused = client;
    std::string said = chance(50) ? "unknown user" : "Password mismatch";
    if (chance(20)) {
        said = "Username character disallowed by auth_username_chars: 0x3e (username: " +
               sanitized_by_dovecot(client.name, 128) + ")";
        line.account = sanitized_by_dovecot(client.name, 128);
        refused.name = "?";
        refused.ip = chance(80) ? client.ip : std::nullopt;
        line.client = refused.ip;
        line.is_plain = line.is_plain && refused.ip;
    } else if (chance(10)) {
        said = "No password returned (and no nopassword)";
        line.kind.reset();
    } else if (logs_passwords_) {
        said += " (given password: " + client.password + ")";
    }
    line.text = is_new_ ? new_attempt(refused, said) : old_attempt(refused, said);
    return line;
}

// What a proxy's back end says; it may repeat what the client has sent.
std::string DovecotWriter::answer(const Client& client)
{
    const bool repeats = !client.is_plain && chance(50);
    return "[AUTHENTICATIONFAILED] Authentication failed" +
           (repeats ? " for " + sanitized_by_dovecot(hostile_text(), 200) : std::string(".")) +
           (chance(20) ? " (wrong password)" : "");
}

WrittenDovecotLine DovecotWriter::proxied(const Client& client)
{
    auto line = login(client);
    const bool is_first = elements_.front() == "user";
    line.kind = EventKind::auth_failure;
    line.attempts = 1;
    line.is_plain = line.is_plain && is_first && line.account;
    const auto name = sanitized_by_dovecot(client.name, 200);
    const std::string end = "10.0.0.1:143";
    line.text = header(pick(kLogins)) + "proxy(" + name;
    line.text += is_new_ ? "," + end + "): Login failed: " : "): Login failed to " + end + ": ";
    line.text += answer(client) + ": " + elements(client);
    return line;
}

WrittenDovecotLine DovecotWriter::pam(const Client& client)
{
    constexpr std::array<const char*, 3> kHeaders{
        "Nov 23 22:26:32 mail auth: ", "2026-11-23T22:26:32.123456+00:00 mail dovecot-auth[4711]: ",
        "<22>1 2026-11-23T22:26:32.123Z mail auth - - - "};
    constexpr std::array<const char*, 3> kModules{"pam_unix", "pam_sss", "pam_krb5"};
    const auto name = sanitized_by_dovecot(client.name, 200);
    WrittenDovecotLine line{.client = client.ip,
                            .kind = EventKind::auth_failure,
                            .account = name,
                            .is_plain = client.is_plain};
    line.text =
        pick(kHeaders) + pick(kModules) +
        "(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=" + name +
        " rhost=" + client.ip->to_string();
    if (chance(50)) line.text += (chance(50) ? "  user=" : " user=") + name;
    return line;
}

WrittenDovecotLine DovecotWriter::write()
{
    auto client = connect();
    if (chance(10)) return pam(client);
    if (chance(10)) return proxied(client);
    if (chance(50)) return attempt(client);
    // On a Unix socket a client has no address. It has a session, which forgeries collide with.
    const bool has_session =
        std::find(elements_.begin(), elements_.end(), "session") != elements_.end();
    if (has_session && chance(20)) client.ip.reset();
    return login(client);
}

}  // namespace mailban::test
