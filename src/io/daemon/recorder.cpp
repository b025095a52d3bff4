#include "io/daemon/recorder.h"

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <utility>

namespace mailban::io {

namespace {

template <class Kind, class... Kinds>
constexpr std::size_t place_among(std::type_identity<std::variant<Kinds...>>) noexcept
{
    constexpr std::array is_it{std::is_same_v<Kind, Kinds>...};
    return static_cast<std::size_t>(std::find(is_it.begin(), is_it.end(), true) - is_it.begin());
}

// Where the kind stands among those of Record.
template <class Kind>
constexpr std::size_t place_of() noexcept
{
    return place_among<Kind>(std::type_identity<Record>{});
}

// What can be written as it stands in place of how it came to be so.
bool is_of_standing(const Record& record) noexcept
{
    return std::holds_alternative<RecordBan>(record) || std::holds_alternative<RecordEnd>(record) ||
           std::holds_alternative<RecordOffender>(record);
}

}  // namespace

// How each kind of record is written.
struct Recorder::Writer {
    Store& store;
    const SourceNames& names;

    Status operator()(const RecordEvent& record) const
    {
        return store.put_event(record.event, names.name_of(record.source), record.counted);
    }
    Status operator()(const RecordSetBack& record) const { return store.set_back(record.at); }
    Status operator()(const RecordWithdrawal& record) const
    {
        return store.withdraw(record.ip, record.time, record.account);
    }
    Status operator()(const RecordPardon& record) const
    {
        return store.put_pardon(record.prefix, record.at);
    }
    Status operator()(const RecordBan& record) const { return store.put_ban(record.ban); }
    Status operator()(const RecordEnd& record) const
    {
        return store.end_ban({record.prefix, record.origin}, record.when, record.why);
    }
    Status operator()(const RecordOffender& record) const
    {
        return store.put_offender(record.offender);
    }
    Status operator()(const RecordLogin& record) const
    {
        return store.put_login(record.login, record.replaces);
    }
    Status operator()(const RecordAllowed& record) const { return store.put_allowed(record.entry); }
    Status operator()(const RecordDisallowed& record) const
    {
        return store.end_allowed(record.prefix);
    }
};

template <class Kind>
std::size_t Recorder::count_of() const noexcept
{
    return counts_[place_of<Kind>()];
}

std::size_t Recorder::waiting() const noexcept
{
    return count_of<RecordBan>() + count_of<RecordEnd>() + count_of<RecordOffender>();
}

bool Recorder::has_room_for(const Record& record)
{
    if (is_of_standing(record)) {
        if (waiting() >= kMostWaiting) note_standing();
        return !has_to_put_standing_;
    }
    if (counts_[record.index()] < kMostWaiting) return true;
    ++dropped_;
    return false;
}

void Recorder::note(Record record)
{
    if (!has_room_for(record)) return;
    ++counts_[record.index()];
    records_.push_back(std::move(record));
}

void Recorder::note_standing()
{
    has_to_put_standing_ = true;
    std::erase_if(records_, is_of_standing);
    counts_[place_of<RecordBan>()] = 0;
    counts_[place_of<RecordEnd>()] = 0;
    counts_[place_of<RecordOffender>()] = 0;
}

void Recorder::note_before(std::vector<StoredEvent> events)
{
    std::vector<Record> records;
    records.reserve(events.size() + records_.size());
    for (auto& [event, source, counted] : events)
        records.push_back(RecordEvent{std::move(event), names_.id_of(source), counted});
    counts_[place_of<RecordEvent>()] += events.size();
    std::move(records_.begin(), records_.end(), std::back_inserter(records));
    records_ = std::move(records);
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

bool Recorder::has_positions_at_most() const noexcept
{
    return records_.empty() && !has_to_put_standing_ && addresses_.empty() && clocks_.empty();
}

// Of who is banned, allowed or was an offender.
bool Recorder::has_decisions() const noexcept
{
    return has_to_put_standing_ || waiting() > 0 || count_of<RecordPardon>() > 0 ||
           count_of<RecordAllowed>() > 0 || count_of<RecordDisallowed>() > 0;
}

bool Recorder::is_due(Clock::time_point now) const noexcept
{
    if (has_positions_at_most() && positions_.empty()) return false;
    if (!committed_ || records_.size() >= kMostAtOnce) return true;
    const auto since = now - *committed_;
    if (has_decisions()) return since >= kBetweenBans;
    return since >= (has_positions_at_most() ? kBetweenPositions : kBetweenEvents);
}

Status Recorder::commit(Clock::time_point now)
{
    if (has_positions_at_most() && positions_.empty()) return Done{};
    if (auto written = write(); !written) {
        store_->rollback();
        return written;
    }
    committed_ = now;
    has_to_put_standing_ = false;
    records_.clear();
    counts_ = {};
    addresses_.clear();
    clocks_.clear();
    positions_.clear();
    return Done{};
}

Status Recorder::write()
{
    auto done = store_->begin();
    if (done && has_to_put_standing_) done = put_standing_(*store_);
    const Writer writer{*store_, names_};
    for (auto record = records_.begin(); done && record != records_.end(); ++record)
        done = std::visit(writer, *record);
    const auto put_all = [&done](const auto& entries, auto put) {
        for (auto entry = entries.begin(); done && entry != entries.end(); ++entry)
            done = put(entry->first, entry->second);
    };
    put_all(addresses_, [this](const auto& name, const auto& addresses) {
        return store_->put_addresses(name, addresses);
    });
    put_all(clocks_, [this](const auto& source, const auto& learned) {
        return store_->put_clock(source, learned);
    });
    put_all(positions_, [this](const auto& source, const auto& position) {
        return store_->put_position(source, position);
    });
    return done ? store_->commit() : done;
}

}  // namespace mailban::io
