#include "mailban/smtp/meaning.h"

#include <algorithm>
#include <array>

namespace mailban {

namespace {

// Codes that only RFC 5248 names stand in its table of enhanced codes, without a text of their own.
constexpr auto kReplyCodeMeanings = std::to_array<ReplyCodeMeaning>({
    {211, "system status", "The server reports its state or answers HELP.", "Harmless and rare.",
     "RFC 5321, 4.2.3"},
    {214, "help", "Help text, as an answer to HELP.", "Harmless; only people ask for it.",
     "RFC 5321, 4.2.3"},
    {220, "ready", "The server greets the client, or is ready to begin TLS after STARTTLS.",
     "A connection has begun; it says nothing about the client yet.",
     "RFC 5321, 4.2.3; RFC 3207, 4"},
    {221, "goodbye", "The server closes the connection, as the client asked with QUIT.",
     "An orderly end.", "RFC 5321, 4.2.3"},
    {235, "authenticated", "The login succeeded.",
     "A successful login. Check it if it follows many failures: a password may have been "
     "guessed.",
     "RFC 4954, 4"},
    {250, "done", "The command succeeded; after the final dot, the message was accepted.",
     "From now on, the server is responsible: it delivers the message or reports a failure.",
     "RFC 5321, 4.2.3"},
    {251, "will forward",
     "The recipient has no mailbox here, but the server passes the mail on; to ETRN: nothing "
     "waits.",
     "Some servers do not use it, because it reveals new addresses.",
     "RFC 5321, 3.4; RFC 1985, 5.1"},
    {252, "cannot verify, will try",
     "VRFY found neither that the mailbox exists nor that it does not; to ETRN: delivery of what "
     "waits begins.",
     "The proper answer to VRFY where addresses must not be harvested.",
     "RFC 5321, 3.5.3; RFC 1985, 5.1"},
    {253, "queue started", "ETRN found messages, reports their number, and starts to deliver them.",
     "Only where ETRN is offered to sites that fetch their mail.", "RFC 1985, 5.1"},
    {334, "go on with AUTH", "The server waits for the next part of the authentication exchange.",
     "Text behind it is base64: a prompt or a challenge, never a result.", "RFC 4954, 4"},
    {354, "send the message", "The server waits for the message, up to a line of a single dot.",
     "A 4xx or 5xx may still follow behind the dot.", "RFC 5321, 4.2.3"},
    {355, "go on from the offset",
     "A transfer that was cut off may be resumed at the offset in the text.",
     "An experiment of 1995 (checkpoint and restart); rare.", "RFC 1845"},
    {421, "service not available, closing",
     "The server closes this connection: it shuts down, is too busy, or the client made too many "
     "errors.",
     "Read the text: too many connections or errors are the client's fault; otherwise the server "
     "lacks resources.",
     "RFC 5321, 3.8"},
    {422, "password transition needed",
     "An older number for 432: the account has to log in once in another way.",
     "No password was wrong.", "RFC 5248, 2.4"},
    {430, "command out of order",
     "A temporary form of the refusals for a command that does not fit the state.",
     "Check the client, or a proxy in between.", "RFC 5248, 2.4"},
    {432, "password transition needed",
     "The account exists, but the server holds no secret yet for the mechanism that was chosen.",
     "Log in once by PLAIN inside TLS, which lets the server store the secret. No password was "
     "wrong.",
     "RFC 4954, 6"},
    {435, "unable to authenticate at present",
     "Exim's answer to AUTH when it cannot ask the password service.",
     "Your own password service is down: check Dovecot, LDAP, the database. Customers cannot log "
     "in either.",
     "Exim's own; no RFC"},
    {450, "mailbox unavailable for now",
     "The recipient is temporarily unavailable: locked, greylisted, or deferred by policy.",
     "Real servers retry; if they never succeed, check greylisting or the rule in the text. To "
     "ATRN: refused.",
     "RFC 5321, 4.2.3; RFC 2645, 5.2.1"},
    {451, "local error",
     "Something failed on the server while it worked on the command: a lookup, a filter, a disk.",
     "A problem of your server, not of the client; its log shows the part that failed.",
     "RFC 5321, 4.2.3"},
    {452, "out of room",
     "The server has no space, or accepts no more recipients in one transaction.",
     "Check the disk of the spool; if the text is about recipients, nothing is wrong.",
     "RFC 5321, 4.2.3 and 4.5.3.1.10"},
    {453, "no mail for you",
     "ATRN: nothing waits for the domains; with 4.3.2: the server takes no messages just now.",
     "Harmless with ATRN; else look at the server's load.", "RFC 2645, 5.2.1; RFC 5248, 2.4"},
    {454, "temporary authentication or TLS failure",
     "The password could not be checked, or TLS could not be started, for a reason on the "
     "server.",
     "Your own password service or certificate: check the password service and the TLS files. It "
     "says nothing about the client.",
     "RFC 4954, 6; RFC 3207, 4"},
    {455, "cannot meet the parameters",
     "The server knows the parameters of MAIL or RCPT but cannot do as they say at the moment.",
     "Rare; look for a limit that was reached.", "RFC 5321, 4.1.1.11"},
    {458, "cannot start the queue", "ETRN was understood, and the queue could not be started.",
     "Look at the server's queue and load.", "RFC 1985, 5.1"},
    {459, "queue not for you", "ETRN named a host, but this client may not start its queue.",
     "Allow the host, or leave it.", "RFC 1985, 5.1"},
    {500, "unknown command or line too long",
     "The line is no command that the server knows, or is too long; with 5.5.6: a line of AUTH.",
     "Many of them from one client: a scanner, or a web browser led to the mail port.",
     "RFC 5321, 4.2.3; RFC 4954, 6"},
    {501, "bad argument",
     "The command is correct, but its argument is not; in AUTH: malformed base64, or the client "
     "aborted.",
     "In AUTH no password was compared. Many of them from one client: a clumsy attack tool.",
     "RFC 5321, 4.2.3; RFC 4954, 4"},
    {502, "not implemented", "The server knows the command and does not offer it.",
     "Often VRFY or EXPN, switched off so that addresses cannot be harvested.", "RFC 5321, 4.2.4"},
    {503, "wrong order",
     "The command does not fit the state of the session; AUTH twice, or where it is not offered.",
     "Broken software or a script that does not wait for answers. No password was compared.",
     "RFC 5321, 4.2.3; RFC 4954, 4"},
    {504, "argument not implemented",
     "The server does not do what the argument asks for; in AUTH: it does not know the mechanism.",
     "Offer the mechanism, or change the client. No password was compared.",
     "RFC 5321, 4.2.3; RFC 4954, 4"},
    {521, "takes no mail", "The host never accepts mail.",
     "Right for hosts that only send; senders give up at once.", "RFC 7504, 3"},
    {523, "encryption needed", "The mechanism is only allowed inside TLS.",
     "The client has to be set to STARTTLS or to port 465. No password was compared.",
     "RFC 5248, 2.4"},
    {524, "encryption needed for this mechanism", "Another number for 538.",
     "The client has to be set to STARTTLS or to port 465. No password was compared.",
     "RFC 5248, 2.4"},
    {525, "account disabled", "The password was correct, but the account is disabled.",
     "Inform the user; if no administrator disabled it, find out why.", "RFC 5248, 2.4"},
    {530, "authentication or TLS required first",
     "The command needs a login (5.7.0) or TLS that the client has not begun.",
     "The client has no account or is not set up to use it. No password was compared.",
     "RFC 4954, 6; RFC 3207, 4"},
    {533, "not authorized", "Named with 5.7.1 as one way to say that policy refuses the message.",
     "Look at the text and at your own rules.", "RFC 5248, 2.4"},
    {534, "mechanism too weak", "Policy asks this user for a stronger mechanism.",
     "Change the client's setting. No password was compared.", "RFC 4954, 6"},
    {535, "wrong user name or password", "The credentials were looked up and are not valid.",
     "A typing error, a device with an old password, or a guesser: the number of attempts and "
     "of accounts shows the difference.",
     "RFC 4954, 6"},
    {538, "encryption required for this mechanism",
     "The mechanism may be used only inside TLS; kept for old servers.",
     "The client has to be set to STARTTLS or to port 465. No password was compared.",
     "RFC 4954, 6"},
    {550, "refused",
     "The mailbox does not exist, or policy refuses the command: relaying, a block list, a filter.",
     "The text says which. Many unknown recipients from one client: it tries which addresses "
     "exist.",
     "RFC 5321, 4.2.3"},
    {551, "not here, try elsewhere",
     "The recipient has moved or was never here; the text may name another address.",
     "Few servers use it, because it reveals new addresses.", "RFC 5321, 3.4"},
    {552, "too large or over quota",
     "The message exceeds a limit of size, or the mailbox its quota.",
     "Raise the limit, or let the user make room.", "RFC 5321, 4.2.3; RFC 1870, 6"},
    {553, "bad mailbox name",
     "The address is malformed or not allowed here; some servers refuse relaying with it, Exim "
     "an AUTH with data too early.",
     "Look at the address in the log.", "RFC 5321, 4.2.3"},
    {554, "transaction failed",
     "Refused without a better number; as a greeting: the server will not talk to this client.",
     "The text says why: a block list, a filter's verdict, relaying.", "RFC 5321, 4.2.3"},
    {555, "unknown parameter", "MAIL or RCPT had a parameter that the server does not know.",
     "The client uses an extension that was not offered.", "RFC 5321, 4.1.1.11"},
    {556, "domain takes no mail",
     "The recipient's domain says in DNS (null MX) that it accepts no mail.",
     "The sender has to correct the address.", "RFC 7504, 4"},
});

}  // namespace

const ReplyCodeMeaning* meaning_of(ReplyCode code) noexcept
{
    const auto* const found =
        std::lower_bound(kReplyCodeMeanings.begin(), kReplyCodeMeanings.end(), code.value(),
                         [](const auto& entry, auto value) { return entry.code < value; });
    return found != kReplyCodeMeanings.end() && found->code == code.value() ? found : nullptr;
}

std::string_view class_name(std::uint16_t status_class) noexcept
{
    switch (status_class) {
    case 2: return "success";
    case 3: return "go on";
    case 4: return "temporary";
    case 5: return "permanent";
    default: return "";
    }
}

std::span<const ReplyCodeMeaning> reply_code_meanings() noexcept
{
    return kReplyCodeMeanings;
}

}  // namespace mailban
