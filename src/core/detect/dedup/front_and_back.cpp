#include "mailban/detect/dedup/front_and_back.h"

#include "mailban/characters.h"

#include <algorithm>

namespace mailban {

namespace {

// Dovecot's auth writes its line and then holds the answer back: 2 s by default
// (auth_failure_delay), a server under load longer.
constexpr Duration kHeldBack = std::chrono::seconds(20);
// Stamps of whole seconds, and clocks read by two processes.
constexpr Duration kSlack = std::chrono::seconds(2);
// Dovecot holds a client that has failed back for up to 15 s before it compares the next password
// (auth_penalty), after Postfix has given up.
constexpr Duration kLongestDelay = std::chrono::seconds(30);
// How long a connection may have lasted whose summary does not tell.
constexpr Duration kUsualConnection = std::chrono::minutes(5);
// A client that makes more attempts at once than this is not worth the search.
constexpr int kMostLookedAt = 64;
// Dovecot's login processes cut a long account name.
constexpr std::size_t kShortestCut = 64;

// "Bob", "bob" and "bob@example.com" are one account to somebody (auth_username_format), and so are
// a name and its first 64 bytes.
bool may_be_one_account(std::string_view one, std::string_view other) noexcept
{
    if (one.size() > other.size()) std::swap(one, other);
    const auto same = [](char a, char b) { return lower_case(a) == lower_case(b); };
    if (!std::equal(one.begin(), one.end(), other.begin(), same)) return false;
    return one.size() == other.size() || other[one.size()] == '@' || one.size() >= kShortestCut;
}

}  // namespace

void FrontAndBack::Name::set(std::string_view name)
{
    if (name.size() > kShort) {
        long_ = std::make_unique<std::string>(name);
        return;
    }
    std::copy(name.begin(), name.end(), short_.begin());
    size_ = static_cast<std::uint8_t>(name.size());
}

bool FrontAndBack::OneSided::contradicts(const OneSided& other) const noexcept
{
    const bool other_port = has_port && other.has_port && port != other.port;
    return other_port || (has_session && other.has_session && session != other.session);
}

bool FrontAndBack::OneSided::agrees_with(const OneSided& other) const
{
    const bool meet = from <= other.to && to >= other.from;
    if (!meet || contradicts(other)) return false;
    if (is_of_session(other)) return true;
    const bool both_serve = service != Service::unknown && other.service != Service::unknown;
    if (both_serve && service != other.service) return false;
    return !has_account || !other.has_account ||
           may_be_one_account(account.text(), other.account.text());
}

FrontAndBack::OneSided FrontAndBack::telling_of(const Event& event, std::uint32_t attempts,
                                                Side side) const
{
    OneSided telling;
    telling.from = telling.to = telling.time = event.time;
    telling.attempts = attempts;
    // One of them says less exactly on which port it was.
    const bool is_submission = event.service == Service::submission;
    telling.service = is_submission ? Service::smtp : event.service;
    telling.port = event.client_port.value_or(0);
    telling.has_port = event.client_port.has_value();
    telling.has_session = event.session.has_value();
    if (event.session) telling.session = SeededHash{seed_.value}(std::string_view(*event.session));
    // A summary names the account of the last attempt only.
    const bool is_last_of_many = side == Side::front && event.attempts > 1;
    telling.has_account = event.account && !is_last_of_many;
    if (telling.has_account) telling.account.set(*event.account);
    if (side == Side::back) return telling;
    telling.to += kSlack;
    telling.from -= kHeldBack;
    if (event.reporter == Reporter::summary)
        telling.from -= event.lasted.value_or(kUsualConnection);
    return telling;
}

std::uint32_t FrontAndBack::admit(const Event& event, std::uint32_t attempts, Side side,
                                  bool forgiven)
{
    counterpart_.reset();
    const bool tells = event.kind == EventKind::auth_failure ||
                       event.kind == EventKind::auth_success || event.unanswered;
    if (!tells || attempts == 0) return attempts;
    OneSided telling = telling_of(event, attempts, side);
    telling.is_forgiven = forgiven;
    make_room();
    Client& client = clients_[event.ip];
    const bool is_back = side == Side::back;
    OneSidedQueue& own = is_back ? client.at_back : client.at_front;
    settle(telling, client, is_back ? client.at_front : client.at_back);
    order_.push_back(event.ip);
    if (event.reporter == Reporter::summary && telling.is_known_at_back) telling.attempts = 0;
    if (telling.attempts == 0) {
        ++client.settled;
        return 0;
    }
    const std::uint32_t fresh = telling.attempts;
    if (event.unanswered) {
        ++client.settled;
    } else {
        insert(own, std::move(telling));
    }
    return fresh;
}

void FrontAndBack::expect(const Event& event)
{
    OneSided telling = telling_of(event, event.attempts, Side::front);
    telling.to += kLongestDelay;
    make_room();
    order_.push_back(event.ip);
    insert(clients_[event.ip].at_front, std::move(telling));
}

void FrontAndBack::insert(OneSidedQueue& own, OneSided telling)
{
    const auto place =
        std::upper_bound(own.begin(), own.end(), telling.to,
                         [](Timestamp to, const OneSided& other) { return to < other.to; });
    own.insert(place, std::move(telling));
}

// Takes counterparts from `others`, the earliest first, until every attempt has one or none is
// left.
void FrontAndBack::settle(OneSided& telling, Client& client, OneSidedQueue& others)
{
    auto other =
        std::lower_bound(others.begin(), others.end(), telling.from,
                         [](const OneSided& one, Timestamp from) { return one.to < from; });
    for (int seen = 0; seen < kMostLookedAt && other != others.end() && telling.attempts > 0;
         ++seen) {
        if (!telling.agrees_with(*other)) {
            ++other;
            continue;
        }
        const auto paired = std::min(telling.attempts, other->attempts);
        if (telling.is_of_session(*other)) telling.is_known_at_back = true;
        counterpart_ = {other->time, std::nullopt, other->is_forgiven};
        if (other->has_account) counterpart_->account.emplace(other->account.text());
        telling.attempts -= paired;
        other->attempts -= paired;
        if (other->attempts > 0) continue;
        other = others.erase(other);
        ++client.settled;
    }
}

void FrontAndBack::make_room()
{
    if (order_.size() < capacity_) return;
    const auto found = clients_.find(order_.front());
    order_.pop_front();
    Client& client = found->second;
    if (client.settled > 0) {
        --client.settled;
    } else {
        const bool front_is_older =
            client.at_back.empty() ||
            (!client.at_front.empty() && client.at_front.front().to < client.at_back.front().to);
        (front_is_older ? client.at_front : client.at_back).pop_front();
    }
    if (client.settled == 0 && client.at_front.empty() && client.at_back.empty())
        clients_.erase(found);
}

}  // namespace mailban
