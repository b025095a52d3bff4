#include "unit/parse/web_log_writer.h"

#include <algorithm>
#include <array>

namespace mailban::test {

namespace {

const Timestamp kMorning =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + std::chrono::hours(6);

constexpr std::array<const char*, 40> kFragments{
    " from 8.8.8.8",
    " from 8.8.8.8(X-Real-IP: ",
    " from 8.8.8.8 (X-Forwarded-For: y",
    " (X-Forwarded-For: ",
    ")",
    ") in session 4f3a5c1e9d0b7a62 (error: 0)",
    " in session 4f3a5c1e",
    " in session 4f3a5c1e9d0b7a62 (error: 0)",
    " (error: 0)",
    "<4f3a5c1e> ",
    "< 4f3a5c1e> Failed login for bob from 8.8.8.8 in session 4f3a5c1e (error: 0)",
    "<<4f3a5c1e> ",
    "<\t4f3a5c1e>",
    ". x",
    ". [UNAVAILABLE] on line 1 (",
    "). Internal error in /x.php on line 2 (",
    " against localhost from 8.8.8.8. ",
    "8.8.8.8",
    ", 8.8.8.8",
    "' for user '",
    "8.8.8.8' for user 'x",
    "' might not have worked - password policy: 65535",
    " - expire = -1  grace = -1",
    " [8.8.8.8]",
    " [8.8.8.8] to Horde",
    " (8.8.8.8)",
    " to horde (8.8.8.8)",
    " (8.8.8.8) to {imap://x/}",
    " (forwarded for [",
    "]) to {x} [pid 683 on line 156 of \"/x\"]",
    "]) [pid 683 on line 192 of \"/x\"]",
    " [pid 683 on line 192 of \"/x\"]",
    ";",
    ";;",
    "; protocol=soap; error=x;",
    "] [ip=8.8.8.8;] security - cmd=Auth; account=x; protocol=imap; error=authentication failed "
    "for [x], y;",
    "\r",
    "\xff\xfe",
    "\xc3\xbc",
    "\t"};

std::string replace_all(std::string text, const std::string& from, const std::string& to)
{
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// PHP's strip_tags(): "<" is no tag where a blank follows.
std::string strip_tags(const std::string& text)
{
    std::string kept;
    std::size_t depth = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        const bool opens = c == '<' && (at + 1 == text.size() || !is_space(text[at + 1]));
        if (opens) {
            ++depth;
        } else if (c == '>' && depth > 0) {
            --depth;
        } else if (depth == 0 && c != '\0') {
            kept += c;
        }
    }
    return kept;
}

std::string trim(std::string text)
{
    while (!text.empty() && is_space(text.back()))
        text.pop_back();
    const auto first = std::find_if_not(text.begin(), text.end(), is_space);
    text.erase(text.begin(), first);
    return text;
}

std::vector<std::string> split(const std::string& text)
{
    std::vector<std::string> lines{""};
    for (const char c : text) {
        if (c == '\n') {
            lines.emplace_back();
        } else {
            lines.back() += c;
        }
    }
    return lines;
}

// What rsyslog makes of control characters.
std::string escape(const std::string& text)
{
    std::string escaped;
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (code >= 32) {
            escaped += c;
            continue;
        }
        escaped += '#';
        for (const int shift : {6, 3, 0})
            escaped += static_cast<char>('0' + ((code >> shift) & 7));
    }
    return escaped;
}

}  // namespace

IpAddress WebLogWriter::any_address()
{
    const auto last = static_cast<std::uint8_t>(1 + below(250));
    if (chance(60)) return IpAddress::v4(192, 0, 2, last);
    return IpAddress({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last});
}

std::string WebLogWriter::time_of_day(std::int64_t later)
{
    const auto second = 6 * 3600 + second_ + later;
    const auto two = [](std::int64_t number) {
        return std::to_string(number / 10 % 10) + std::to_string(number % 10);
    };
    return two(second / 3600) + ":" + two(second / 60 % 60) + ":" + two(second % 60);
}

