#include "corpus/self_imitation.h"

#include <algorithm>
#include <array>

#include "unit/parse/hostile_text.h"

namespace mailban::test {

namespace {

const std::string kClaimedV4 = "203.0.113.247";
const std::string kClaimedV6 = "2001:db8:f7f7::f7";
// Syslog cuts later; what it cuts is another matter.
constexpr std::size_t kLongestLine = 880;
constexpr const char* kDelimiters = " ,;:=<>()[]\"'";

template <class Keep>
std::string filtered(const std::string& text, const Keep& keep)
{
    std::string kept;
    std::copy_if(text.begin(), text.end(), std::back_inserter(kept), keep);
    return kept;
}

bool is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

std::string printable(const std::string& text)
{
    return filtered(text, is_printable);
}

// A host name as a resolver gives it, or what a strict server accepts for one.
std::string host_name(const std::string& text)
{
    return filtered(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_';
    });
}

std::string word(const std::string& text)
{
    return filtered(text, [](char c) { return is_printable(c) && c != ' '; });
}

// An IMAP atom.
std::string atom(const std::string& text)
{
    return filtered(word(text), [](char c) {
        return std::string_view("(){%*\"\\]").find(c) == std::string_view::npos;
    });
}

// Postfix: a HELO name without blanks and brackets of its own.
std::string postfix_helo(const std::string& text)
{
    auto name = printable(text);
    for (char& c : name)
        if (c == ' ' || c == '<' || c == '>') c = '?';
    return name;
}

std::string replaced(const std::string& text, char what, std::string_view with)
{
    std::string result;
    for (const char c : text) {
        if (c == what) {
            result += with;
        } else {
            result += c;
        }
    }
    return result;
}

// Haraka's and Cyrus' "name=value name=value".
std::string in_logfmt_quotes(const std::string& text)
{
    auto value = printable(text);
    if (value.find_first_of(" \"\\=") == std::string::npos) return value;
    value = replaced(replaced(value, '\\', "\\\\"), '"', "\\\"");
    return "\"" + value + "\"";
}

std::string with_doubled_backslashes(const std::string& text)
{
    return replaced(printable(text), '\\', "\\\\");
}

std::string in_json_quotes(const std::string& text)
{
    return replaced(with_doubled_backslashes(text), '"', "\\\"");
}

// A name that Mailu knows, or within the quotes of one that it does not.
std::string mailu_name(const std::string& text)
{
    return filtered(word(text), [](char c) {
        return std::string_view("'\"\\/").find(c) == std::string_view::npos;
    });
}

std::string with_doubled_semicolons(const std::string& text)
{
    return replaced(printable(text), ';', ";;");
}

std::string without_tags(const std::string& text)
{
    return filtered(printable(text), [](char c) { return c != '<' && c != '>'; });
}

std::string in_vis(const std::string& text)
{
    return without_blanks(replaced(printable(text), '\\', "\\\\"));
}

using Quote = std::string (*)(const std::string& text);

// A field of a server's: behind `anchor` the first `before`, up to the last `after`.
struct FieldRule {
    MailServer server = MailServer::exim;
    std::string_view anchor{};
    std::string_view before{};
    std::string_view after{};
    Quote quote = nullptr;
    std::size_t longest = 400;
};

using enum MailServer;

const std::vector<FieldRule>& rules()
{
    static const std::vector<FieldRule> kRules{
        {exim, "535 Incorrect authentication data", "(set_id=", ")", printable},
        {exim, " authenticator failed for ", "(", ") [", printable},
        {exim, " H=", "(", ") [", printable},
        {exim, " rejected ", " F=<", "> rejected", printable},
        {exim, " rejected ", "RCPT <", ">", printable},
        {exim, " authenticator failed for ", "for ", " (", host_name},
        {postfix, "warning: ", ": SASL ", " authentication failed", word, 100},
        {postfix, " authentication failed", ", sasl_username=", "", printable, 100},
        {postfix, "warning: ", "warning: ", "[", host_name, 200},
        {postfix, "connect from ", "connect from ", "[", host_name, 200},
        {postfix, "; from=<", "; from=<", "> to=<", printable},
        {postfix, "> to=<", "> to=<", "> proto=", printable},
        {postfix, " helo=<", " helo=<", ">", postfix_helo},
        {postfix, "reject: RCPT", " <", ">: ", printable},
        {postfix, "reject: RCPT", " from ", "[", host_name, 200},
        {dovecot, "user=<", "user=<", ">, ", printable, 64},
        {dovecot, ", method=", ", method=", ",", atom, 64},
        {sendmail, "AUTH failure (", "user=", ", relay=", in_octal, 200},
        {sendmail, "AUTH failure (", "AUTH failure (", "): ", word, 100},
        {sendmail, "relay=", "relay=", " [", host_name, 60},
        {sendmail, "arg1=<", "arg1=<", ">, relay=", in_octal, 300},
        {opensmtpd, " authentication ", "user=", " result=", in_vis, 300},
        {opensmtpd, " command=\"", " command=\"", "\" result=", printable, 500},
        {opensmtpd, " connected ", " host=", "", host_name, 200},
        {courier, "LOGIN FAILED", "user=", ", ip=[", printable},
        {courier, "error,relay=", "from=<", ">: ", printable},
        {courier, "error,relay=", "cmd: ", "", printable},
        {cyrus, "badlogin: ", "badlogin: ", " [", host_name, 200},
        {cyrus, "badlogin: ", "] ", " (", atom, 30},
        {cyrus, "badlogin: ", " (", ") [", with_carets},
        {haraka, " disconnect ", " helo=", " relay=", in_logfmt_quotes},
        {haraka, " disconnect ", " rdns=", " helo=", host_name, 200},
        {stalwart, "accountName", "accountName = \"", "\"", with_doubled_backslashes},
        {stalwart, "details", "details = \"", "\"", with_doubled_backslashes},
        {zimbra, "account=", "account=", "; protocol=", with_doubled_semicolons},
        {zimbra, "ua=", "ua=", ";cid=", with_doubled_semicolons},
        {kerio, "user ", "user ", "", printable},
        {kerio, "from <", "from <", ">", printable},
    };
    return kRules;
}

std::optional<ClientField> find_field(const std::string& line, const FieldRule& rule)
{
    const auto anchor = line.find(rule.anchor);
    if (anchor == std::string::npos) return std::nullopt;
    const auto before = line.find(rule.before, anchor);
    if (before == std::string::npos) return std::nullopt;
    ClientField field{before + rule.before.size(), line.size(), rule.quote, rule.longest};
    if (rule.after.empty()) return field;
    const auto after = line.find(rule.after, field.begin);
    if (after == std::string::npos || line.rfind(rule.after) < after) return std::nullopt;
    field.end = after;
    return field;
}

// What a server writes of an account that its parser has found, wherever it stands.
Quote quote_of_account(MailServer server)
{
    switch (server) {
    case MailServer::sendmail: return in_octal;
    case MailServer::cyrus: return with_carets;
    case MailServer::opensmtpd: return in_vis;
    case MailServer::stalwart: return with_doubled_backslashes;
    case MailServer::zimbra: return with_doubled_semicolons;
    case MailServer::roundcube: return without_tags;
    case MailServer::mailu: return mailu_name;
    case MailServer::maddy:
    case MailServer::nextcloud: return in_json_quotes;
    default: return printable;
    }
}

std::optional<ClientField> find_account(const std::string& line, const LineKnowledge& known)
{
    constexpr std::size_t kShortest = 3;
    if (!known.account || known.account->size() < kShortest) return std::nullopt;
    const auto at = line.find(*known.account);
    if (at == std::string::npos || line.find(*known.account, at + 1) != std::string::npos)
        return std::nullopt;
    auto quote = quote_of_account(known.server);
    const bool is_logfmt = line.find("event=login.") != std::string::npos;
    if (known.server == MailServer::cyrus && is_logfmt) {
        if (at == 0 || line[at - 1] != '=') return std::nullopt;
        quote = in_logfmt_quotes;
    }
    const std::size_t longest = known.server == MailServer::postfix   ? 100
                                : known.server == MailServer::dovecot ? 64
                                                                      : 300;
    return ClientField{at, at + known.account->size(), quote, longest};
}

bool is_address_character(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' ||
           c == ':';
}

// Calls `take` with the place of each text that is this address, in whichever notation.
template <class Take>
void each_mention(const std::string& line, const IpAddress& ip, const Take& take)
{
    for (std::size_t at = 0; at < line.size();) {
        if (!is_address_character(line[at])) {
            ++at;
            continue;
        }
        auto end = at;
        while (end < line.size() && is_address_character(line[end]))
            ++end;
        // "[IPv6:2001:db8::7]" and "192.0.2.7:25" as well.
        auto text = line.substr(at, end - at);
        auto from = at;
        if (at > 0 && text.front() == ':' && !text.starts_with("::")) {
            text.erase(0, 1);
            ++from;
        }
        if (IpAddress::parse(text) == ip) {
            take(from, text.size());
        } else if (IpAddress::parse(text.substr(0, text.rfind(':'))) == ip) {
            take(from, text.rfind(':'));
        }
        at = end;
    }
}

bool holds_the_client(const std::string& line, const ClientField& field,
                      const std::optional<IpAddress>& client)
{
    bool holds = false;
    if (!client) return false;
    each_mention(line, *client, [&](std::size_t at, std::size_t length) {
        holds |= at < field.end && at + length > field.begin;
    });
    return holds;
}

// The text with the address of the client's choice.
std::string with_claim(const std::string& text, const std::optional<IpAddress>& client)
{
    if (!client) return text;
    std::string claimed;
    std::size_t from = 0;
    each_mention(text, *client, [&](std::size_t at, std::size_t length) {
        claimed += text.substr(from, at - from) + (client->is_v4() ? kClaimedV4 : kClaimedV6);
        from = at + length;
    });
    return claimed + text.substr(from);
}

}  // namespace

