#include "mailban/scan.h"
#include "mailban/words.h"

#include <array>

#include "exim_messages.h"

namespace mailban {

namespace {

constexpr CharacterSet kOfQueueIds = kLettersAndDigits.with("-");

// "1xVcXL-00008W-2H", since 4.97 "1xVd7j-0000000008G-3uoV".
bool take_queue_id(std::string_view& text) noexcept
{
    constexpr std::size_t kShort = 16;
    constexpr std::size_t kLong = 23;
    for (const auto length : {kShort, kLong}) {
        if (text.size() <= length || text[length] != ' ' || text[6] != '-') continue;
        const auto id = text.substr(0, length);
        if (!kOfQueueIds.has_all_of(id)) continue;
        text.remove_prefix(length + 1);
        return true;
    }
    return false;
}

// The sender's address: a blank in it stands between quotes, where a backslash takes the next
// character's meaning away.
bool take_sender(std::string_view& text) noexcept
{
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (quoted && text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            quoted = !quoted;
        } else if (text[at] == ' ' && !quoted) {
            text.remove_prefix(at);
            return at > 0;
        }
    }
    return false;
}

void skip_word(std::string_view& text, std::string_view key) noexcept
{
    if (take(text, key)) take_until(text, ' ');
}

// " L", " L.-": pipelining
void skip_pipelining(std::string_view& text) noexcept
{
    auto rest = text;
    if (!take(rest, " L")) return;
    const auto flags = take_until(rest, ' ');
    if (flags.find_first_not_of(".*-") == std::string_view::npos) text = rest;
}

// Eats "login:bob" up to the next blank. With +smtp_mailauth, ":sender" stands behind the account.
std::string_view take_account(std::string_view& text) noexcept
{
    auto account = take_until(text, ' ');
    take_until(account, ':');
    take(account, ":");
    return account.substr(0, account.find(':'));
}

bool has_one_account(std::string_view text) noexcept
{
    constexpr std::string_view kAccount = " A=";
    const auto first = text.find(kAccount);
    return first != std::string_view::npos &&
           text.find(kAccount, first + 1) == std::string_view::npos;
}

bool is_authenticated_protocol(std::string_view name) noexcept
{
    constexpr std::array<std::string_view, 5> kNames{"esmtpa", "esmtpsa", "utf8esmtpa",
                                                     "utf8esmtpsa", "asmtp"};
    return is_one_of(name, kNames);
}

// " P=esmtpsa L X=… CV=no DN="…" SNI=… A=login:bob S=389 …"
std::optional<EximStatement> read_arrival_rest(std::string_view rest, EximMatch)
{
    if (!take(rest, " P=")) return std::nullopt;
    const auto protocol = take_until(rest, ' ');
    if (protocol.empty()) return std::nullopt;
    EximStatement said;
    if (!is_authenticated_protocol(protocol)) return said;

    said.kind = EventKind::auth_success;
    skip_pipelining(rest);
    const auto tls = skip_exim_tls(rest);
    // A distinguished name and an SNI are the peer's own text, and where they end, a quotation mark
    // in them tells wrongly. An authenticated client always has one " A=".
    if (tls.peer_text && !has_one_account(rest)) return said;
    rest = tls.rest;
    if (!take(rest, " A=")) return said;
    constexpr std::array<std::string_view, 4> kNext{" S=", " PRDR ", " K ", " PRX="};
    const auto account = take_account(rest);
    if (!account.empty() && begins_with_any(rest, kNext)) said.account = account;
    return said;
}

// " D=0.240s A=login:bob X=… C=EHLO,AUTH,QUIT"
std::optional<EximStatement> read_idle_session_rest(std::string_view rest, EximMatch)
{
    if (!take(rest, " D=")) return std::nullopt;
    take_until(rest, ' ');
    EximStatement said;
    if (!take(rest, " A=")) return said;
    said.kind = EventKind::auth_success;
    const auto account = take_account(rest);
    rest = skip_exim_tls(rest).rest;
    const bool is_all = take(rest, " C=") && rest.find(' ') == std::string_view::npos;
    if (!account.empty() && is_all) said.account = account;
    return said;
}

}  // namespace

EximTls skip_exim_tls(std::string_view text) noexcept
{
    EximTls tls;
    if (take(text, " X=")) take_until(text, ' ');
    if (take(text, " CV=")) take_until(text, ' ');
    if (take(text, " DN=\"")) {
        tls.peer_text = true;
        take_until(text, '"');
        take(text, "\"");
    }
    if (take(text, " SNI=")) {
        tls.peer_text = true;
        take_until(text, ' ');
    }
    tls.rest = text;
    return tls;
}

ParseResult read_exim_arrival(EximClientText client)
{
    if (!take_queue_id(client.text) || !take(client.text, "<= ")) return {};
    if (!take_sender(client.text)) return {};
    skip_word(client.text, " R=");
    take(client.text, " DS");
    if (!take(client.text, " H=")) return {};
    return read_exim_client(client, read_arrival_rest, EximFormats::one);
}

ParseResult read_exim_idle_session(EximClientText client)
{
    if (!take(client.text, "no MAIL in ")) return {};
    take(client.text, "TFO* ") || take(client.text, "TFO ");
    if (!take(client.text, "SMTP connection from ")) return {};
    return read_exim_client(client, read_idle_session_rest, EximFormats::one);
}

}  // namespace mailban
