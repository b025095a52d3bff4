#include "mailban/ban/resolved_name.h"

#include "mailban/plural.h"
#include "mailban/time/local_text.h"

#include <algorithm>
#include <utility>

namespace mailban {

namespace {

using LookupResult = Lookup::LookupResult;

std::string cause_of(const NameAnswer& answer)
{
    const auto& [v4, v6] = answer;
    if (v4.outcome == LookupResult::failed) return v4.problem;
    if (v6.outcome == LookupResult::failed) return v6.problem;
    if (v4.outcome == LookupResult::absent && v6.outcome == LookupResult::absent)
        return "no such name";
    return "the name has no address";
}

// The answer's addresses of one family, or those that are known where it does not say.
void add_family(std::vector<IpAddress>& next, const Lookup& lookup,
                const std::vector<IpAddress>& known, bool is_v4)
{
    if (lookup.outcome == LookupResult::found) {
        const auto size = std::min(lookup.addresses.size(), ResolvedName::kMostAddresses);
        next.insert(next.end(), lookup.addresses.begin(),
                    lookup.addresses.begin() + static_cast<std::ptrdiff_t>(size));
        return;
    }
    if (lookup.outcome != LookupResult::failed) return;
    for (const IpAddress& address : known)
        if (address.is_v4() == is_v4) next.push_back(address);
}

void sort_once(std::vector<IpAddress>& addresses)
{
    std::ranges::sort(addresses);
    const auto rest = std::unique(addresses.begin(), addresses.end());
    addresses.erase(rest, addresses.end());
}

}  // namespace

ResolvedName::ResolvedName(std::string name, ResolvePace pace) : name_(std::move(name)), pace_(pace)
{
}

void ResolvedName::restore(std::vector<IpAddress> addresses)
{
    addresses_ = std::move(addresses);
    sort_once(addresses_);
}

void ResolvedName::note_failure(std::string cause, Timestamp now)
{
    if (!failing_since_) failing_since_ = now;
    cause_ = std::move(cause);
    pause_ = failures_ == 0 ? pace_.retry : std::min(2 * pause_, pace_.longest_retry);
    ++failures_;
}

bool ResolvedName::take(const NameAnswer& answer, Timestamp now)
{
    const auto& [v4, v6] = answer;
    const bool is_found = v4.outcome == LookupResult::found || v6.outcome == LookupResult::found;
    if (!is_found) {
        note_failure(cause_of(answer), now);
        return false;
    }
    std::vector<IpAddress> next;
    add_family(next, v4, addresses_, true);
    add_family(next, v6, addresses_, false);
    sort_once(next);
    const bool is_changed = next != addresses_;
    addresses_ = std::move(next);
    if (v4.outcome == LookupResult::failed || v6.outcome == LookupResult::failed) {
        note_failure(cause_of(answer), now);
        return is_changed;
    }
    failures_ = 0;
    failing_since_.reset();
    Duration ttl = Duration::max();
    for (const Lookup* lookup : {&v4, &v6})
        if (lookup->outcome == LookupResult::found) ttl = std::min(ttl, lookup->ttl);
    pause_ = std::clamp(ttl, pace_.shortest, pace_.longest);
    return is_changed;
}

std::string ResolvedName::problem(const Zone& zone) const
{
    if (!failing_since_) return {};
    std::string text = name_ + " does not resolve since " + local_text(*failing_since_, zone) +
                       ": " + cause_ + "; ";
    if (addresses_.empty()) return text + "it allows no address";
    return text + plural(addresses_.size(), "known address stays", "known addresses stay") +
           " allowed";
}

}  // namespace mailban
