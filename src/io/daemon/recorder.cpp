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
        const std::size_t kept = kept_of(place_of<RecordBan>()) + kept_of(place_of<RecordEnd>()) +
                                 kept_of(place_of<RecordOffender>());
        if (kept >= kMostWaiting) note_standing();
        return !has_to_put_standing_;
    }
    if (kept_of(record.index()) < kMostWaiting) return true;
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

void Recorder::change_store()
{
    // What was begun has ended with the store that was.
    if (batch_) take_back();
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
    if (!has_any()) return false;
    if (!committed_ || records_.size() >= kFullBatch) return true;
    const auto since = now - *committed_;
    if (records_.size() >= kVeryMany) return since >= kBetweenVeryMany;
    if (has_decisions()) return since >= kBetweenBans;
    if (records_.size() >= kMany) return since >= kBetweenMany;
    return since >= (has_positions_at_most() ? kBetweenPositions : kBetweenEvents);
}

const RecordBatch* Recorder::begin()
{
    if (batch_ || !has_any()) return nullptr;
    ++begun_;
    RecordBatch& batch = batch_.emplace();
    if (std::exchange(has_to_put_standing_, false)) batch.standing = take_standing_();
    batch.names = names_.all();
    batch.records = std::exchange(records_, std::move(spare_));
    std::swap(batch.counts, counts_);
    std::swap(batch.addresses, addresses_);
    std::swap(batch.clocks, clocks_);
    std::swap(batch.positions, positions_);
    return &batch;
}

void Recorder::settle(bool is_written, Clock::time_point now)
{
    if (!batch_) return;
    if (!is_written) return take_back();
    committed_ = now;
    keep_spare(std::move(batch_->records));
    batch_.reset();
}

// To get the memory of a thousand records again and again takes longer than to note them. That of
// an old log's is given back.
void Recorder::keep_spare(std::vector<Record> records)
{
    if (records.capacity() > 4 * kVeryMany) return;
    records.clear();
    spare_ = std::move(records);
}

// It is noted again, before what was noted since.
void Recorder::take_back()
{
    RecordBatch batch = std::move(*batch_);
    batch_.reset();
    std::move(records_.begin(), records_.end(), std::back_inserter(batch.records));
    records_ = std::move(batch.records);
    for (std::size_t kind = 0; kind < counts_.size(); ++kind)
        counts_[kind] += batch.counts[kind];
    // What is there already is newer.
    addresses_.merge(batch.addresses);
    clocks_.merge(batch.clocks);
    positions_.merge(batch.positions);
    if (batch.standing || has_to_put_standing_) note_standing();
}

}  // namespace mailban::io
