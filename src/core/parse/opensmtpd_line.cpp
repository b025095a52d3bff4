#include "opensmtpd_line.h"

#include "mailban/scan.h"

#include <charconv>

namespace mailban {

namespace {

using MaybeLine = std::optional<OpenSmtpdLine>;

// Eats the 16 digits of a session.
bool take_session(std::string_view& text, OpenSmtpdLine& line) noexcept
{
    constexpr std::size_t kDigits = 16;
    if (text.size() < kDigits) return false;
    line.session = text.substr(0, kDigits);
    const auto* const end = line.session.data() + kDigits;
    const auto [stop, error] = std::from_chars(line.session.data(), end, line.id, 16);
    text.remove_prefix(kDigits);
    return error == std::errc() && stop == end;
}

// "192.0.2.7" or "[2001:db8::7]", in 5.x "IPv6:2001:db8::7"; "local" is none.
std::optional<IpAddress> read_address(std::string_view text) noexcept
{
    if (take(text, "[")) {
        if (!text.ends_with(']')) return std::nullopt;
        text.remove_suffix(1);
    }
    take(text, "IPv6:");
    return IpAddress::parse(text);
}

// " address=192.0.2.7 host=mail.example", if it is there. The name is the client's to choose.
void take_client(std::string_view& text, OpenSmtpdLine& line) noexcept
{
    auto rest = text;
    if (!take(rest, " address=")) return;
    line.client = read_address(take_until(rest, ' '));
    if (!take(rest, " host=")) return;
    take_until(rest, ' ');
    text = rest;
}

OpenSmtpdOutcome outcome_of(std::string_view text) noexcept
{
    if (text == "ok") return OpenSmtpdOutcome::ok;
    if (text == "permfail") return OpenSmtpdOutcome::permfail;
    if (text == "tempfail") return OpenSmtpdOutcome::tempfail;
    return OpenSmtpdOutcome::unknown;
}

// " user=bob result=permfail", in 6.0 with the client between the two
MaybeLine read_authentication(std::string_view text, OpenSmtpdLine line) noexcept
{
    if (!take(text, " user=")) return std::nullopt;
    line.user = take_until(text, ' ');
    take_client(text, line);
    if (!take(text, " result=")) return std::nullopt;
    line.outcome = outcome_of(text);
    return line;
}

// "550 5.1.1 Invalid recipient"
bool read_reply(std::string_view text, OpenSmtpdLine& line) noexcept
{
    line.reply = ReplyCode::parse(text.substr(0, text.find(' ')));
    take_until(text, ' ');
    take(text, " ");
    line.enhanced = EnhancedStatus::parse(text.substr(0, text.find_first_of(" :")));
    return line.reply.has_value();
}

// ` result="500 5.0.0 Command line too long"`
MaybeLine read_bad_input(std::string_view text, OpenSmtpdLine line) noexcept
{
    take_client(text, line);
    if (!take(text, " result=\"") || !read_reply(text, line)) return std::nullopt;
    return line;
}

// ` command="AUTH PLAIN (...)" result="535 Authentication failed"`. Quotes in a command are as the
// client sent them: one that brings a result of its own is not read.
MaybeLine read_failed_command(std::string_view text, OpenSmtpdLine line) noexcept
{
    constexpr std::string_view kResult = "\" result=\"";
    take_client(text, line);
    if (!take(text, " command=\"")) return std::nullopt;
    const auto at = text.find(kResult);
    if (at == std::string_view::npos || text.find(kResult, at + 1) != std::string_view::npos)
        return std::nullopt;
    line.command = text.substr(0, at);
    if (!read_reply(text.substr(at + kResult.size()), line)) return std::nullopt;
    return line;
}

MaybeLine read_act(std::string_view text, OpenSmtpdLine line) noexcept
{
    take(text, "event=");
    if (take(text, "connected")) {
        take_client(text, line);
        return line;
    }
    if (text.starts_with("disconnected") || text.starts_with("closed")) {
        line.act = OpenSmtpdAct::disconnected;
        return line;
    }
    if (take(text, "authentication")) {
        line.act = OpenSmtpdAct::authentication;
        return read_authentication(text, line);
    }
    if (take(text, "failed-command")) {
        line.act = OpenSmtpdAct::failed_command;
        return read_failed_command(text, line);
    }
    if (!take(text, "bad-input")) return std::nullopt;
    line.act = OpenSmtpdAct::bad_input;
    return read_bad_input(text, line);
}

// "980a4c722859b973 from host mail.example [192.0.2.7]"
MaybeLine read_old_connection(std::string_view text, OpenSmtpdLine line) noexcept
{
    if (!take_session(text, line) || !take(text, " from host ")) return std::nullopt;
    const auto begin = text.find(" [");
    if (begin == std::string_view::npos || !text.ends_with(']')) return std::nullopt;
    line.client = read_address(text.substr(begin + 2, text.size() - begin - 3));
    return line;
}

// "bob on session 980a4c722859b973"
MaybeLine read_old_authentication(std::string_view text, OpenSmtpdOutcome outcome) noexcept
{
    OpenSmtpdLine line{.act = OpenSmtpdAct::authentication, .outcome = outcome};
    line.user = take_until(text, ' ');
    if (!take(text, " on session ") || !take_session(text, line) || !text.empty())
        return std::nullopt;
    return line;
}

// `980a4c722859b973: "AUTH PLAIN (...)" => 535 Authentication failed`
MaybeLine read_old_failed_command(std::string_view text, OpenSmtpdLine line) noexcept
{
    constexpr std::string_view kResult = "\" => ";
    if (!take_session(text, line) || !take(text, ": \"")) return std::nullopt;
    const auto at = text.find(kResult);
    if (at == std::string_view::npos || text.find(kResult, at + 1) != std::string_view::npos)
        return std::nullopt;
    line.command = text.substr(0, at);
    if (!read_reply(text.substr(at + kResult.size()), line)) return std::nullopt;
    return line;
}

// Before 5.9.
MaybeLine read_old_line(std::string_view text) noexcept
{
    if (take(text, "New session ")) return read_old_connection(text, {});
    if (take(text, "Accepted authentication for user "))
        return read_old_authentication(text, OpenSmtpdOutcome::ok);
    if (take(text, "Authentication failed for user "))
        return read_old_authentication(text, OpenSmtpdOutcome::permfail);
    if (take(text, "Authentication temporarily failed for user "))
        return read_old_authentication(text, OpenSmtpdOutcome::tempfail);
    if (take(text, "Failed command on session "))
        return read_old_failed_command(text, {.act = OpenSmtpdAct::failed_command});
    OpenSmtpdLine line{.act = OpenSmtpdAct::disconnected};
    if (!take(text, "Closing session ") || !take_session(text, line)) return std::nullopt;
    return line;
}

}  // namespace

std::optional<OpenSmtpdLine> read_opensmtpd_line(std::string_view text) noexcept
{
    if (take(text, "smtp-in: ")) return read_old_line(text);
    OpenSmtpdLine line;
    if (!take_session(text, line) || !take(text, " smtp ")) return std::nullopt;
    return read_act(text, line);
}

}  // namespace mailban
