// What an administrator's pardon takes out of the windows.
#include "mailban/detect/detector.h"
#include "mailban/detect/judge.h"
#include "mailban/detect/password_tag.h"

#include <algorithm>

namespace mailban {

namespace {

struct ByWidth {
    std::vector<IpAddress> whole{};  // clients, or the clients of narrower prefixes
    PrefixSet wide{};                // with many clients in them
};

ByWidth split_by_width(const std::vector<Prefix>& prefixes, PrefixLengths client)
{
    ByWidth split;
    for (const Prefix& prefix : prefixes) {
        const Prefix one = client.block_of(prefix.base());
        if (prefix.length() >= one.length())
            split.whole.push_back(one.base());
        else
            split.wide.insert(prefix);
    }
    return split;
}

// `table`: a WindowTable or a LastSeen.
template <class Table>
void forget_inside(Table& table, const std::vector<Prefix>& prefixes, PrefixLengths client)
{
    const auto [whole, wide] = split_by_width(prefixes, client);
    for (const auto& key : whole)
        table.forget(key);
    for (const auto& key : table.keys_inside(wide))
        table.forget(key);
}

}  // namespace

// In order, each once.
std::vector<IpAddress> Detector::clients_in(const std::vector<Prefix>& prefixes) const
{
    const auto [whole, wide] = split_by_width(prefixes, client_);
    std::vector<IpAddress> clients = whole;
    for (const Group& group : groups_) {
        if (group.by != CountBy::ip) continue;
        const auto keys = group.windows().keys_inside(wide);
        clients.insert(clients.end(), keys.begin(), keys.end());
    }
    std::sort(clients.begin(), clients.end());
    clients.erase(std::unique(clients.begin(), clients.end()), clients.end());
    return clients;
}

void Detector::pardon_blocks(Group& group, const std::vector<Prefix>& prefixes,
                             const std::vector<IpAddress>& clients) const
{
    PrefixSet blocks;
    for (const Prefix& prefix : prefixes)
        if (prefix.length() <= group.lengths.block_of(prefix.base()).length())
            blocks.insert(prefix);
    for (const auto& key : group.windows().keys_inside(blocks))
        group.windows().forget(key, group.counts());
    if (group.tag != TagKind::client) return;
    for (const IpAddress& client : clients) {
        const auto block = group.lengths.block_of(client).base();
        const auto tag = mailban::distinct_value(client, hash_seed_);
        group.windows().forgive(block, tag, group.counts());
        if (group.repeated) group.repeated->forgive(block, tag, ~WindowTable::Counts());
    }
}

void Detector::pardon(const std::vector<Prefix>& prefixes)
{
    const auto clients = clients_in(prefixes);
    std::vector<WindowTable::Value> tags;
    std::vector<WindowTable::Value> tries;
    for (const IpAddress& client : clients) {
        tags.push_back(mailban::distinct_value(client, hash_seed_));
        tries.push_back(password_tag(client, std::nullopt, hash_seed_) & kWho);
    }
    std::sort(tags.begin(), tags.end());
    std::sort(tries.begin(), tries.end());
    for (Group& group : groups_) {
        switch (group.by) {
        case CountBy::ip:
            for (const IpAddress& client : clients)
                group.windows().forget(client, group.counts());
            break;
        case CountBy::subnet: pardon_blocks(group, prefixes, clients); break;
        case CountBy::account:
            if (group.tag == TagKind::password)
                group.windows().forgive_everywhere(tries, kWho, group.counts());
            else
                group.windows().forgive_everywhere(tags, ~WindowTable::Value{}, group.counts());
            break;
        }
    }
}

void KnownFailures::pardon(const std::vector<Prefix>& prefixes)
{
    forget_inside(guests_, prefixes, client_);
    forget_inside(roamers_, prefixes, client_);
}

void Judge::pardon(const std::vector<Prefix>& prefixes)
{
    detector_.pardon(prefixes);
    if (known_) known_->pardon(prefixes);
    forget_inside(failed_, prefixes, client_);
    forget_inside(excused_, prefixes, client_);
    forget_inside(offended_, prefixes, client_);
    forget_inside(shared_, prefixes, client_);
    if (storm_) pardon_suspects(prefixes);
}

void Judge::pardon_suspects(const std::vector<Prefix>& prefixes)
{
    const auto [whole, wide] = split_by_width(prefixes, client_);
    for (const IpAddress& client : whole)
        storm_->forget(client);
    if (wide.empty()) return;
    for (const IpAddress& client : storm_->clients())
        if (wide.contains(client)) storm_->forget(client);
}

}  // namespace mailban
