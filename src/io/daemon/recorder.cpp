#include "io/daemon/recorder.h"

#include <algorithm>
#include <utility>

namespace mailban::io {

void Recorder::note(const RecordEvent& record, const std::string& source)
{
    if (events_.size() >= kMostWaiting) {
        ++dropped_;
        return;
    }
    events_.push_back({record.event, source, record.counted});
}

void Recorder::note(BanOrEnd entry)
{
    if (bans_and_ends_.size() >= kMostWaiting) note_standing();
    if (!has_to_put_standing_) bans_and_ends_.push_back(std::move(entry));
}

void Recorder::note(const RecordPardon& record)
{
    if (pardons_.size() < kMostWaiting) pardons_.emplace_back(events_.size(), record);
}

void Recorder::note(const RecordOffender& record)
{
    if (offenders_.size() >= kMostWaiting) note_standing();
    if (!has_to_put_standing_) offenders_.push_back(record.offender);
}

void Recorder::note(const RecordLogin& record)
{
    if (logins_.size() >= kMostWaiting) {
        ++dropped_;
        return;
    }
    logins_.push_back(record);
}

void Recorder::note_standing()
{
    has_to_put_standing_ = true;
    bans_and_ends_ = {};
    offenders_ = {};
}

void Recorder::note(const RecordSetBack& record)
{
    set_back_ = std::min(set_back_.value_or(record.at), record.at);
    for (auto& waiting : events_)
        waiting.event.time = std::min(waiting.event.time, record.at);
}

void Recorder::note(const RecordWithdrawal& record)
{
    if (withdrawals_.size() < kMostWaiting) withdrawals_.push_back(record);
}

void Recorder::note_before(std::vector<StoredEvent> events)
{
    for (auto& [place, pardon] : pardons_)
        place += events.size();
    events.insert(events.end(), events_.begin(), events_.end());
    events_ = std::move(events);
}

void Recorder::write_to(Store& store)
{
    store_ = &store;
    positions_ = reached_;
}

void Recorder::note_position(const std::string& source, const SourcePosition& position)
{
    positions_[source] = position;
    reached_[source] = position;
}

bool Recorder::empty() const noexcept
{
    return !set_back_ && !has_to_put_standing_ && events_.empty() && pardons_.empty() &&
           withdrawals_.empty() && bans_and_ends_.empty() && offenders_.empty() &&
           logins_.empty() && allowed_.empty() && addresses_.empty() && clocks_.empty() &&
           positions_.empty();
}

Status Recorder::commit()
{
    if (empty()) return Done{};
    if (auto written = write(); !written) {
        store_->rollback();
        return written;
    }
    set_back_.reset();
    has_to_put_standing_ = false;
    events_.clear();
    pardons_.clear();
    withdrawals_.clear();
    bans_and_ends_.clear();
    offenders_.clear();
    logins_.clear();
    allowed_.clear();
    addresses_.clear();
    clocks_.clear();
    positions_.clear();
    return Done{};
}

Status Recorder::write_events()
{
    auto pardon = pardons_.begin();
    for (std::size_t place = 0;; ++place) {
        for (; pardon != pardons_.end() && pardon->first <= place; ++pardon) {
            const auto& [prefix, at] = pardon->second;
            if (auto put = store_->put_pardon(prefix, at); !put) return put;
        }
        if (place == events_.size()) return Done{};
        if (auto put = store_->put_event(events_[place]); !put) return put;
    }
}

Status Recorder::write()
{
    auto done = store_->begin();
    const auto put_all = [&done](const auto& entries, auto put) {
        for (auto entry = entries.begin(); done && entry != entries.end(); ++entry)
            done = put(*entry);
    };
    if (done && set_back_) done = store_->set_back(*set_back_);
    if (done) done = write_events();
    put_all(withdrawals_, [this](const auto& record) {
        return store_->withdraw(record.ip, record.time, record.account);
    });
    if (done && has_to_put_standing_) done = put_standing_(*store_);
    put_all(bans_and_ends_, [this](const auto& entry) {
        const auto& [ban, end, is_end] = entry;
        return is_end ? store_->end_ban({end.prefix, end.origin}, end.when, end.why)
                      : store_->put_ban(ban);
    });
    put_all(offenders_, [this](const auto& offender) { return store_->put_offender(offender); });
    put_all(logins_, [this](const auto& record) {
        const auto& [login, replaces] = record;
        return store_->put_login(login, replaces);
    });
    put_all(allowed_, [this](const auto& entry) {
        return entry.second ? store_->put_allowed(*entry.second) : store_->end_allowed(entry.first);
    });
    put_all(addresses_,
            [this](const auto& entry) { return store_->put_addresses(entry.first, entry.second); });
    put_all(clocks_,
            [this](const auto& entry) { return store_->put_clock(entry.first, entry.second); });
    put_all(positions_,
            [this](const auto& entry) { return store_->put_position(entry.first, entry.second); });
    return done ? store_->commit() : done;
}

}  // namespace mailban::io
