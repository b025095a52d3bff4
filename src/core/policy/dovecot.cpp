#include "mailban/policy/dovecot.h"

#include "mailban/detect/account.h"
#include "mailban/net/seeded_hash.h"
#include "mailban/utf8.h"
#include "mailban/words.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <nlohmann/json.hpp>

namespace mailban {

namespace {

// As much of a text as is kept; a session's as of a log line's.
constexpr std::size_t kLongestPolicySession = 64;
constexpr std::size_t kLongestClientId = 256;

std::string member_text(const nlohmann::json& body, const char* name, std::size_t longest)
{
    const auto found = body.find(name);
    if (found == body.end() || !found->is_string()) return {};
    return found->get_ref<const std::string&>().substr(0, longest);
}

bool flag_of(const nlohmann::json& body, const char* name)
{
    const auto found = body.find(name);
    return found != body.end() && found->is_boolean() && found->get<bool>();
}

// What Dovecot calls its services (%{protocol}); those of Exim and Postfix call themselves smtp.
Service service_named(std::string_view protocol) noexcept
{
    if (protocol == "imap") return Service::imap;
    if (protocol == "pop3") return Service::pop3;
    if (protocol == "smtp") return Service::smtp;
    if (protocol == "submission") return Service::submission;
    if (protocol == "sieve" || protocol == "managesieve") return Service::sieve;
    return Service::unknown;
}

// Where a mechanism shows the server no password, Dovecot hashes the account alone: all guesses
// look alike. So without the mechanism's name nothing is said of the password.
bool shows_password(std::string_view mechanism) noexcept
{
    const std::string lower = lower_case(mechanism);
    return lower == "plain" || lower == "login";
}

std::optional<PasswordMark> mark_of(const std::string& hash, Seed seed)
{
    constexpr std::uint64_t kBits = (1U << 24U) - 1;
    if (hash.empty()) return std::nullopt;
    return static_cast<PasswordMark>(SeededHash{seed.value}(hash)&kBits);
}

std::optional<std::uint16_t> port_of(const std::string& text)
{
    std::uint16_t port = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (ec != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

Result<nlohmann::json> object_of(std::string_view body)
{
    if (body.size() > kMaxPolicyBody)
        return Error{"the body is longer than " + std::to_string(kMaxPolicyBody) + " bytes"};
    nlohmann::json read = nlohmann::json::parse(body, nullptr, false);
    if (!read.is_object()) return Error{"the body is not a JSON object: " + in_quotes(body)};
    return read;
}

Result<std::optional<Attempt>> attempt_of(const nlohmann::json& body, Seed seed)
{
    const std::string remote = member_text(body, "remote", IpAddress::kMaxTextLength + 1);
    if (remote.empty()) return std::optional<Attempt>();
    const auto ip = IpAddress::parse(remote);
    if (!ip) return Error{"'remote' is " + in_quotes(remote) + "; expected an IP address"};
    Attempt attempt;
    attempt.ip = *ip;
    auto login = member_text(body, "login", kLongestAccount);
    if (!login.empty()) attempt.account = std::move(login);
    attempt.service = service_named(member_text(body, "protocol", kLongestPolicySession));
    attempt.local_port = port_of(member_text(body, "local_port", kLongestPolicySession));
    attempt.mechanism = member_text(body, "mech", kLongestPolicySession);
    attempt.session = member_text(body, "session_id", kLongestPolicySession);
    attempt.client_id = member_text(body, "device_id", kLongestClientId);
    attempt.is_encrypted = flag_of(body, "tls");
    if (shows_password(attempt.mechanism))
        attempt.password = mark_of(member_text(body, "pwhash", kLongestClientId), seed);
    return std::optional<Attempt>(std::move(attempt));
}

// `fail_type` is of Dovecot 2.4.
EventKind kind_of_report(const nlohmann::json& body)
{
    if (flag_of(body, "success")) return EventKind::auth_success;
    if (flag_of(body, "policy_reject")) return EventKind::rejected;
    const std::string why = member_text(body, "fail_type", kLongestPolicySession);
    if (why == "internal") return EventKind::auth_unavailable;
    if (is_one_of(why, {"policy", "disabled", "expired"})) return EventKind::rejected;
    return EventKind::auth_failure;
}

}  // namespace

Result<std::optional<Attempt>> read_dovecot_question(std::string_view body, Seed seed)
{
    const auto object = object_of(body);
    if (!object) return object.error();
    return attempt_of(*object, seed);
}

Result<std::optional<Event>> read_dovecot_report(std::string_view body, Seed seed, Timestamp now)
{
    const auto object = object_of(body);
    if (!object) return object.error();
    auto attempt = attempt_of(*object, seed);
    if (!attempt) return attempt.error();
    if (!*attempt || !(*attempt)->account) return std::optional<Event>();
    Event event;
    event.time = now;
    event.kind = kind_of_report(*object);
    event.ip = (*attempt)->ip;
    event.account = std::move((*attempt)->account);
    event.server = MailServer::dovecot;
    event.service = (*attempt)->service;
    event.reporter = Reporter::report;
    event.local_port = (*attempt)->local_port;
    if (!(*attempt)->session.empty()) event.session = std::move((*attempt)->session);
    event.password = (*attempt)->password;
    return std::optional<Event>(std::move(event));
}

std::string dovecot_answer(const PolicyAnswer& answer)
{
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(answer.delay).count();
    std::string status = "0";
    if (answer.verdict == PolicyVerdict::deny) status = "-1";
    if (answer.verdict == PolicyVerdict::delay)
        status = std::to_string(std::max<std::int64_t>(seconds, 1));
    return R"({"status":)" + status + R"(,"msg":""})";
}

bool is_same_key(std::string_view given, std::string_view key) noexcept
{
    // The length of a key is no secret. `volatile`: no compiler may stop at the first difference.
    volatile unsigned char difference = given.size() == key.size() ? 0 : 1;
    for (std::size_t at = 0; at < key.size(); ++at) {
        const char one = at < given.size() ? given[at] : '\0';
        difference = static_cast<unsigned char>(
            difference | (static_cast<unsigned char>(one) ^ static_cast<unsigned char>(key[at])));
    }
    return difference == 0;
}

}  // namespace mailban
