#include "mailban/control/account_report.h"

#include "mailban/detect/account.h"
#include "mailban/time/time_or_null.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

#include "ban_json.h"

namespace mailban {

namespace {

using json = nlohmann::ordered_json;

json client_json(const AccountClient& client)
{
    json bans = json::array();
    for (const Ban& ban : client.bans)
        bans.push_back(json::parse(ban_members(ban) + '}'));
    return {{"address", client.ip.to_string()},      {"logins", client.logins},
            {"failures", client.failures},           {"first", format_timestamp(client.first)},
            {"last", format_timestamp(client.last)}, {"last_login", or_null(client.last_login)},
            {"banned", !client.bans.empty()},        {"bans", std::move(bans)}};
}

// Whether a prefix holds one of the addresses.
bool holds_any(const Prefix& prefix, const std::set<IpAddress>& addresses)
{
    const auto first = addresses.lower_bound(prefix.base());
    return first != addresses.end() && prefix.contains(*first);
}

}  // namespace

AccountSurvey::AccountSurvey(std::string account, Timestamp since)
{
    report_.account = std::move(account);
    report_.since = since;
}

void AccountSurvey::add(const Evidence& evidence)
{
    const Event& event = evidence.event;
    if (!event.account || folded_account(*event.account) != folded_account(report_.account)) return;
    const bool is_login = event.kind == EventKind::auth_success;
    if (!is_login && event.kind != EventKind::auth_failure) return;
    AccountClient& client = clients_[event.ip];
    if (client.logins + client.failures == 0) client.first = event.time;
    client.ip = event.ip;
    client.last = event.time;
    if (is_login) {
        ++client.logins;
        ++report_.logins;
        client.last_login = event.time;
    } else {
        client.failures += evidence.counted;
        report_.failures += evidence.counted;
    }
}

AccountReport AccountSurvey::report(const std::vector<Ban>& bans, std::size_t top) const
{
    AccountReport report = report_;
    report.addresses = clients_.size();
    auto clients = clients_;
    for (const Ban& ban : bans) {
        auto client = clients.lower_bound(ban.prefix.base());
        for (; client != clients.end() && ban.prefix.contains(client->first); ++client)
            client->second.bans.push_back(ban);
    }
    for (auto& [ip, client] : clients) {
        if (!client.bans.empty()) ++report.banned;
        report.clients.push_back(std::move(client));
    }
    const auto goes_first = [](const AccountClient& one, const AccountClient& other) {
        return std::tuple(one.bans.empty(), other.last) < std::tuple(other.bans.empty(), one.last);
    };
    std::stable_sort(report.clients.begin(), report.clients.end(), goes_first);
    if (report.clients.size() > top) report.clients.resize(top);
    return report;
}

std::string to_json(const AccountReport& report)
{
    json clients = json::array();
    for (const AccountClient& client : report.clients)
        clients.push_back(client_json(client));
    const json result{{"account", report.account},     {"since", format_timestamp(report.since)},
                      {"logins", report.logins},       {"failures", report.failures},
                      {"addresses", report.addresses}, {"banned_addresses", report.banned},
                      {"clients", std::move(clients)}};
    return result.dump(-1, ' ', false, json::error_handler_t::replace);
}

AccountBans::AccountBans(std::string_view account) : account_(folded_account(account)) {}

void AccountBans::note_address(const IpAddress& ip, std::string_view account, bool is_login)
{
    if (folded_account(account) != account_) return;
    addresses_.insert(ip);
    if (is_login) users_.insert(ip);
}

void AccountBans::note_ban(const Ban& ban)
{
    if (holds_any(ban.prefix, addresses_)) bans_.push_back(ban);
}

void AccountBans::note_others(const IpAddress& ip, std::string_view account)
{
    if (folded_account(account) == account_) return;
    for (const Ban& ban : bans_)
        if (ban.prefix.contains(ip)) guessers_.insert(ban.prefix);
}

bool AccountBans::is_own(const Ban& ban) const
{
    return holds_any(ban.prefix, users_) || !guessers_.contains(ban.prefix);
}

}  // namespace mailban
