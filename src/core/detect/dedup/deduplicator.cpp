#include "mailban/detect/dedup/deduplicator.h"

#include <utility>

namespace mailban {

NewAttempts Deduplicator::weigh(const Event& event, std::uint32_t source)
{
    if (event.reporter == Reporter::report) return weigh_report(event);
    NewAttempts admission = weigh_line(event, source);
    if (is_reported_) pair_with_report(event, admission);
    return admission;
}

FrontAndBack* Deduplicator::reports_of(EventKind kind) noexcept
{
    if (kind == EventKind::auth_success) return &login_reports_;
    return kind == EventKind::auth_failure ? &failure_reports_ : nullptr;
}

// Each attempt is new to the logs once, whichever line tells it first, and is reported once.
void Deduplicator::pair_with_report(const Event& event, NewAttempts& admission)
{
    if (admission.fresh == 0) return;
    if (event.kind == EventKind::auth_unavailable && !event.unanswered)
        return excuse_report(event, admission);
    FrontAndBack* const reports = reports_of(event.kind);
    if (reports == nullptr) return;
    const auto fresh = reports->admit(event, admission.fresh, FrontAndBack::Side::front, false);
    admission.paired += admission.fresh - fresh;
    admission.fresh = fresh;
}

// Dovecot 2.3 reports as failed what its back end could not tell. Its log says so.
void Deduplicator::excuse_report(const Event& event, NewAttempts& admission)
{
    Event reported = event;
    reported.kind = EventKind::auth_failure;
    const auto unreported =
        failure_reports_.admit(reported, admission.fresh, FrontAndBack::Side::front, true);
    const auto& report = failure_reports_.counterpart();
    if (unreported == admission.fresh || !report || report->is_forgiven) return;
    reported.time = report->time;
    reported.account = report->account;
    admission.withdrawn = std::move(reported);
}

NewAttempts Deduplicator::weigh_report(const Event& event)
{
    if (event.kind == EventKind::rejected) return weigh_no_guess(event);
    FrontAndBack* const reports = reports_of(event.kind);
    if (reports == nullptr) return {1, 0};
    const auto fresh = reports->admit(event, 1, FrontAndBack::Side::back, false);
    return {fresh, 1 - fresh};
}

// A refusal by our own answer compared no password, and the lines of it call it a failure.
NewAttempts Deduplicator::weigh_no_guess(const Event& report)
{
    Event counted = report;
    counted.kind = EventKind::auth_failure;
    const auto fresh = failure_reports_.admit(counted, 1, FrontAndBack::Side::back, true);
    const auto& line = failure_reports_.counterpart();
    if (fresh > 0 || !line || line->is_forgiven) return {};
    counted.time = line->time;
    counted.account = line->account;
    return {0, 1, std::move(counted)};
}

NewAttempts Deduplicator::weigh_line(const Event& event, std::uint32_t source)
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
