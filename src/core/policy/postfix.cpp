#include "mailban/policy/postfix.h"

#include "mailban/detect/account.h"
#include "mailban/utf8.h"

#include <array>
#include <charconv>
#include <utility>

namespace mailban {

namespace {

constexpr std::size_t kLongestPolicyWord = 128;
// Postfix's own word for what it does not know.
constexpr std::string_view kUnknownClient = "unknown";
constexpr std::uint16_t kSubmissionPort = 587;
constexpr std::uint16_t kSubmissionsPort = 465;

}  // namespace

Status PostfixRequest::add(std::string_view line)
{
    size_ += line.size() + 1;
    if (size_ > kMaxPolicyRequest)
        return Error{"the request is longer than " + std::to_string(kMaxPolicyRequest) + " bytes"};
    const auto equals = line.find('=');
    if (equals == std::string_view::npos)
        return Error{"a line of the request is " + in_quotes(line) + "; expected name=value"};
    const auto name = line.substr(0, equals);
    const auto value = line.substr(equals + 1);
    const std::array<std::pair<std::string_view, std::string*>, 6> kept{
        {{"request", &request_},
         {"client_address", &address_},
         {"sasl_username", &account_},
         {"sasl_method", &mechanism_},
         {"instance", &instance_},
         {"server_port", &port_}}};
    for (const auto& [known, into] : kept)
        if (name == known)
            *into = value.substr(0, into == &account_ ? kLongestAccount : kLongestPolicyWord);
    if (name == "encryption_protocol") is_encrypted_ = !value.empty();
    return Done{};
}

Result<std::optional<Attempt>> PostfixRequest::attempt() const
{
    if (request_ != "smtpd_access_policy")
        return Error{"'request' is " + in_quotes(request_) + "; expected smtpd_access_policy"};
    if (address_.empty() || address_ == kUnknownClient) return std::optional<Attempt>();
    const auto ip = IpAddress::parse(address_);
    if (!ip)
        return Error{"'client_address' is " + in_quotes(address_) + "; expected an IP address"};
    Attempt attempt;
    attempt.ip = *ip;
    if (!account_.empty()) attempt.account = account_;
    attempt.mechanism = mechanism_;
    attempt.session = instance_;
    attempt.is_encrypted = is_encrypted_;
    std::uint16_t port = 0;
    const auto [end, ec] = std::from_chars(port_.data(), port_.data() + port_.size(), port);
    if (ec == std::errc{} && port != 0) attempt.local_port = port;
    const bool is_submission = port == kSubmissionPort || port == kSubmissionsPort;
    attempt.service = is_submission ? Service::submission : Service::smtp;
    return std::optional<Attempt>(std::move(attempt));
}

std::string postfix_answer(const PolicyAnswer& answer)
{
    const bool is_lasting = answer.ground == PolicyGround::banned;
    if (answer.verdict == PolicyVerdict::allow) return "action=DUNNO\n\n";
    if (answer.verdict == PolicyVerdict::deny && is_lasting) return "action=REJECT\n\n";
    return "action=DEFER_IF_PERMIT\n\n";
}

}  // namespace mailban
