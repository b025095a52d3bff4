#include "mailban/detect/dedup/deduplicator.h"

namespace mailban {

NewAttempts Deduplicator::weigh(const Event& event, std::uint32_t source)
{
    if (event.reporter == Reporter::copy || has_no_password(event)) return {};
    if (had_no_password_at_last(event)) return weigh_earlier(event, source);
    if (event.may_be_doubled && repeated_lines_.is_second(event, source)) return {};
    const std::uint32_t told = cross_log_.admit(event, source);
    if (told == 0) return {};
    if (event.kind == EventKind::auth_success) {
        auto accepted = chains_.accept(event, source);
        return {told, 0, accepted ? std::move(accepted->counted) : std::nullopt};
    }
    if (chains_.continues(event, source)) return {0, told};
    auto admission = pair(event, told);
    if (admission.fresh > 0) chains_.count(event);
    return admission;
}

// What repeats an attempt does not count; where the other side's line of it has counted already,
// that is taken back.
NewAttempts Deduplicator::pair(const Event& event, std::uint32_t told)
{
    const bool repeats = repetitions_.repeats(event);
    const std::uint32_t fresh = admit_attempts(event, told, repeats);
    if (!repeats) return {fresh, told - fresh};
    if (fresh > 0) {
        repetitions_.forgive(event);
        return {0, told};
    }
    const auto& other = front_and_back_.counterpart();
    if (!other || other->is_forgiven) return {0, told};
    repetitions_.forgive(event);
    Event counted = event;
    counted.time = other->time;
    counted.account = other->account;
    return {0, told, std::move(counted)};
}

std::uint32_t Deduplicator::admit_attempts(const Event& event, std::uint32_t told, bool repeats)
{
    if (event.reporter == Reporter::module)
        return modules_.admit(event, told, FrontAndBack::Side::back, false);
    const std::uint32_t fresh =
        front_and_back_.admit(event, told, FrontAndBack::side_of(event), repeats);
    return modules_.admit(event, fresh, FrontAndBack::Side::front, false);
}

}  // namespace mailban
