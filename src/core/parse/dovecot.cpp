#include "mailban/parse/dovecot.h"

#include "mailban/parse/pam.h"
#include "mailban/scan.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>

#include "dovecot_messages.h"

namespace mailban {

namespace {

// Dovecot's longest line of these kinds, with every field at its limit, has some 2,000 bytes.
constexpr std::size_t kLongestDovecot = 4096;

constexpr std::array<std::string_view, 5> kLoginProcesses{
    "imap-login", "pop3-login", "submission-login", "managesieve-login", "imap-urlauth-login"};

bool is_login(std::string_view process) noexcept
{
    return is_one_of(process, kLoginProcesses);
}

bool is_auth(std::string_view process) noexcept
{
    return process == "auth" || process == "auth-worker";
}

bool is_syslog_id(std::string_view program) noexcept
{
    return program.empty() || !(is_login(program) || is_auth(program));
}

// "Nov 23 22:26:32 ", "2026-11-23 22:26:32 ": in front of a line that went to a container's or a
// unit's standard output, and got a header there.
void skip_own_stamp(std::string_view& text) noexcept
{
    constexpr std::size_t kLength = 16;
    if (const auto length = plain_stamp_length(text); length > 0) {
        text.remove_prefix(length);
    } else if (text.size() > kLength && text[3] == ' ' && text[6] == ' ' && text[9] == ':' &&
               text[12] == ':' && text[15] == ' ') {
        text.remove_prefix(kLength);
    }
}

std::string_view take_process(std::string_view& text) noexcept
{
    constexpr auto kOfProcesses = kLowerCase.with("0123456789-");
    return take_all(text, kOfProcesses);
}

constexpr std::array<std::string_view, 6> kLevels{
    "Info: ", "Error: ", "Warning: ", "Debug: ", "Fatal: ", "Panic: "};

constexpr std::string_view kRefusal = "(auth failed, ";

// A refusal that the auth service has not spoken: it would have been asked by some method.
bool is_unasked(const DovecotLine& line, const Event& event) noexcept
{
    return event.kind == EventKind::auth_failure &&
           line.text.find(kRefusal) != std::string_view::npos &&
           line.text.find("method=") == std::string_view::npos;
}

// Where a name is known, the auth service has refused it.
bool is_refusal(const DovecotLine& line, const Event& event) noexcept
{
    return event.account && !event.account->empty() && contains(line.text, kRefusal);
}

}  // namespace

DovecotLevel take_dovecot_level(std::string_view& text) noexcept
{
    for (const auto level : kLevels) {
        if (!take(text, level)) continue;
        if (level == "Info: ") return DovecotLevel::info;
        return level == "Error: " ? DovecotLevel::error : DovecotLevel::other;
    }
    return DovecotLevel::info;
}

std::optional<DovecotLine> split_dovecot_line(std::string_view program,
                                              std::string_view text) noexcept
{
    // The header took "imap-login: " of an own log file for syslog's tag.
    if (!is_syslog_id(program)) return DovecotLine{program, text};
    skip_own_stamp(text);
    take(text, "dovecot: ");
    DovecotLine line;
    line.process = take_process(text);
    const bool is_worth_it =
        is_login(line.process)
            ? take(text, ": ")
            : is_auth(line.process) && (text.starts_with('(') || take(text, ": "));
    if (!is_worth_it) return std::nullopt;
    line.text = text;
    return line;
}

bool begins_as_dovecot_log(const LineHeader& header) noexcept
{
    if (!header.host.empty()) return false;
    const auto line = split_dovecot_line(header.program, header.message);
    if (!line) return false;
    if (is_auth(line->process) && line->text.starts_with('(')) return true;
    return begins_with_any(line->text, kLevels);
}

bool DovecotParser::may_matter(const LineHeader& header) noexcept
{
    return is_pam_line(header.program, header.message) ||
           split_dovecot_line(header.program, header.message).has_value();
}

ParseResult DovecotParser::read(const LogMessage& message)
{
    if (message.text.size() > kLongestDovecot) return {};
    if (is_pam_line(message.program, message.text)) return read_pam_failure(message.text);
    const auto line = split_dovecot_line(message.program, message.text);
    if (!line) return {};
    return is_auth(line->process) ? read_attempt(*line, message.host)
                                  : read_connection(*line, message.host);
}

// What the auth service says of one attempt.
ParseResult DovecotParser::read_attempt(const DovecotLine& line, std::string_view host_name)
{
    ParseResult result = read_dovecot_auth(line);
    if (!result.event || result.event->kind != EventKind::auth_failure) return result;
    Host& host = host_of(host_name);
    if (host.hides_attempts()) result.dispelled = Concern::hidden_attempts;
    host.has_attempt_lines = true;
    host.failures_alone = 0;
    return result;
}

// What a login process says of a connection.
ParseResult DovecotParser::read_connection(const DovecotLine& line, std::string_view host_name)
{
    const auto* const known = known_host(host_name);
    const auto lines = known == nullptr ? AttemptLines::unknown : known->attempt_lines();
    ParseResult result = read_dovecot_login(line, lines);
    if (!result.event) return result;
    Event& event = *result.event;
    Host& host = host_of(host_name);
    if (event.mechanism) host.shows_method = true;
    if (host.shows_method && is_unasked(line, event)) {
        event.kind = EventKind::abuse;
        event.attempts = 1;
        return result;
    }
    // Each password of a connection has its own line already: what has no name was none.
    if (event.account == "" && lines == AttemptLines::come) event.attempts = 1;
    if (is_refusal(line, event)) {
        if (host.failures_alone < kFailuresAlone) ++host.failures_alone;
        if (host.hides_attempts()) result.concern = Concern::hidden_attempts;
    }
    return result;
}

const DovecotParser::Host* DovecotParser::known_host(std::string_view name) const noexcept
{
    const auto is_it = [&](const Host& host) { return host.name == name; };
    const auto known = std::find_if(hosts_.begin(), hosts_.end(), is_it);
    return known == hosts_.end() ? nullptr : &*known;
}

DovecotParser::Host& DovecotParser::host_of(std::string_view name)
{
    for (Host& host : hosts_)
        if (host.name == name) return host;
    if (hosts_.size() >= kMostHosts) hosts_.erase(hosts_.begin());
    hosts_.push_back({.name = std::string(name)});
    return hosts_.back();
}

}  // namespace mailban
