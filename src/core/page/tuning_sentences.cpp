#include "mailban/page/text.h"
#include "mailban/page/tuning_page.h"
#include "mailban/plural.h"
#include "mailban/time/local_text.h"

#include <algorithm>

namespace mailban::page {

namespace {

// No limit can be judged by a handful of attempts.
constexpr std::uint64_t kHandful = 50;

Duration span_of(const Tuning& tuning)
{
    return tuning.first && tuning.last ? *tuning.last - *tuning.first : Duration{};
}

std::string suspects_sentence(const std::vector<IpAddress>& suspects)
{
    constexpr std::size_t kMostNamed = 10;
    std::string text = plural(suspects.size(), "address", "addresses") +
                       " logged in and also guessed at other accounts. They do not count as "
                       "customers; check whether an account is hijacked: ";
    for (std::size_t i = 0; i < std::min(suspects.size(), kMostNamed); ++i)
        text += (i == 0 ? "" : ", ") + suspects[i].to_string();
    return suspects.size() > kMostNamed ? text + ", …" : text;
}

}  // namespace

bool is_too_little(const Tuning& tuning) noexcept
{
    return tuning.events < kHandful;
}

std::vector<std::string> seen_sentences(const Tuning& tuning, const Zone& zone)
{
    std::vector<std::string> said;
    if (tuning.basis == Basis::no_events) {
        said.emplace_back("These logs contain no event about passwords, so nothing is proposed");
        return said;
    }
    said.push_back(plural(tuning.events, "event", "events") + " about passwords in " +
                   format_duration(span_of(tuning)) + ", " + local_text(*tuning.first, zone) +
                   " to " + local_text(*tuning.last, zone) + ": " +
                   plural(tuning.guesses, "guess", "guesses") + " of " +
                   plural(tuning.guessing_clients, "address", "addresses") + ", " +
                   plural(tuning.customers, "customer", "customers") + " (addresses that log in)");
    if (is_too_little(tuning)) {
        said.push_back(
            "That is not enough to judge limits: at least " + std::to_string(kHandful) +
            " events are needed, and a week of logs is better. Add rotated logs, or name no "
            "log to read all sources of the configuration");
    } else if (tuning.basis == Basis::no_logins) {
        said.emplace_back(
            "These logs contain no login of a customer, so customers and attackers look the same, "
            "and no limit is proposed. Add the logs that contain logins (Exim's main log, "
            "Dovecot's mail log)");
    } else if (tuning.basis == Basis::little) {
        said.emplace_back(
            "With less than a week or fewer than 20 customers, no limit is made stricter; a limit "
            "that bans a customer is made laxer");
    }
    if (!tuning.suspects.empty()) said.push_back(suspects_sentence(tuning.suspects));
    if (tuning.left_out > 0) {
        said.push_back(plural(tuning.left_out, "further event was", "further events were") +
                       " skipped because of the memory limit; read fewer logs at once");
    }
    return said;
}

std::string proposal_sentence(const RuleTuning& tuned, Basis basis)
{
    if (basis < Basis::little) return "Nothing is proposed.";
    if (!tuned.proposal) {
        return "Each of these limits bans a customer or leaves no margin, so the rule stays "
               "unchanged.";
    }
    const auto& proposal = *tuned.proposal;
    if (proposal.limit == tuned.rule.limit) return "Proposed: keep " + setting(proposal) + ".";
    const bool stricter = proposal.limit < tuned.rule.limit;
    return "Proposed: " + setting(proposal) + ", " + (stricter ? "stricter" : "laxer") +
           " than the current limit: the strictest limit that bans no customer, plus a margin.";
}

std::string setting(const TuningPoint& point)
{
    return std::to_string(point.limit) + " within " + format_duration(point.within);
}

}  // namespace mailban::page
