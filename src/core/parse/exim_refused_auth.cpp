#include "mailban/scan.h"

#include <algorithm>

#include "exim_messages.h"

namespace mailban {

namespace {

constexpr std::string_view kOpening = "SMTP protocol error in \"";
constexpr std::string_view kClient = "\" H=";
// A command that holds more of them was made to mislead.
constexpr std::size_t kMostClients = 64;

// "LOGIN": Exim refuses a name with other characters in another way.
bool take_mechanism(std::string_view& text) noexcept
{
    constexpr auto kOfMechanisms = kLettersAndDigits.with("-_");
    return !take_all(text, kOfMechanisms).empty();
}

// Exactly one of the two answers, to the end of the line: nothing else shows where the client's
// text has ended.
std::optional<EximStatement> read_refused_answer(std::string_view rest, EximMatch)
{
    if (rest == " AUTH command used when not advertised") {
        return EximStatement{EventKind::abuse, std::nullopt, ReplyCode::parse("503")};
    }
    if (take(rest, " ") && take_mechanism(rest) &&
        rest == " authentication mechanism not supported")
        return EximStatement{EventKind::abuse, std::nullopt, ReplyCode::parse("504")};
    return std::nullopt;
}

}  // namespace

bool begins_as_exim_refused_auth(std::string_view message) noexcept
{
    const auto is_same = [](char left, char right) { return (left | 32) == right; };
    constexpr std::string_view kAuth = "auth";
    if (!take(message, kOpening)) return false;
    return std::equal(kAuth.begin(), kAuth.end(), message.begin(),
                      message.begin() + std::min(message.size(), kAuth.size()),
                      [&](char wanted, char c) { return is_same(c, wanted); });
}

// The command is the client's and may hold a client of its own choice. Each place where it can end
// is a way to read the line; where two name two clients, none counts.
ParseResult read_exim_refused_auth(EximClientText client)
{
    // The answer stands at the end.
    if (client.scene.extent != EximExtent::whole) return {};
    std::optional<Event> event;
    const auto text = client.text;
    std::size_t tried = 0;
    for (auto at = text.find(kClient); at != std::string_view::npos;
         at = text.find(kClient, at + 1)) {
        if (++tried > kMostClients) return Concern::ambiguous;
        const EximClientText rest{text.substr(at + kClient.size()), client.scene, client.peers};
        auto result = read_exim_client(rest, read_refused_answer, EximFormats::one);
        if (result.concern) return *result.concern;
        if (!result.event) continue;
        if (event && event->ip != result.event->ip) return Concern::ambiguous;
        if (event && event->client_port != result.event->client_port)
            result.event->client_port.reset();
        event = std::move(result.event);
    }
    return event;
}

}  // namespace mailban
