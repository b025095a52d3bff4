#include "mailban/setup/door_texts.h"

#include "mailban/words.h"

#include <algorithm>
#include <optional>

namespace mailban {

namespace {

constexpr const char* kWrittenBy =
    "# Written by `mailban setup --door`; `mailban setup --undo` takes it back.\n";

std::string postfix_question()
{
    return "check_policy_service { inet:127.0.0.1:" + std::to_string(kPostfixDoorPort) +
           ", timeout=1s, try_limit=1, default_action=DUNNO }";
}

// Where the value of a parameter stands in main.cf: behind the sign, to the end of its last line
// (postconf(5): a line that begins with a blank continues the one before).
struct DoorValue {
    std::size_t begin = 0;
    std::size_t end = 0;
};

// The last setting counts, as for Postfix.
std::optional<DoorValue> value_of(std::string_view text, std::string_view name)
{
    std::optional<DoorValue> found;
    for (std::size_t line = 0; line < text.size();) {
        auto end = std::min(text.find('\n', line), text.size());
        const auto sign = text.find('=', line);
        const bool is_it = sign < end && trimmed(text.substr(line, sign - line), " \t") == name;
        auto next = end;
        while (next + 1 < text.size() && contains(" \t", text.substr(next + 1, 1)))
            next = std::min(text.find('\n', next + 1), text.size());
        if (is_it) found = DoorValue{sign + 1, next};
        line = (is_it ? next : end) + 1;
    }
    return found;
}

// Of Dovecot 2.3 and of 2.4: how long a login waits for mailban at most, and what is asked.
constexpr const char* kOf23 =
    "auth_policy_server_timeout_msecs = 200\n"
    "auth_policy_request_attributes = login=%{requested_username} pwhash=%{hashed_password} "
    "remote=%{rip} device_id=%{client_id} protocol=%s session_id=%{session} mech=%m "
    "local_port=%{lport}\n";
constexpr const char* kOf24 =
    "auth_policy {\n"
    "  http_client_request_absolute_timeout = 200 msecs\n"
    "}\n"
    "auth_policy_request_attributes {\n"
    "  login = %{requested_username}\n"
    "  pwhash = %{hashed_password}\n"
    "  remote = %{remote_ip}\n"
    "  device_id = %{client_id}\n"
    "  protocol = %{protocol}\n"
    "  session_id = %{session}\n"
    "  mech = %{mechanism}\n"
    "  local_port = %{local_port}\n"
    "}\n";

std::string with_newline(std::string_view text)
{
    std::string whole(text);
    if (!whole.empty() && whole.back() != '\n') whole += '\n';
    return whole;
}

}  // namespace

std::optional<DovecotRelease> dovecot_release(std::string_view version)
{
    if (version.starts_with("2.3.")) return DovecotRelease::v2_3;
    if (version.starts_with("2.4.")) return DovecotRelease::v2_4;
    return std::nullopt;
}

std::string dovecot_door(DovecotRelease release, std::string_view key, std::string_view nonce)
{
    std::string text = kWrittenBy;
    text += "auth_policy_server_url = http://127.0.0.1:" + std::to_string(kDovecotDoorPort) + "/\n";
    text.append("auth_policy_server_api_header = X-API-Key: ").append(key);
    text.append("\nauth_policy_hash_nonce = ").append(nonce);
    text +=
        "\nauth_policy_check_before_auth = yes\n"
        "auth_policy_check_after_auth = no\n"
        "auth_policy_report_after_auth = yes\n"
        "auth_policy_reject_on_fail = no\n";
    return text + (release == DovecotRelease::v2_3 ? kOf23 : kOf24);
}

Result<std::string> postfix_door(std::string_view main_cf)
{
    constexpr std::string_view kRestrictions = "smtpd_client_restrictions";
    constexpr std::string_view kDelay = "smtpd_delay_reject";
    std::string text = with_newline(main_cf);
    if (contains(text, postfix_question())) return std::string(main_cf);
    if (const auto standing = value_of(text, kRestrictions)) {
        const auto rest =
            trimmed(std::string_view(text).substr(standing->begin, standing->end - standing->begin),
                    " \t\r\n");
        if (contains(rest, "#"))
            return Error{std::string(kRestrictions) +
                         " in main.cf has a comment inside; add by hand: " + postfix_question()};
        text.insert(standing->begin, ' ' + postfix_question() + (rest.empty() ? "" : ","));
    } else {
        text.append(kWrittenBy).append(kRestrictions).append(" = ");
        text += postfix_question() + '\n';
    }
    if (const auto standing = value_of(text, kDelay)) {
        text.replace(standing->begin, standing->end - standing->begin, " no");
    } else {
        text.append(kDelay).append(" = no\n");
    }
    return text;
}

std::string exim_door()
{
    return std::string(kWrittenBy) + "acl_smtp_connect = ${if eq{${readsocket{inet:127.0.0.1:" +
           std::to_string(kEximDoorPort) +
           "}{$sender_host_address $received_port\\n}{1s}{}{allow}}}{deny}{deny}{accept}}\n";
}

}  // namespace mailban
