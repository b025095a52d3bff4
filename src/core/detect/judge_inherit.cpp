// How a judge of another configuration takes over what the one before knows.
#include "mailban/detect/judge.h"

#include <utility>

namespace mailban {

// Who is known decides which failures the rules count at all.
bool Judge::has_same_trust(const Judge& other) const
{
    return client_ == other.client_ && hash_seed_ == other.hash_seed_ &&
           settings_.trust == other.settings_.trust;
}

// Without outages nobody asks for them.
bool Judge::keeps_failures_like(const Judge& other) const
{
    return tracked_ == other.tracked_ && outage_.has_value() == other.outage_.has_value();
}

bool Judge::can_inherit_all(const Judge& before) const
{
    return has_same_trust(before) && tracked_ == before.tracked_ &&
           settings_.outage == before.settings_.outage &&
           settings_.hijack == before.settings_.hijack &&
           settings_.storm == before.settings_.storm && detector_.can_inherit_all(before.detector_);
}

void Judge::inherit(Judge&& before)
{
    incidents_ = std::move(before.incidents_);
    leaned_on_ = nullptr;
    if (before.settings_.trust) learning_.inherit(before.learning_);
    if (!has_same_trust(before)) return;
    detector_.inherit(std::move(before.detector_));
    trust_ = std::move(before.trust_);
    known_ = std::move(before.known_);
    excused_ = std::move(before.excused_);
    offended_ = std::move(before.offended_);
    shared_ = std::move(before.shared_);
    if (settings_.storm == before.settings_.storm) storm_ = std::move(before.storm_);
    if (keeps_failures_like(before)) failed_ = std::move(before.failed_);
    if (settings_.outage == before.settings_.outage) outage_ = std::move(before.outage_);
    if (settings_.hijack == before.settings_.hijack) networks_ = std::move(before.networks_);
}

void Judge::lean_on(Judge& before)
{
    if (before.settings_.trust) learning_.inherit(before.learning_);
    if (!has_same_trust(before)) return;
    if (settings_.storm == before.settings_.storm) storm_.reset();
    detector_.lean_on(before.detector_);
    trust_.reset();
    leaned_on_ = &before;
}

}  // namespace mailban
