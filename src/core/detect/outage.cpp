#include "mailban/detect/outage.h"

#include "mailban/detect/account.h"

#include <algorithm>

namespace mailban {

namespace {

// All clients are counted together: there is one key.
constexpr IpAddress kAll{};
constexpr Watch::Counts kOnly{1};
// On a busy server: so many either way are as good as more.
constexpr std::uint32_t kMostCounted = 64;

Watch clients(std::uint32_t limit, Duration within, std::uint64_t hash_seed)
{
    return Watch({{limit, within, Watch::Of::tags, Watch::OnceTripped::stays}}, 1, hash_seed);
}

}  // namespace

Outage::Outage(const OutageSettings& settings, std::uint64_t hash_seed)
    : settings_(settings),
      hash_seed_(hash_seed),
      unavailable_(clients(settings.unavailable, settings.within, hash_seed)),
      failing_(clients(std::max(settings.failing, kMostCounted), settings.within, hash_seed))
{
}

void Outage::begin(Timestamp at, const char* cause)
{
    since_ = at;
    last_sign_ = at;
    logins_in_outage_ = 0;
    cause_ = cause;
}

void Outage::note_sign(Timestamp at)
{
    if (since_) last_sign_ = std::max(last_sign_, at);
}

void Outage::note_unavailable(const IpAddress& client, Timestamp at)
{
    note_sign(at);
    logins_in_outage_ = 0;
    const bool many = unavailable_.hit(kAll, tag_of(client, hash_seed_), at, kOnly).any();
    if (many && !since_) begin(at, "the password service says that it is unavailable");
}

void Outage::note_failing_user(const IpAddress& client, Failing how, Timestamp at)
{
    note_sign(at);
    if (how == Failing::goes_on && !since_) return;
    failing_.hit(kAll, tag_of(client, hash_seed_), at, kOnly);
    const std::size_t users = failing(at);
    if (!since_ && users >= settings_.failing && users > lately_logged_in(at))
        begin(at, "many known users have begun to fail, more than log in");
}

std::size_t Outage::failing(Timestamp at) const
{
    return failing_.holds(kAll, kOnly, at) ? failing_.count(kAll, 0) : 0;
}

// In the last fifth of the span: an outage ends the logins at once.
std::size_t Outage::lately_logged_in(Timestamp at) const
{
    const auto lately = at - settings_.within / 5;
    return static_cast<std::size_t>(std::count_if(
        logins_.begin(), logins_.end(), [lately](Timestamp login) { return login >= lately; }));
}

void Outage::note_login(Timestamp at)
{
    if (logins_.size() >= kMostCounted) logins_.pop_front();
    logins_.push_back(at);
    if (!since_) return;
    ++logins_in_outage_;
    if (logins_in_outage_ < settings_.recovered || logins_in_outage_ <= failing(at)) return;
    unavailable_.forget(kAll);
    failing_.forget(kAll);
    since_.reset();
}

void Outage::advance(Timestamp now)
{
    if (since_ && now - last_sign_ > settings_.linger) since_.reset();
}

void Outage::set_back(Timestamp at)
{
    unavailable_.set_back(at);
    failing_.set_back(at);
    for (Timestamp& login : logins_)
        login = std::min(login, at);
    if (since_) since_ = std::min(*since_, at);
    last_sign_ = std::min(last_sign_, at);
}

}  // namespace mailban
