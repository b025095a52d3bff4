#include "mailban/page/text.h"
#include "mailban/page/tuning_page.h"
#include "mailban/time/local_text.h"
#include "mailban/words.h"

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
    std::string text = counted(suspects.size(), "address", "addresses") +
                       " logged in and guessed at other accounts besides; taken for no customer, "
                       "but see whether an account was broken into: ";
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
        said.emplace_back("Nothing about passwords is in these logs: there is nothing to propose");
        return said;
    }
    said.push_back(counted(tuning.events, "event", "events") + " about passwords in " +
                   format_duration(span_of(tuning)) + ", " + local_text(*tuning.first, zone) +
                   " to " + local_text(*tuning.last, zone) + ": " +
                   counted(tuning.guesses, "guess", "guesses") + " of " +
                   counted(tuning.guessing_clients, "address", "addresses") + ", " +
                   counted(tuning.customers, "customer", "customers") + " (addresses that log in)");
    if (is_too_little(tuning)) {
        said.push_back(
            "That is too little to judge limits by: at least " + std::to_string(kHandful) +
            " events are needed, and a week of them is better. Add rotated logs, or name "
            "none for all sources of the configuration");
    } else if (tuning.basis == Basis::no_logins) {
        said.emplace_back(
            "No login of a customer is in these logs: nobody can tell customers from attackers by "
            "them, and no limit is proposed. Add the logs that tell of logins (Exim's main log, "
            "Dovecot's mail log)");
    } else if (tuning.basis == Basis::little) {
        said.emplace_back(
            "That is little: with less than a week, or fewer than 20 customers, limits are made "
            "laxer where a customer would be hit, and never stricter");
    }
    if (!tuning.suspects.empty()) said.push_back(suspects_sentence(tuning.suspects));
    if (tuning.left_out > 0) {
        said.push_back(counted(tuning.left_out, "further event was", "further events were") +
                       " left out to bound memory; give fewer logs at once");
    }
    return said;
}

std::string proposal_sentence(const RuleTuning& tuned, Basis basis)
{
    if (basis < Basis::little) return "Nothing is proposed.";
    if (!tuned.proposal) {
        return "Each of these limits bans a customer, or leaves no margin: nothing is proposed, "
               "the rule stays.";
    }
    const auto& proposal = *tuned.proposal;
    if (proposal.limit == tuned.rule.limit)
        return "Proposed: leave it at " + setting(proposal) + ".";
    const bool stricter = proposal.limit < tuned.rule.limit;
    return "Proposed: " + setting(proposal) + ", " + (stricter ? "stricter" : "laxer") +
           " than now; the strictest limit that bans no customer, and a margin.";
}

std::string setting(const TuningPoint& point)
{
    return std::to_string(point.limit) + " within " + format_duration(point.within);
}

}  // namespace mailban::page
