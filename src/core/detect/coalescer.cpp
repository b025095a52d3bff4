#include "mailban/detect/coalescer.h"

namespace mailban {

Admission Coalescer::weigh(const Event& event, std::uint32_t source)
{
    if (event.teller == Teller::copy || has_no_password(event)) return {};
    if (had_no_password_at_last(event)) return weigh_earlier(event, source);
    if (event.may_be_doubled && doubles_.is_second(event, source)) return {};
    const std::uint32_t told = copies_.admit(event, source);
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
Admission Coalescer::pair(const Event& event, std::uint32_t told)
{
    const bool repeats = repetitions_.repeats(event);
    const std::uint32_t fresh = admit_attempts(event, told, repeats);
    if (!repeats) return {fresh, told - fresh};
    if (fresh > 0) {
        repetitions_.forgive(event);
        return {0, told};
    }
    const auto& other = pairs_.counterpart();
    if (!other || other->is_forgiven) return {0, told};
    repetitions_.forgive(event);
    Event counted = event;
    counted.time = other->time;
    counted.account = other->account;
    return {0, told, std::move(counted)};
}

std::uint32_t Coalescer::admit_attempts(const Event& event, std::uint32_t told, bool repeats)
{
    if (event.teller == Teller::module)
        return modules_.admit(event, told, Pairs::Side::back, false);
    const std::uint32_t fresh = pairs_.admit(event, told, Pairs::side_of(event), repeats);
    return modules_.admit(event, fresh, Pairs::Side::front, false);
}

}  // namespace mailban
