// The store's events, and the logs that told them.
#include "io/store/row.h"
#include "io/store/store.h"
#include "io/store/store_database.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace mailban::io {

Result<std::int64_t> Store::number_of(const std::string& log)
{
    const auto known = database_->logs.find(log);
    if (known != database_->logs.end()) return known->second;
    if (auto put = database_->run(database_->put_log.bind(log)); !put) return put.error();
    auto& query = database_->find_log;
    if (query.bind(log).step() != SQLITE_ROW) return last_failure();
    const auto number = query.integer(0);
    query.reset();
    database_->logs.emplace(log, number);
    return number;
}

Status Store::put_event(const Event& event, const std::string& log, std::uint32_t counted)
{
    const auto number = number_of(log);
    if (!number) return number.error();
    bind_event(database_->put_event, event, *number, counted);
    return database_->run(database_->put_event);
}

Result<Store::EventsPage> Store::events_since(Timestamp since, std::int64_t from, std::size_t limit)
{
    using Entry = std::pair<StoredEvent, std::int64_t>;
    // A page ends at the latest where something was pardoned.
    const auto pardon = next_pardon(from);
    if (!pardon) return pardon.error();
    const auto last = pardon->value_or(std::numeric_limits<std::int64_t>::max());
    // "+time": by id alone, else every page would sort all that are new enough.
    auto query = database_->prepare("SELECT " + event_columns() +
                                    ", id FROM events WHERE id >= ? AND id <= ? AND +time >= ? "
                                    "ORDER BY id LIMIT ?");
    auto rows =
        database_->rows<Entry>(query.bind(from, last, since, limit), [](const Statement& row) {
            auto event = read_event(row);
            if (!event) return std::optional<Entry>();
            return std::optional(Entry{std::move(*event), row.integer(count_of_event_columns())});
        });
    if (!rows) return rows.error();
    EventsPage page;
    page.reached = rows->empty() ? from : rows->back().second + 1;
    if (rows->size() == limit) page.next = page.reached;
    if (*pardon && page.next.value_or(last + 1) > last) {
        page.next = page.reached = last + 1;
        auto pardoned = pardoned_behind(last);
        if (!pardoned) return pardoned.error();
        page.pardoned = std::move(*pardoned);
    }
    page.events.reserve(rows->size());
    for (auto& [event, id] : *rows)
        page.events.push_back(std::move(event));
    return page;
}

Result<std::optional<std::int64_t>> Store::last_event()
{
    auto query = database_->prepare("SELECT max(id) FROM events");
    if (query.bind().step() != SQLITE_ROW) return last_failure();
    return query.optional_integer(0);
}

// One part after the other, the newest first: see the schema.
Result<std::vector<StoredEvent>> Store::events_of(const IpAddress& ip, std::size_t limit)
{
    std::vector<StoredEvent> all;
    auto ends = database_->prepare("SELECT min(id), max(id) FROM events");
    if (ends.bind().step() != SQLITE_ROW) return last_failure();
    if (!ends.optional_integer(0)) return all;
    const auto first = ends.integer(0) >> kPartBits;
    auto query =
        database_->prepare("SELECT " + event_columns() + " FROM events WHERE id >> " +
                           std::to_string(kPartBits) + " = ? AND ip = ? ORDER BY id DESC LIMIT ?");
    const std::string address = ip.to_string();
    for (auto part = ends.integer(1) >> kPartBits; part >= first && all.size() < limit; --part) {
        auto found =
            database_->rows<StoredEvent>(query.bind(part, address, limit - all.size()), read_event);
        if (!found) return found.error();
        std::move(found->begin(), found->end(), std::back_inserter(all));
    }
    std::stable_sort(all.begin(), all.end(), [](const StoredEvent& a, const StoredEvent& b) {
        return a.event.time > b.event.time;
    });
    return all;
}

}  // namespace mailban::io