bool is_claimed(const IpAddress& ip)
{
    return ip == IpAddress::parse(kClaimedV4) || ip == IpAddress::parse(kClaimedV6);
}

std::vector<ClientField> client_fields_of(const std::string& line, const LineKnowledge& known)
{
    std::vector<ClientField> fields;
    const auto add = [&](const std::optional<ClientField>& field) {
        if (field && !holds_the_client(line, *field, known.client)) fields.push_back(*field);
    };
    add(find_account(line, known));
    if (known.is_deceptive) return fields;
    for (const auto& rule : rules()) {
        if (rule.server != known.server) continue;
        auto field = find_field(line, rule);
        const bool is_helo = rule.server == MailServer::exim && rule.after == ") [";
        if (field && is_helo && !known.takes_any_helo) field->quote = host_name;
        add(field);
    }
    return fields;
}

// Mostly where a word or a value begins.
std::size_t SelfImitation::place_in(const std::string& text)
{
    const auto at = below(text.size());
    if (below(4) == 0) return at;
    const auto next = text.find_first_of(kDelimiters, at);
    return next == std::string::npos || next + 1 == text.size() ? at : next + below(2);
}

// The claimed address with some of what the server writes around it.
std::string SelfImitation::around_the_claim(const std::string& line)
{
    auto at = line.find(kClaimedV4);
    if (at == std::string::npos) at = line.find(kClaimedV6);
    if (at == std::string::npos) return cut(line);
    auto end = line.find_first_not_of("0123456789abcdef.:", at);
    for (auto steps = below(4); steps > 0 && end != std::string::npos; --steps)
        end = line.find_first_of(kDelimiters, end + 1);
    auto begin = at;
    for (auto steps = below(4); steps > 0 && begin > 0; --steps) {
        const auto before = line.find_last_of(kDelimiters, begin - 1);
        begin = before == std::string::npos ? 0 : before;
    }
    return line.substr(begin, std::min(end, line.size()) - begin);
}

