#include "io/daemon/recorder.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <type_traits>
#include <utility>

namespace mailban::io {

namespace {

template <class Kind, class... Kinds>
constexpr std::size_t place_among(std::type_identity<std::variant<Kinds...>>) noexcept
{
    constexpr std::array kIsIt{std::is_same_v<Kind, Kinds>...};
    return static_cast<std::size_t>(std::find(kIsIt.begin(), kIsIt.end(), true) - kIsIt.begin());
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
    for (StoredEvent& stored : events)
        records.emplace_back(
            RecordEvent{std::move(stored.event), names_.id_of(stored.source), stored.counted});
    counts_[place_of<RecordEvent>()] += events.size();
    std::move(records_.begin(), records_.end(), std::back_inserter(records));
    records_ = std::move(records);
}

void Recorder::write_to(Store& store)
{
    // What was begun has ended with the store that was.
    if (batch_) take_back();
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
    if (records_.size() >= kVeryMany) return since >= kBetweenVeryMany;
    if (has_decisions()) return since >= kBetweenBans;
    if (records_.size() >= kMany) return since >= kBetweenMany;
    return since >= (has_positions_at_most() ? kBetweenPositions : kBetweenEvents);
}

Status Recorder::commit(Clock::time_point now)
{
    constexpr auto kAll = std::numeric_limits<std::size_t>::max();
    if (batch_) {
        if (auto done = settle(write_records(kAll), now); !done) return done;
    }
    if (has_positions_at_most() && positions_.empty()) return Done{};
    auto done = begin_batch();
    if (done) done = write_records(kAll);
    return settle(std::move(done), now);
}

Status Recorder::commit_some(Clock::time_point now)
{
    Status done = Done{};
    if (!batch_) {
        if (has_positions_at_most() && positions_.empty()) return Done{};
        done = begin_batch();
    }
    if (done) done = write_records(std::max(kPortion, batch_->records.size() / kMostPortions + 1));
    return settle(std::move(done), now);
}

// Everything but the records, which may be many. How far the logs were read goes with them, since
// what is noted from now on has another batch.
Status Recorder::begin_batch()
{
    Batch& batch = batch_.emplace();
    batch.has_to_put_standing = std::exchange(has_to_put_standing_, false);
    batch.records = std::exchange(records_, std::move(spare_));
    std::swap(batch.counts, counts_);
    std::swap(batch.addresses, addresses_);
    std::swap(batch.clocks, clocks_);
    std::swap(batch.positions, positions_);

    auto done = store_->begin();
    if (done && batch.has_to_put_standing) done = put_standing_(*store_);
    const auto put_all = [&done](const auto& entries, auto put) {
        for (auto entry = entries.begin(); done && entry != entries.end(); ++entry)
            done = put(entry->first, entry->second);
    };
    put_all(batch.addresses, [this](const auto& name, const auto& addresses) {
        return store_->put_addresses(name, addresses);
    });
    put_all(batch.clocks, [this](const auto& source, const auto& learned) {
        return store_->put_clock(source, learned);
    });
    put_all(batch.positions, [this](const auto& source, const auto& position) {
        return store_->put_position(source, position);
    });
    return done;
}

Status Recorder::write_records(std::size_t most)
{
    Status done = Done{};
    const Writer writer{*store_, names_};
    const auto& records = batch_->records;
    for (; done && most > 0 && batch_->written < records.size(); --most)
        done = std::visit(writer, records[batch_->written++]);
    return done;
}

// Ends the batch if all of it is written, or could not be.
Status Recorder::settle(Status written, Clock::time_point now)
{
    if (written && batch_->written < batch_->records.size()) return written;
    if (written) written = store_->commit();
    if (!written) {
        abandon();
        return written;
    }
    committed_ = now;
    keep_spare(std::move(batch_->records));
    batch_.reset();
    return written;
}

// To get the memory of a thousand records again and again takes longer than to note them. That of
// an old log's is given back.
void Recorder::keep_spare(std::vector<Record> records)
{
    if (records.capacity() > 4 * kVeryMany) return;
    records.clear();
    spare_ = std::move(records);
}

void Recorder::abandon()
{
    if (!batch_) return;
    store_->rollback();
    take_back();
}

// It is noted again, before what was noted since.
void Recorder::take_back()
{
    Batch batch = std::move(*batch_);
    batch_.reset();
    std::move(records_.begin(), records_.end(), std::back_inserter(batch.records));
    records_ = std::move(batch.records);
    for (std::size_t kind = 0; kind < counts_.size(); ++kind)
        counts_[kind] += batch.counts[kind];
    // What is there already is newer.
    addresses_.merge(batch.addresses);
    clocks_.merge(batch.clocks);
    positions_.merge(batch.positions);
    if (batch.has_to_put_standing || has_to_put_standing_) note_standing();
}

}  // namespace mailban::io
