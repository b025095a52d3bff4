#include "mailban/detect/outage.h"

#include "mailban/detect/account.h"

#include <algorithm>

namespace mailban {

namespace {

// All clients are counted together: there is one key.
constexpr IpAddress kAll{};
constexpr WindowTable::Counts kOnlyOutage{1};
// On a busy server: so many either way are as good as more.
constexpr std::uint32_t kMostCounted = 64;
// Who owns more addresses of one network is one witness still.
constexpr PrefixLengths kNetwork{24, 48};

WindowTable different(std::uint32_t limit, Duration within, std::uint64_t hash_seed)
{
    return WindowTable({{std::max(limit, kMostCounted), within, WindowTable::Counted::values,
                         WindowTable::OnceTripped::stays}},
                       1, hash_seed);
}

std::size_t count_at(const WindowTable& windows, Timestamp at)
{
    return windows.holds(kAll, kOnlyOutage, at) ? windows.count(kAll, 0) : 0;
}

}  // namespace

Outage::Outage(const OutageSettings& settings, std::uint64_t hash_seed)
    : settings_(settings),
      hash_seed_(hash_seed),
      unavailable_(different(settings.unavailable, settings.within, hash_seed)),
      failing_networks_(different(settings.failing, settings.within, hash_seed)),
      failing_accounts_(different(settings.failing, settings.within, hash_seed)),
      doubtful_(kMostNetworks, hash_seed)
{
}

IpAddress Outage::network_of(const IpAddress& client)
{
    return kNetwork.block_of(client).base();
}

void Outage::begin(Timestamp at, const char* cause)
{
    since_ = at;
    ended_.reset();
    last_sign_ = at;
    logins_in_outage_ = 0;
    cause_ = cause;
}

void Outage::end(Timestamp at)
{
    since_.reset();
    ended_ = at;
    unavailable_.forget(kAll);
    failing_networks_.forget(kAll);
    failing_accounts_.forget(kAll);
}

void Outage::note_sign(Timestamp at)
{
    if (since_) last_sign_ = std::max(last_sign_, at);
}

bool Outage::is_doubtful(const IpAddress& network, Timestamp at) const
{
    return doubtful_.holds(network, at, kDoubtFor);
}

void Outage::note_unavailable(const IpAddress& client, Timestamp at)
{
    const IpAddress network = network_of(client);
    if (is_doubtful(network, at)) return;
    note_sign(at);
    logins_in_outage_ = 0;
    unavailable_.hit(kAll, distinct_value(network, hash_seed_), at, kOnlyOutage);
    const std::size_t networks = count_at(unavailable_, at);
    if (!since_ && networks >= settings_.unavailable && networks > recent_logins(at))
        begin(at, "the password service says that it is unavailable");
}

void Outage::note_failure(const IpAddress& client, Timestamp at)
{
    doubtful_.note(network_of(client), at);
}

void Outage::note_failing_user(const IpAddress& client, const IpAddress& account, Failing how,
                               Timestamp at)
{
    note_sign(at);
    if (how == Failing::goes_on && !since_) return;
    failing_networks_.hit(kAll, distinct_value(network_of(client), hash_seed_), at, kOnlyOutage);
    failing_accounts_.hit(kAll, distinct_value(account, hash_seed_), at, kOnlyOutage);
    const std::size_t users = failing(at);
    if (!since_ && users >= settings_.failing && users > recent_logins(at))
        begin(at, "many known users began to fail, and fewer log in");
}

// One user with many addresses, or many users behind one, are no outage.
std::size_t Outage::failing(Timestamp at) const
{
    return std::min(count_at(failing_networks_, at), count_at(failing_accounts_, at));
}

// In the last fifth of the span: an outage ends the logins at once.
std::size_t Outage::recent_logins(Timestamp at) const
{
    const auto earliest = at - settings_.within / 5;
    return static_cast<std::size_t>(std::count_if(
        logins_.begin(), logins_.end(), [earliest](Timestamp login) { return login >= earliest; }));
}

void Outage::note_login(Timestamp at)
{
    if (logins_.size() >= kMostCounted) logins_.pop_front();
    logins_.push_back(at);
    if (!since_) return;
    ++logins_in_outage_;
    if (logins_in_outage_ >= settings_.recovered && logins_in_outage_ > failing(at)) end(at);
}

void Outage::withdraw(const IpAddress& client, const IpAddress& account, Timestamp at)
{
    doubtful_.take_back(network_of(client), at);
    failing_networks_.take_back(kAll, distinct_value(network_of(client), hash_seed_), at);
    failing_accounts_.take_back(kAll, distinct_value(account, hash_seed_), at);
}

void Outage::advance(Timestamp now)
{
    if (since_ && now - last_sign_ > settings_.linger) end(last_sign_ + settings_.linger);
}

void Outage::set_back(Timestamp at)
{
    for (WindowTable* const windows : {&unavailable_, &failing_networks_, &failing_accounts_})
        windows->set_back(at);
    doubtful_.set_back(at);
    for (Timestamp& login : logins_)
        login = std::min(login, at);
    if (since_) since_ = std::min(*since_, at);
    if (ended_) ended_ = std::min(*ended_, at);
    last_sign_ = std::min(last_sign_, at);
}

}  // namespace mailban
