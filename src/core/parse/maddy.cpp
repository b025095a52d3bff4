#include "mailban/parse/maddy.h"

#include "mailban/scan.h"
#include "mailban/words.h"

#include <array>

#include <nlohmann/json.hpp>

#include "address_text.h"
#include "own_stamp.h"

namespace mailban {

namespace {

constexpr std::string_view kMaddyFailed = "authentication failed";

// Eats "imap: ", "submission/sasl: "; without it, syslog has taken it for the program.
std::string_view take_endpoint(std::string_view& text, std::string_view program) noexcept
{
    auto rest = text;
    const auto name = take_until(rest, ':');
    if (!take(rest, ": ") || !rest.starts_with(kMaddyFailed)) return program;
    text = rest;
    return name;
}

Service maddy_service(std::string_view endpoint) noexcept
{
    if (endpoint.starts_with("imap")) return Service::imap;
    if (endpoint.starts_with("pop3")) return Service::pop3;
    if (endpoint.starts_with("submission")) return Service::submission;
    if (endpoint.starts_with("smtp")) return Service::smtp;
    return Service::unknown;
}

// The password service could not be asked.
bool is_outage(std::string_view reason)
{
    constexpr std::array<std::string_view, 6> kWords{"dial ",     "timeout", "connection refused",
                                                     "temporary", "i/o ",    "network"};
    return contains_any(reason, kWords);
}

std::optional<std::string> text_of(const nlohmann::json& fields, const char* name)
{
    const auto found = fields.find(name);
    if (found == fields.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
}

std::optional<Event> read_fields(std::string_view text)
{
    const auto fields = nlohmann::json::parse(text, nullptr, false);
    if (!fields.is_object()) return std::nullopt;
    const auto source = text_of(fields, "src_ip");
    if (!source) return std::nullopt;
    std::string_view address = *source;
    const auto client = take_address_and_port(address);
    if (!client || !address.empty()) return std::nullopt;
    Event event;
    event.ip = client->ip;
    event.client_port = client->port;
    if (is_outage(text_of(fields, "reason").value_or(""))) event.kind = EventKind::auth_unavailable;
    const auto account = text_of(fields, "username");
    // With an escape in it, it is no name that anybody has.
    if (account && text.find(":\"" + *account + "\"") != std::string_view::npos)
        event.account = account;
    return event;
}

}  // namespace

bool MaddyParser::may_matter(const LineHeader& header) noexcept
{
    return header.message.find(kMaddyFailed) != std::string_view::npos;
}

std::optional<Event> MaddyParser::read(const LogMessage& message)
{
    auto text = without_own_stamp(message.text);
    const auto endpoint = take_endpoint(text, message.program);
    if (!take(text, kMaddyFailed)) return std::nullopt;
    // rsyslog writes a tab as #011.
    if (!take(text, "\t") && !take(text, "#011")) return std::nullopt;
    auto event = read_fields(text);
    if (event) event->service = maddy_service(endpoint);
    return event;
}

}  // namespace mailban
