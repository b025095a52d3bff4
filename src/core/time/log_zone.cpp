#include "mailban/time/log_zone.h"

#include "mailban/time/time_zone.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mailban {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr minutes kStep(15);
// How far a stamp may be from the time its line arrives: it is cut to seconds and written before.
constexpr Duration kBehind = seconds(5);
constexpr Duration kAhead = seconds(2);
constexpr Duration kBetweenSamples = seconds(1);
constexpr unsigned kVotes = 5;
constexpr Duration kLongEnough = seconds(10);
// What has been right for years is given up as soon as what has been right for seconds.
constexpr unsigned kMostVotes = 2 * kVotes;

// The offsets besides full hours that the tz database has for this century.
bool is_offset_of_a_zone(seconds offset)
{
    constexpr std::array<int, 12> kOdd{-570, -210, -150, 210, 270, 330,
                                       345,  390,  525,  570, 630, 765};
    if (offset < std::chrono::hours(-12) || offset > std::chrono::hours(14)) return false;
    const auto in_minutes = std::chrono::duration_cast<minutes>(offset).count();
    if (in_minutes % 60 == 0 || in_minutes == 825) return true;
    return std::find(kOdd.begin(), kOdd.end(), in_minutes) != kOdd.end();
}

// The multiple of 15 minutes that the residual comes from.
std::optional<std::int64_t> steps_of(Duration residual)
{
    const auto nearest =
        std::chrono::round<std::chrono::duration<std::int64_t, std::ratio<900>>>(residual);
    const Duration rest = residual - nearest;
    if (rest < -kBehind || rest > kAhead) return std::nullopt;
    return nearest.count();
}

std::string span_text(seconds shift)
{
    return format_duration(std::chrono::abs(shift)) + (shift < seconds(0) ? " behind" : " ahead");
}

}  // namespace

LogZone::LogZone(Zone zone, Origin origin, std::optional<LearnedClock> learned)
    : base_(std::move(zone)), origin_(origin)
{
    if (origin == Origin::machine) learned_ = learned;
    use();
}

void LogZone::set_zone(Zone zone)
{
    base_ = std::move(zone);
    use();
}

void LogZone::use()
{
    const bool has_zone = learned_ && learned_->kind == LearnedClock::Kind::zone;
    used_ = has_zone ? Zone::fixed(learned_->offset) : base_;
}

Duration LogZone::correction() const noexcept
{
    const bool has_clock = learned_ && learned_->kind == LearnedClock::Kind::clock;
    return has_clock ? Duration(-learned_->offset) : Duration(0);
}

bool LogZone::note(Timestamp stamp, Timestamp arrival)
{
    last_correction_ = correction();
    const Duration residual = stamp + last_correction_ - arrival;
    if (trial_) {
        const auto shift = *std::exchange(trial_, std::nullopt);
        const auto steps = steps_of(residual);
        // The zone made no difference: the stamps say themselves which offset they have.
        if (steps && *steps * kStep == shift) return learn_clock(shift);
        if (!steps) trial_ = shift;
    }
    if (!vote(residual, arrival)) return false;
    return accept(stamp);
}

// True: the candidate is elected, and is none that is known.
bool LogZone::vote(Duration residual, Timestamp arrival)
{
    if (last_ && arrival >= *last_ && arrival < *last_ + kBetweenSamples) return false;
    last_ = arrival;
    const auto steps = steps_of(residual);
    if (votes_ == 0 && steps) {
        candidate_ = *steps;
        first_ = arrival;
    }
    if (steps && *steps == candidate_) {
        votes_ = std::min(votes_ + 1, kMostVotes);
    } else if (votes_ > 0) {
        --votes_;
    }
    const bool is_elected = votes_ >= kVotes && first_ && arrival - *first_ >= kLongEnough;
    if (!is_elected) return false;
    const bool is_known = std::chrono::duration_cast<seconds>(candidate_ * kStep) == told_shift_;
    return !is_known;
}

bool LogZone::accept(Timestamp stamp)
{
    const seconds shift = candidate_ * kStep;
    const bool has_clock = learned_ && learned_->kind == LearnedClock::Kind::clock;
    const seconds offset =
        used_.offset_at(stamp) + shift + (has_clock ? learned_->offset : seconds(0));
    if (origin_ == Origin::configuration) {
        if (shift != seconds(0) && !is_offset_of_a_zone(offset)) return false;
        told_shift_ = shift;
        return true;
    }
    if (!is_offset_of_a_zone(offset)) return false;
    votes_ = 0;
    if (has_clock) return learn_clock(learned_->offset + shift);
    trial_ = shift;
    last_correction_ -= shift;
    return learn_zone(offset, stamp);
}

bool LogZone::learn_zone(seconds offset, Timestamp stamp)
{
    learned_ = LearnedClock{LearnedClock::Kind::zone, offset};
    if (offset == base_.offset_at(stamp)) learned_.reset();
    use();
    return true;
}

bool LogZone::learn_clock(seconds shift)
{
    last_correction_ = -shift;
    votes_ = 0;
    learned_ = LearnedClock{LearnedClock::Kind::clock, shift};
    if (shift == seconds(0)) learned_.reset();
    use();
    return true;
}

std::string LogZone::remark() const
{
    if (told_shift_ != seconds(0)) {
        return "stamps are " + span_text(told_shift_) +
               " in the zone that `zone:` names; correct it";
    }
    if (!learned_) return {};
    const auto offset = learned_->offset;
    if (learned_->kind == LearnedClock::Kind::clock) {
        return "stamps are " + span_text(offset) +
               " and carry an offset; they are corrected; correct the clock or zone of the server";
    }
    const auto name = format_utc_offset(offset);
    return "stamps are in another time zone than this machine; they are read as " + name +
           "; set `zone: " + (offset == seconds(0) ? name : name.substr(3)) + "` for this source";
}

}  // namespace mailban
