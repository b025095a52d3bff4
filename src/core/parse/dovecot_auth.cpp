#include "mailban/parse/consensus.h"
#include "mailban/scan.h"
#include "mailban/words.h"

#include <array>

#include "dovecot_messages.h"

namespace mailban {

namespace {

// Dovecot cuts the name at 64 bytes.
constexpr std::size_t kLongestAccount = 64;
constexpr std::size_t kLongestSession = 64;
// Name, address, mechanism, "master" and session together are shorter.
constexpr std::size_t kFarthestEnd = 320;

enum class AuthFormat : std::uint8_t {
    database_first,  // before 2.4: "sql(bob,192.0.2.7,master,<…>): Password mismatch"
    process_first,   // "auth(bob,192.0.2.7,sasl:plain,master)<…>: sql: Password mismatch"
    worker_first,    // "auth-worker(bob,192.0.2.7)<4711><…>: request [12]: sql: …"
};

// One way to read a line.
struct AuthCandidate {
    std::string_view user{};
    std::optional<IpAddress> ip{};
    std::optional<std::string_view> session{};
    std::string_view mechanism{};
    std::string_view database{};
    DovecotLevel level = DovecotLevel::info;
    std::string_view said{};
    DovecotVerdict verdict{};

    bool contradicts(const AuthCandidate& other) const noexcept
    {
        return ip != other.ip || verdict.kind != other.verdict.kind;
    }
    void keep_common(const AuthCandidate&) noexcept {}
};

// Those that answer one after the other for one attempt. A mechanism's name may stand in the same
// place, and OAuth2's database is asked for tokens alone: two attempts of two mechanisms are no
// one attempt.
bool is_password_database(std::string_view name) noexcept
{
    constexpr std::array<std::string_view, 13> kNames{
        "passwd-file", "passwd", "pam",  "sql", "ldap",     "static",       "shadow",
        "bsdauth",     "imap",   "dict", "lua", "vpopmail", "checkpassword"};
    return is_one_of(name, kNames);
}

// The consensus of all candidates; one that names nobody counts, too, for the service may have been
// given no address.
std::optional<Event> event_of(const Consensus<AuthCandidate>& consensus)
{
    const auto* const agreed = consensus.agreed();
    if (agreed == nullptr || !agreed->ip || !agreed->verdict.kind) return std::nullopt;
    const auto& verdict = agreed->verdict;
    Event event;
    event.kind = *verdict.kind;
    event.reporter = Reporter::back_end;
    event.ip = *agreed->ip;
    if (agreed->session) event.session = std::string(*agreed->session);
    // Account and password are certain only where there is one way to read the line.
    if (consensus.count() > 1) return event;
    if (verdict.account) {
        event.account = std::string(*verdict.account);
    } else if (agreed->user != "?") {
        event.account = std::string(agreed->user);
    }
    event.password = verdict.password;
    event.is_unknown_user = verdict.is_unknown_user;
    if (!agreed->mechanism.empty()) event.mechanism = name_mark(agreed->mechanism);
    if (is_password_database(agreed->database)) event.database = name_mark(agreed->database);
    return event;
}

constexpr CharacterSet kOfDatabaseNames = kLettersAndDigits.with("-_.");

std::string_view take_name(std::string_view& text) noexcept
{
    return take_all(text, kOfDatabaseNames);
}

bool drop_end(std::string_view& text, std::string_view end) noexcept
{
    if (!text.ends_with(end)) return false;
    text.remove_suffix(end.size());
    return true;
}

// "bob,192.0.2.7" -> "192.0.2.7", and "bob" stays; without a comma nothing is taken.
std::optional<std::string_view> take_last_field(std::string_view& text) noexcept
{
    const auto comma = text.rfind(',');
    if (comma == std::string_view::npos) return std::nullopt;
    const auto field = text.substr(comma + 1);
    text = text.substr(0, comma);
    return field;
}

bool is_session(std::string_view text) noexcept
{
    return text.size() <= kLongestSession && text.find_first_of("<>(), ") == std::string_view::npos;
}

// ",<abc…>" at the end of what stands in parentheses, before 2.4.
void drop_session(std::string_view& text, AuthCandidate& candidate) noexcept
{
    auto rest = text;
    if (!drop_end(rest, ">")) return;
    const auto start = rest.rfind(",<");
    if (start == std::string_view::npos || !is_session(rest.substr(start + 2))) return;
    candidate.session = rest.substr(start + 2);
    text = rest.substr(0, start);
}

// ",sasl:plain" at the end, since 2.4.
std::string_view drop_mechanism(std::string_view& text) noexcept
{
    auto rest = text;
    auto field = take_last_field(rest);
    if (!field || !take(*field, "sasl:")) return {};
    const auto name = take_name(*field);
    if (!field->empty()) return {};
    text = rest;
    return name;
}

// "bob,192.0.2.7" with what may follow it, up to the closing parenthesis.
bool read_client(std::string_view text, AuthFormat format, AuthCandidate& candidate) noexcept
{
    if (format == AuthFormat::database_first) drop_session(text, candidate);
    drop_end(text, ",master");
    // No client's attempt is without one; a worker is not told it in each version.
    if (format != AuthFormat::database_first) candidate.mechanism = drop_mechanism(text);
    if (format == AuthFormat::process_first && candidate.mechanism.empty()) return false;
    candidate.user = text;
    if (const auto address = take_last_field(text)) {
        candidate.ip = IpAddress::parse(*address);
        if (candidate.ip) candidate.user = text;
    }
    return candidate.user.size() <= kLongestAccount;
}

// "<4711>" or "<abc…>"
std::optional<std::string_view> take_bracketed(std::string_view& text) noexcept
{
    auto rest = text;
    if (!take(rest, "<")) return std::nullopt;
    const auto field = take_until(rest, '>');
    if (!take(rest, ">") || !is_session(field)) return std::nullopt;
    text = rest;
    return field;
}

// "sql: ", and of a mechanism "plain: ", since 2.4.2 "sasl(plain): "; the messages that none of
// them says have none.
void take_database(std::string_view& text, AuthCandidate& candidate) noexcept
{
    auto rest = text;
    const bool is_mechanism = take(rest, "sasl(");
    const auto name = take_name(rest);
    if (name.empty() || !take(rest, is_mechanism ? "): " : ": ")) return;
    candidate.database = name;
    text = rest;
}

// "<4711><abc…>: request [12]: Info: sql: " behind the parenthesis; of it a worker alone has number
// and request.
bool read_process_end(std::string_view& text, AuthFormat format, AuthCandidate& candidate) noexcept
{
    const bool is_worker = format == AuthFormat::worker_first;
    if (is_worker && !take_bracketed(text)) return false;
    candidate.session = take_bracketed(text);
    if (!take(text, ": ")) return false;
    if (is_worker &&
        !(take(text, "request [") && take_number<std::uint32_t>(text) && take(text, "]: ")))
        return false;
    candidate.level = take_dovecot_level(text);
    take_database(text, candidate);
    return true;
}

bool read_line(std::string_view client, std::string_view rest, AuthFormat format,
               AuthCandidate& candidate) noexcept
{
    const bool is_end = format == AuthFormat::database_first
                            ? take(rest, ": ")
                            : read_process_end(rest, format, candidate);
    if (!is_end || !read_client(client, format, candidate)) return false;
    candidate.said = rest;
    return true;
}

// `text` begins with the user name; each ")" is tried as the end of what stands in parentheses.
void add_candidates(std::string_view text, AuthFormat format, const AuthCandidate& known,
                    Consensus<AuthCandidate>& consensus)
{
    for (auto end = text.find(')'); end <= kFarthestEnd; end = text.find(')', end + 1)) {
        auto candidate = known;
        if (!read_line(text.substr(0, end), text.substr(end + 1), format, candidate)) continue;
        candidate.verdict = judge_dovecot_attempt(candidate.database, candidate.level,
                                                  candidate.user, candidate.said);
        consensus.add(candidate);
    }
}

// "conn unix:auth-worker (pid=13547,uid=110): auth-worker<3>: ", as a worker of 2.3 begins.
void skip_connection(std::string_view& text) noexcept
{
    auto rest = text;
    if (!take(rest, "conn unix:")) return;
    take_until(rest, ' ');
    if (!take(rest, " (pid=") || !take_number<std::uint32_t>(rest)) return;
    if (!take(rest, ",uid=") || !take_number<std::uint32_t>(rest) || !take(rest, "): ")) return;
    take_name(rest);
    if (!take(rest, "<") || !take_number<std::uint32_t>(rest) || !take(rest, ">: ")) return;
    text = rest;
}

void read_database_first(std::string_view text, Consensus<AuthCandidate>& consensus)
{
    AuthCandidate known;
    known.level = take_dovecot_level(text);
    skip_connection(text);
    known.database = take_name(text);
    if (!known.database.empty() && take(text, "("))
        add_candidates(text, AuthFormat::database_first, known, consensus);
}

}  // namespace

std::optional<Event> read_dovecot_auth(const DovecotLine& line)
{
    Consensus<AuthCandidate> consensus;
    auto text = line.text;
    if (take(text, "(")) {
        const auto format =
            line.process == "auth-worker" ? AuthFormat::worker_first : AuthFormat::process_first;
        add_candidates(text, format, {}, consensus);
        // "auth-worker(4711): ", "auth(default): "; since 2.4 also what a user may be called.
        take_name(text);
        if (!take(text, "): ")) return event_of(consensus);
    }
    read_database_first(text, consensus);
    return event_of(consensus);
}

}  // namespace mailban
