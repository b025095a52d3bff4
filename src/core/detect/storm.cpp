#include "mailban/detect/storm.h"

#include "mailban/plural.h"

#include <algorithm>
#include <utility>

namespace mailban {

namespace {

constexpr PrefixLengths kStrangersNetwork{24, 48};
constexpr Duration kHour = std::chrono::hours(1);
constexpr std::size_t kLeastHours = Storm::kUsualHours / 3;

std::uint64_t hours_of(Duration span)
{
    return std::max<std::uint64_t>(1, static_cast<std::uint64_t>((span + kHour / 2) / kHour));
}

// Tens of thousands are kept. What the ports of a ban depend on stays.
Event without_texts(const Event& event)
{
    Event bare = event;
    bare.account.reset();
    if (bare.session) bare.session.emplace();
    return bare;
}

}  // namespace

Storm::Storm(const StormSettings& settings, std::uint64_t hash_seed)
    : settings_(settings),
      records_(0, SeededHash{hash_seed}),
      networks_(0, SeededHash{hash_seed}),
      accounts_(0, SeededHash{hash_seed})
{
}

void Storm::note_failure(const Event& event, const IpAddress& client, const IpAddress& account,
                         Timestamp at)
{
    advance(at);
    if (const auto known = records_.find(client); known != records_.end()) {
        Record& record = known->second;
        record.suspect.event = without_texts(event);
        ++record.failures;
        const bool may_be_a_slip = record.account == account && record.failures <= kMostSlips;
        if (record.stage == Stage::excused && !may_be_a_slip) count(record, client);
        if (record.stage == Stage::refused && !may_be_a_slip) record.stage = Stage::counted;
        if (record.stage == Stage::counted && since_) condemn(record, client);
        return follow();
    }
    Record& record = add(event, client, account);
    record.failures = event.attempts;
    excused_.push_back({now_, client});
    if (record.failures > kMostSlips) count(record, client);
    follow();
}

void Storm::note_refused(const Event& event, const IpAddress& client, const IpAddress& account,
                         Timestamp at)
{
    advance(at);
    if (!since_) return;
    const auto known = records_.find(client);
    if (known != records_.end() && known->second.stage != Stage::excused) return;
    Record& record = known != records_.end() ? known->second : add(event, client, account);
    record.stage = Stage::refused;
    enter(record, client);
}

Storm::Record& Storm::add(const Event& event, const IpAddress& client, const IpAddress& account)
{
    make_room();
    Record& record = records_[client];
    record.suspect = {without_texts(event), now_};
    record.network = kStrangersNetwork.block_of(event.ip).base();
    record.account = account;
    return record;
}

void Storm::note_login(const IpAddress& client)
{
    remove(client);
}

std::vector<IpAddress> Storm::clients() const
{
    std::vector<IpAddress> all;
    all.reserve(records_.size());
    for (const auto& [client, record] : records_)
        all.push_back(client);
    return all;
}

void Storm::advance(Timestamp now)
{
    if (now <= now_) return;
    now_ = now;
    enter_hour(now);
    while (!excused_.empty() && now - excused_.front().first >= settings_.grace) {
        const Place place = excused_.front();
        excused_.pop_front();
        Record* const record = record_at(place);
        if (record != nullptr && record->stage == Stage::excused) count(*record, place.client);
    }
    while (!counted_.empty() && now - counted_.front().first > settings_.within) {
        const Place place = counted_.front();
        counted_.pop_front();
        if (record_at(place) != nullptr) remove(place.client);
    }
    follow();
}

void Storm::set_back(Timestamp at)
{
    now_ = std::min(now_, at);
    if (since_) since_ = std::min(*since_, at);
    for (auto& [client, record] : records_)
        record.suspect.first = std::min(record.suspect.first, at);
    for (auto* const places : {&excused_, &counted_, &guilty_})
        for (Place& place : *places)
            place.first = std::min(place.first, at);
    const auto hour = static_cast<std::int64_t>(at.time_since_epoch() / kHour);
    if (hour_) hour_ = std::min(*hour_, hour);
}

std::optional<Storm::Suspect> Storm::take_guilty()
{
    while (!guilty_.empty()) {
        const Place place = guilty_.front();
        guilty_.pop_front();
        const Record* const record = record_at(place);
        if (record != nullptr && record->stage == Stage::guilty) return record->suspect;
    }
    return std::nullopt;
}

std::size_t Storm::usual() const
{
    if (hours_seen_ == 0) return 0;
    const std::uint64_t hours = hours_of(settings_.within);
    return static_cast<std::size_t>((sum_ * hours + hours_seen_ / 2) / hours_seen_);
}

std::size_t Storm::threshold() const
{
    return std::max<std::size_t>(settings_.networks, settings_.factor * usual());
}

std::string Storm::text() const
{
    return "a storm of strangers: " + plural(networks(), "network", "networks") + " failed at " +
           plural(accounts(), "account", "accounts") + " within " +
           format_duration(settings_.within) + ", usually " +
           plural(usual(), "network", "networks");
}

Storm::Record* Storm::record_at(const Place& place)
{
    const auto found = records_.find(place.client);
    const bool is_same = found != records_.end() && found->second.suspect.first == place.first;
    return is_same ? &found->second : nullptr;
}

// It has had its time, or has shown that it needs none.
void Storm::count(Record& record, const IpAddress& client)
{
    record.stage = Stage::counted;
    const bool is_new = enter(record, client);
    // What a storm brings is not usual; what is usual goes on in it.
    const auto most = std::max<std::uint64_t>(1, usual() / hours_of(settings_.within));
    auto& hour = hours_[static_cast<std::size_t>(*hour_) % kUsualHours];
    if (is_new && (!since_ || hour < most)) {
        ++hour;
        ++sum_;
    }
    if (since_) condemn(record, client);
}

// Among those that make a storm. True: it is the first of its network.
bool Storm::enter(const Record& record, const IpAddress& client)
{
    counted_.push_back({record.suspect.first, client});
    ++accounts_[record.account];
    return ++networks_[record.network] == 1;
}

void Storm::uncount(const Record& record)
{
    const auto take = [](Numbers& numbers, const IpAddress& key) {
        const auto found = numbers.find(key);
        if (--found->second == 0) numbers.erase(found);
    };
    take(networks_, record.network);
    take(accounts_, record.account);
}

void Storm::remove(const IpAddress& client)
{
    const auto found = records_.find(client);
    if (found == records_.end()) return;
    if (found->second.stage != Stage::excused) uncount(found->second);
    records_.erase(found);
}

// The oldest go, of those that were counted first. Places that are void go with them.
void Storm::make_room()
{
    for (auto* const places : {&counted_, &excused_}) {
        const bool is_full = places->size() >= 2 * kMostSuspects;
        while ((is_full && places->size() > kMostSuspects) ||
               (records_.size() >= kMostSuspects && !places->empty())) {
            if (record_at(places->front()) != nullptr) remove(places->front().client);
            places->pop_front();
        }
    }
}

void Storm::condemn(Record& record, const IpAddress& client)
{
    record.stage = Stage::guilty;
    guilty_.push_back({record.suspect.first, client});
}

// It begins at the threshold, and is over when a third of what is not usual is left.
void Storm::follow()
{
    const bool knows_usual = hours_seen_ >= kLeastHours;
    if (!since_ && knows_usual && networks() >= threshold() && accounts() >= settings_.accounts) {
        since_ = now_;
        for (const Place& place : counted_) {
            Record* const record = record_at(place);
            if (record != nullptr && record->stage == Stage::counted)
                condemn(*record, place.client);
        }
    }
    if (since_ && networks() < usual() + (threshold() - usual()) / 3) since_.reset();
}

void Storm::enter_hour(Timestamp at)
{
    const auto hour = static_cast<std::int64_t>(at.time_since_epoch() / kHour);
    if (!hour_) hours_seen_ = 1;
    const auto before = hour_.value_or(hour);
    const auto passed = std::min<std::int64_t>(hour - before, kUsualHours);
    for (std::int64_t step = 1; step <= passed; ++step) {
        auto& entered = hours_[static_cast<std::size_t>(hour - passed + step) % kUsualHours];
        sum_ -= std::exchange(entered, 0);
    }
    hours_seen_ = std::min(
        kUsualHours, hours_seen_ + static_cast<std::size_t>(std::max<std::int64_t>(passed, 0)));
    hour_ = std::max(before, hour);
}

}  // namespace mailban
