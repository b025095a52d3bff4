#include "io/daemon/record_batch.h"

#include <set>

namespace mailban::io {

namespace {

// How each kind of record is written.
struct Writer {
    Store& store;
    const std::vector<const std::string*>& names;

    Status operator()(const RecordEvent& record) const
    {
        return store.put_event(record.event, *names[record.source], record.counted);
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

// A ban that stands only in the store ended meanwhile.
Status end_others(const Standing& standing, Store& store)
{
    std::set<BanKey> keys;
    for (const Ban& ban : standing.bans)
        keys.insert(ban.key());
    const auto stored = store.active_bans();
    if (!stored) return stored.error();
    for (const Ban& ban : *stored) {
        if (keys.contains(ban.key())) continue;
        const bool is_over = ban.until && *ban.until <= standing.at;
        auto ended = is_over ? store.end_ban(ban.key(), *ban.until, BanEndReason::expired)
                             : store.end_ban(ban.key(), standing.at, BanEndReason::lifted);
        if (!ended) return ended;
    }
    return Done{};
}

Status put_standing(const Standing& standing, Store& store)
{
    if (auto ended = end_others(standing, store); !ended) return ended;
    for (const Ban& ban : standing.bans)
        if (auto put = store.put_ban(ban); !put) return put;
    for (const Offender& offender : standing.offenders)
        if (auto put = store.put_offender(offender); !put) return put;
    return Done{};
}

Status write_all(const RecordBatch& batch, Store& store)
{
    if (batch.standing)
        if (auto put = put_standing(*batch.standing, store); !put) return put;
    for (const auto& [name, addresses] : batch.addresses)
        if (auto put = store.put_addresses(name, addresses); !put) return put;
    for (const auto& [source, learned] : batch.clocks)
        if (auto put = store.put_clock(source, learned); !put) return put;
    for (const auto& [source, position] : batch.positions)
        if (auto put = store.put_position(source, position); !put) return put;
    const Writer writer{store, batch.names};
    for (const Record& record : batch.records)
        if (auto put = std::visit(writer, record); !put) return put;
    return Done{};
}

}  // namespace

Status RecordBatch::write_to(Store& store) const
{
    auto done = store.begin();
    if (done) done = write_all(*this, store);
    if (done) done = store.commit();
    if (!done) store.rollback();
    return done;
}

}  // namespace mailban::io
