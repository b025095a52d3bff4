#include "mailban/detect/look_ahead.h"

#include <algorithm>

namespace mailban {

// Until when the event may be withdrawn; the earliest time there is: it cannot be.
Timestamp LookAhead::wait_of(const Event& event, std::uint32_t log) const
{
    if (!Chains::is_refusal(event)) return Timestamp::min();
    const bool is_sure = event.is_unknown_user && event.session;
    if (is_sure) return event.time + Chains::kSlowest;
    const bool may_be = event.is_unknown_user || event.reporter == Reporter::module ||
                        chains_.is_passed_on(event, log);
    return may_be ? event.time + Chains::kChain : Timestamp::min();
}

void LookAhead::take(const Event& event, std::uint32_t log, std::uint64_t line)
{
    const std::uint64_t number = first_ + queue_.size();
    now_ = std::max(now_, event.time);
    if (const auto accepted = chains_.accept(event, log)) withdraw(accepted->lines);
    if (!Chains::is_refusal(event)) end_session(event);
    chains_.continues(event, log, number);
    const Timestamp until = wait_of(event, log);
    // Most events neither wait nor stand behind one that does.
    if (queue_.empty() && until <= now_) {
        ++first_;
        if (event.session) sessions_.erase(*event.session);
        on_event_(event, log, line);
        return;
    }
    queue_.push_back({.event = event, .log = log, .line = line, .until = until});
    if (event.session && queue_.back().until > event.time + Chains::kChain)
        sessions_[*event.session].push_back(number);
    while (!queue_.empty() && (queue_.front().until <= now_ || queue_.size() > kMost))
        hand_over_first();
}

void LookAhead::withdraw(const std::vector<std::uint64_t>& numbers)
{
    for (const auto number : numbers) {
        if (number < first_) continue;  // it has waited for too long
        Waiting& waiting = queue_[number - first_];
        waiting.is_withdrawn = true;
        waiting.until = Timestamp::min();
    }
}

void LookAhead::end_session(const Event& event)
{
    if (!event.session) return;
    const auto found = sessions_.find(*event.session);
    if (found == sessions_.end()) return;
    for (const auto number : found->second)
        if (number >= first_) queue_[number - first_].until = Timestamp::min();
    sessions_.erase(found);
}

void LookAhead::hand_over_first()
{
    const Waiting waiting = std::move(queue_.front());
    queue_.pop_front();
    ++first_;
    if (waiting.event.session) sessions_.erase(*waiting.event.session);
    if (!waiting.is_withdrawn) on_event_(waiting.event, waiting.log, waiting.line);
}

void LookAhead::finish()
{
    while (!queue_.empty())
        hand_over_first();
}

}  // namespace mailban