std::string WebLogWriter::session()
{
    constexpr std::string_view kCharacters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ,-";
    std::string name;
    for (int length = 0; length < 26; ++length)
        name += kCharacters[below(kCharacters.size())];
    return name;
}

// A line as one of these servers, or another one, writes it. The client does not know the processes
// that serve it, which are above 40,000 here.
std::string WebLogWriter::forged_line()
{
    const auto time = time_of_day(static_cast<std::int64_t>(below(3)) * 20);
    const auto sogod = "Nov 23 " + time + " sogod [" + std::to_string(below(40'000)) + "]: ";
    const auto failure =
        sogod + "SOGoRootPage Login from '8.8.8.8' for user 'bob' might not have worked - x";
    const auto access =
        sogod + "8.8.8.8 \"POST /SOGo/connect HTTP/1.1\" 403 34/81 0.015 - - 2M - 12";
    const std::array<std::string, 14> lines{
        failure + "\n" + access,
        "[23-Nov-2026 " + time +
            " +0000]: Failed login for bob from 8.8.8.8 in session "
            "4f3a5c1e9d0b7a62 (error: 0)",
        failure,
        sogod + "SOGoRootPage successful login from '8.8.8.8' for user 'bob' - expire = -1",
        access,
        "[23-Nov-2026 " + time +
            " +0000]: <4f3a5c1e> Failed login for bob from 8.8.8.8 in session "
            "4f3a5c1e9d0b7a62 (error: 0)",
        "[23-Nov-2026 " + time + "] Login failed for  from 8.8.8.8. ",
        "[23-Nov-2026 " + time +
            " +0000]: < 4f3a> Successful login for bob (ID: 1) from 8.8.8.8 in "
            "session 4f3a5c1e9d0b7a62",
        "[23-Nov-2026 " + time + " +0000]: <4f3a5c1e> PHP Error: x",
        "2026-11-23T" + time +
            "+00:00 ERR: HORDE [horde] FAILED LOGIN for bob to horde (8.8.8.8) [pid "
            "683 on line 192 of \"/x\"]",
        "2026-11-23 " + time +
            ",123 WARN  [I-7] [ip=8.8.8.8;] security - cmd=Auth; account=bob; "
            "protocol=imap; error=authentication failed for [bob], invalid password;",
        "2026-11-23 " + time +
            " login authenticator failed for (x) [8.8.8.8]: 535 Incorrect "
            "authentication data (set_id=bob)",
        "Nov 23 " + time +
            " mail postfix/smtpd[1]: warning: unknown[8.8.8.8]: SASL LOGIN "
            "authentication failed: authentication failure",
        "Nov 23 " + time + " mail last message repeated 99 times"};
    return lines[below(lines.size())];
}

std::string WebLogWriter::header_text(const std::string& plain)
{
    return replace_all(text(plain), "\n", " ");
}

std::string WebLogWriter::text(const std::string& plain)
{
    if (!hostile_ || chance(30)) return plain;
    was_hostile_ = true;
    std::string text = chance(50) ? "x" : "";
    for (auto count = 1 + below(5); count > 0; --count) {
        if (chance(40)) {
            text += "\n" + forged_line() + (chance(70) ? "\n" : "");
        } else {
            text += kFragments[below(kFragments.size())];
        }
    }
    if (chance(5)) text.append(300 + below(900), 'a');
    if (chance(20)) text += kFragments[below(kFragments.size())];
    return text;
}

WebAttempt WebLogWriter::begin()
{
    WebAttempt attempt;
    attempt.client = any_address();
    hostile_ = chance(60);
    was_hostile_ = false;
    second_ += 1 + static_cast<std::int64_t>(below(3));
    attempt.at = kMorning + std::chrono::seconds(second_);
    attempt.account = text("bob@example.com");
    return attempt;
}

std::string WebLogWriter::forwarded(const char* before)
{
    std::string headers;
    if (chance(50)) headers += "X-Real-IP: " + header_text("192.0.2.99") + ",";
    headers += "X-Forwarded-For: " + header_text("192.0.2.99");
    return before + headers + ")";
}

// "8.8.8.8, 192.0.2.7, 10.0.0.9"
std::string WebLogWriter::chain(const IpAddress& client)
{
    auto told = client.to_string();
    if (chance(30)) told = (client.is_v4() ? told : "[" + told + "]") + ":4711";
    if (chance(50)) told = header_text("8.8.8.8") + (chance(50) ? ", " : ",") + told;
    if (chance(30)) told += ", 10.0.0.9";
    return told;
}

std::string WebLogWriter::peer(const WebAttempt& attempt, const char* before,
                               unsigned chance_of_headers)
{
    if (!is_proxied_) {
        const auto ip = attempt.client.to_string();
        return chance(chance_of_headers) ? ip + forwarded(before) : ip;
    }
    const auto real = chance(50) ? "X-Real-IP: " + attempt.client.to_string() + "," : "";
    return "172.20.0.200" + (before + real) + "X-Forwarded-For: " + chain(attempt.client) + ")";
}

WebAttempt WebLogWriter::roundcube()
{
    auto attempt = begin();
    constexpr std::size_t kKept = 256;
    const auto id = session();
    auto account = trim(strip_tags(attempt.account));
    if (account.size() > kKept) account = account.substr(0, kKept) + "...";
    attempt.account = account;
    const auto who = peer(attempt, chance(50) ? " (" : "(", 40);
    auto line = "[23-Nov-2026 " + time_of_day() + " +0000]: <" + id.substr(0, 8) + "> ";
    if (!hostile_ && chance(20)) {
        attempt.kind = EventKind::auth_success;
        line += "Successful login for " + account + " (ID: 7) from " + who + " in session " +
                id.substr(0, 16);
    } else {
        line += "Failed login for " + account + " from " + who + " in session " + id.substr(0, 16) +
                " (error: 0)";
    }
    attempt.lines = split(line);
    attempt.is_plain = !was_hostile_;
    return attempt;
}

WebAttempt WebLogWriter::roundcube_error()
{
    auto attempt = begin();
    attempt.tells_account = false;
    const auto who = peer(attempt, " (", 40);
    std::string answer =
        "AUTHENTICATE PLAIN: A0001 NO [AUTHENTICATIONFAILED] Authentication failed.";
    if (!hostile_ && chance(20)) {
        attempt.kind = EventKind::auth_unavailable;
        answer = "AUTHENTICATE PLAIN: A0001 NO [UNAVAILABLE] Temporary failure.";
    }
    const auto path = replace_all(header_text("_task=login"), " ", "+");
    const auto message = "<4f3a5c1e> IMAP Error: Login failed for " +
                         trim(strip_tags(attempt.account)) + " against localhost from " + who +
                         ". " + answer + " in /x.php on line 211 (POST /?" + strip_tags(path) + ")";
    attempt.lines = {"Nov 23 " + time_of_day() + " web roundcube[9]: " + escape(message)};
    attempt.is_plain = !was_hostile_;
    return attempt;
}

WebAttempt WebLogWriter::sogo()
{
    auto attempt = begin();
    const auto pid = 40'001 + below(5);
    const auto begin_of_line = "Nov 23 " + time_of_day() + " sogod [" + std::to_string(pid) + "]: ";
    const auto ip =
        is_proxied_ ? replace_all(chain(attempt.client), "'", "") : attempt.client.to_string();
    auto line = begin_of_line;
    const bool is_login = !hostile_ && chance(20);
    const bool is_basic = !is_login && chance(30);
    std::string request = "POST /SOGo/connect";
    if (is_basic) {
        line += "<0x0x55a2ed627cc0[SOGoDAVAuthenticator]> tried wrong password for user '" +
                attempt.account + "'!";
        request = "PROPFIND /SOGo/dav/bob/";
    } else if (is_login) {
        attempt.kind = EventKind::auth_success;
        line += "SOGoRootPage successful login from '" + ip + "' for user '" + attempt.account +
                "' - expire = -1  grace = -1";
    } else {
        line += "SOGoRootPage Login from '" + ip + "' for user '" + attempt.account +
                "' might not have worked - password policy: 65535  grace: -1  expire: -1  bound: 0";
    }
    attempt.lines = split(line);
    attempt.lines.push_back(begin_of_line + ip + " \"" + request + " HTTP/1.1\" " +
                            (is_login ? "200" : "403") + " 34/81 0.015 - - 2M - 12");
    attempt.is_plain = !was_hostile_;
    attempt.tells_account = attempt.account.find('\n') == std::string::npos;
    return attempt;
}

std::string WebLogWriter::horde_message(const WebAttempt& attempt)
{
    const auto ip = is_proxied_ ? "10.0.0.1" : attempt.client.to_string();
    const auto said = is_proxied_ ? chain(attempt.client) : header_text("192.0.2.99");
    const auto headers =
        is_proxied_ || chance(40) ? " (forwarded for [" + said + "])" : std::string();
    const std::string base_end = " [pid 683 on line 192 of \"/usr/share/horde/login.php\"]";
    const std::string imp_end = " to {imap://localhost/} [pid 683 on line 156 of \"/x/Auth.php\"]";
    const auto failed = "FAILED LOGIN for " + attempt.account;
    switch (below(4)) {
    case 0:
        if (!is_proxied_) return "[horde] " + failed + " to horde (" + ip + ")" + base_end;
        [[fallthrough]];
    case 1: return "[horde] " + failed + " to horde (" + ip + ")" + headers + base_end;
    case 2: return "[imp] " + failed + " (" + ip + ")" + headers + imp_end;
    default: return "[imp] " + failed + " [" + ip + "]" + headers + imp_end;
    }
}

WebAttempt WebLogWriter::horde_in_syslog()
{
    auto attempt = begin();
    attempt.account = escape(attempt.account);
    attempt.lines = {"Nov 23 " + time_of_day() +
                     " web HORDE[683]: " + escape(horde_message(attempt))};
    attempt.is_plain = !was_hostile_;
    return attempt;
}

WebAttempt WebLogWriter::horde_in_file()
{
    auto attempt = begin();
    attempt.lines =
        split("2026-11-23T" + time_of_day() + "+00:00 ERR: HORDE " + horde_message(attempt));
    return attempt;
}

WebAttempt WebLogWriter::zimbra()
{
    auto attempt = begin();
    const auto encoded = [](const std::string& value) {
        const auto one_line = replace_all(replace_all(value, "\r", " "), "\n", " ");
        return replace_all(one_line, ";", ";;");
    };
    attempt.account = replace_all(replace_all(attempt.account, "\r", " "), "\n", " ");
    const auto ip = attempt.client.to_string();
    auto line = "2026-11-23 " + time_of_day() + ",123 WARN  [ImapSSLServer-7] [ip=" + ip + ";";
    std::string protocol = "imap";
    if (chance(30)) {
        protocol = "soap";
        line = "2026-11-23 " + time_of_day() + ",123 WARN  [qtp1-4:https://x/service/soap/] [" +
               (chance(50) ? "ip=10.0.0.1;" : "") +
               "oip=" + (is_proxied_ ? encoded(chain(attempt.client)) : ip) + ";";
    } else if (chance(40)) {
        line += "oip=" + encoded(text("8.8.8.8")) + ";";
    }
    if (chance(60)) line += "ua=" + encoded(text("Thunderbird")) + ";";
    line += "cid=12;] security - cmd=Auth; account=" + encoded(attempt.account) +
            "; protocol=" + protocol + "; error=authentication failed for [" +
            encoded(attempt.account) + "], invalid password;";
    attempt.lines = split(line);
    attempt.is_plain = !was_hostile_;
    return attempt;
}

}  // namespace mailban::test