std::string SelfImitation::cut(const std::string& text)
{
    if (text.empty()) return text;
    const auto from = place_in(text);
    switch (below(3)) {
    case 0: return text.substr(from);
    case 1: return text.substr(0, from);
    default: return text.substr(from, below(text.size() - from) + 1);
    }
}

std::string SelfImitation::piece(const std::string& line, const ClientField& field)
{
    static const std::array<std::string, 16> kJoints{"x",  " ",  ">", ")", "]", "\"", ",",  ", ",
                                                     ": ", "; ", "<", "(", "[", "=",  "\\", "'"};
    const auto head = line.substr(0, field.begin);
    const auto tail = line.substr(field.end);
    switch (below(12)) {
    case 0: return tail;
    case 1: return head;
    case 2: return line;
    case 3: return head + "x" + tail;
    case 4: return cut(line);
    case 5: return cut(head);
    case 6: return cut(tail);
    case 7:
    case 8:
    case 9: return around_the_claim(line);
    case 10: return "[" + (below(2) == 0 ? kClaimedV4 : kClaimedV6) + "]";
    default: return kJoints[below(kJoints.size())];
    }
}

std::string SelfImitation::vary(const std::string& line, const ClientField& field,
                                const std::optional<IpAddress>& client)
{
    const auto head = with_claim(line.substr(0, field.begin), client);
    const auto old = line.substr(field.begin, field.end - field.begin);
    const auto imitated = head + old + with_claim(line.substr(field.end), client);
    const ClientField imitated_field{head.size(), head.size() + old.size()};
    std::string text;
    for (auto count = 1 + below(4); count > 0; --count)
        text += piece(imitated, imitated_field);
    const auto rest = line.size() - old.size();
    const auto room = std::min(field.longest, kLongestLine - std::min(kLongestLine, rest));
    // Cut before it is quoted: no server leaves half of a quoted character.
    std::string quoted = field.quote(text);
    while (quoted.size() > room && !text.empty()) {
        text.resize(text.size() - std::min(text.size(), quoted.size() - room));
        quoted = field.quote(text);
    }
    return line.substr(0, field.begin) + quoted + line.substr(field.end);
}

}  // namespace mailban::test
