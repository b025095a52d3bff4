#include "io/daemon/recorder.h"

namespace mailban::io {

namespace {

constexpr std::size_t kMaxWaiting = 100'000;

}  // namespace

void Recorder::note(const RecordEvent& record, const std::string& source)
{
    if (events_.size() >= kMaxWaiting) {
        ++dropped_;
        return;
    }
    events_.push_back({record.event, source, record.counted});
}

void Recorder::note_position(const std::string& source, const SourcePosition& position)
{
    positions_[source] = position;
}

bool Recorder::empty() const noexcept
{
    return events_.empty() && bans_and_ends_.empty() && offenders_.empty() && logins_.empty() &&
           positions_.empty();
}

Status Recorder::commit()
{
    if (empty()) return Done{};
    if (auto written = write(); !written) {
        store_.rollback();
        return written;
    }
    events_.clear();
    bans_and_ends_.clear();
    offenders_.clear();
    logins_.clear();
    positions_.clear();
    return Done{};
}

Status Recorder::write()
{
    if (auto st = store_.begin(); !st) return st;
    for (const auto& event : events_) {
        if (auto st = store_.put_event(event); !st) return st;
    }
    for (const auto& entry : bans_and_ends_) {
        auto st = entry.is_end ? store_.end_ban(entry.end.prefix, entry.end.when, entry.end.why)
                               : store_.put_ban(entry.ban);
        if (!st) return st;
    }
    for (const auto& offender : offenders_) {
        if (auto st = store_.put_offender(offender); !st) return st;
    }
    for (const auto& login : logins_) {
        if (auto st = store_.put_login(login); !st) return st;
    }
    for (const auto& [source, position] : positions_) {
        if (auto st = store_.put_position(source, position); !st) return st;
    }
    return store_.commit();
}

}  // namespace mailban::io
