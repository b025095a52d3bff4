// What has happened, by time: three queries that are each in order of time, merged.
#include "io/store/history.h"
#include "io/store/row.h"
#include "mailban/detect/account.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mailban::io {

namespace {

using ReadActivity = std::optional<Activity> (*)(const Statement& row);

std::optional<Activity> read_evidence(const Statement& row)
{
    auto stored = read_event(row);
    if (!stored) return std::nullopt;
    return Evidence{std::move(stored->event), stored->counted, std::move(stored->source)};
}

std::optional<Activity> read_begun(const Statement& row)
{
    auto ban = read_ban(row);
    if (!ban) return std::nullopt;
    return std::move(*ban);
}

std::optional<Activity> read_ended(const Statement& row)
{
    const auto ban = read_ban(row);
    const Timestamp time = row.time(kBehindBanColumns);
    if (!ban || !is_sane(time)) return std::nullopt;
    // A word of another version of mailban must not hide all that is stored.
    const auto why = kBanEndReasonNames.named(row.text(kBehindBanColumns + 1));
    return BanEnd{ban->prefix, time, ban->origin, ban->rule, why.value_or(BanEndReason::lifted)};
}

// What the database can leave out at once: an address, an account, kinds. The filter itself has
// the last word.
std::string event_conditions(const ActivityFilter& filter)
{
    std::string text;
    if (filter.address && filter.address->is_host()) text += " AND ip = ?4";
    if (!filter.account.empty()) text += " AND lower(CAST(account AS TEXT)) = ?5";
    if (filter.kinds.none()) return text;
    text += " AND kind IN (-1";
    for (std::size_t kind = 0; kind < kEventKinds; ++kind)
        if (filter.kinds.test(kind)) text += ',' + std::to_string(kind);
    return text + ')';
}

}  // namespace

// One of the queries, with its next row read ahead.
class History::Reader {
public:
    Reader(sqlite3* database, const std::string& sql, ReadActivity read)
        : query_(database, sql), read_(read)
    {
    }

    template <class... Values>
    void begin(const Values&... values)
    {
        query_.bind(values...);
        advance();
    }

    // The next one; nullopt: there is none, or result() says why not.
    const std::optional<Activity>& next() const noexcept { return next_; }
    int result() const noexcept { return result_; }
    bool is_refused() const noexcept { return result_ == SQLITE_ROW && !next_; }

    void advance()
    {
        next_.reset();
        result_ = query_.step();
        if (result_ == SQLITE_ROW) next_ = read_(query_);
    }

private:
    Statement query_;
    ReadActivity read_;
    std::optional<Activity> next_{};
    int result_ = SQLITE_DONE;
};

Status History::each_activity(const Span& span, const ActivityFilter& filter,
                              const std::function<bool(const Activity&)>& take)
{
    const Timestamp until = span.until.value_or(Timestamp(kFarthest));
    const std::string columns = kBanColumns;
    const std::string bans = "SELECT " + columns + ", ended, why FROM bans WHERE ";
    std::array<Reader, 3> readers{
        Reader(handle_.get(),
               "SELECT " + event_columns() +
                   " FROM events WHERE time >= ?1 AND time < ?2 AND (?3 IS NULL OR id <= ?3)" +
                   event_conditions(filter) + " ORDER BY time, id",
               read_evidence),
        Reader(handle_.get(), bans + "since >= ? AND since < ? ORDER BY since, id", read_begun),
        Reader(handle_.get(), bans + "ended >= ? AND ended < ? ORDER BY ended, id", read_ended)};
    const std::string address = filter.address ? filter.address->base().to_string() : "";
    const std::string account = folded_account(filter.account);
    readers[0].begin(span.since, until, span.last_event, address, account);
    readers[1].begin(span.since, until);
    readers[2].begin(span.since, until);
    while (true) {
        Reader* first = nullptr;
        for (Reader& reader : readers) {
            if (reader.is_refused()) return refused_row();
            if (reader.next() &&
                (first == nullptr || time_of(*reader.next()) < time_of(*first->next())))
                first = &reader;
        }
        if (first == nullptr) break;
        if (filter.matches(*first->next()) && !take(*first->next())) return Done{};
        first->advance();
    }
    for (const Reader& reader : readers)
        if (auto done = ended(reader.result()); !done) return done;
    return Done{};
}

}  // namespace mailban::io
