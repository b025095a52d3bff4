#include "mailban/detect/dedup/front_and_back.h"

#include "mailban/characters.h"

#include <algorithm>
#include <utility>

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
    telling.is_at_back = side == Side::back;
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
    note_side(side);
    OneSided telling = telling_of(event, attempts, side);
    telling.is_forgiven = forgiven;
    make_room(event.time);
    Slot slot = clients_.find(event.ip);
    if (slot != kNoSlot) {
        Client& client = clients_[slot];
        settle(telling, telling.is_at_back ? client.at_front : client.at_back);
        if (client.empty()) clients_.remove(std::exchange(slot, kNoSlot));
    }
    if (event.reporter == Reporter::summary && telling.is_known_at_back) return 0;
    const std::uint32_t fresh = telling.attempts;
    if (fresh > 0 && !event.unanswered) insert(std::move(telling), event.ip, slot);
    return fresh;
}

void FrontAndBack::expect(const Event& event)
{
    note_side(Side::front);
    OneSided telling = telling_of(event, event.attempts, Side::front);
    telling.to += kLongestDelay;
    make_room(event.time);
    insert(std::move(telling), event.ip, clients_.find(event.ip));
}

// `known`: where the client is, kNoSlot if it is nowhere.
void FrontAndBack::insert(OneSided&& telling, const IpAddress& client, Slot known)
{
    const Slot slot = tellings_.add(std::move(telling));
    order_.push_back(slot);
    if (has_both_sides_) {
        sort_in(slot, client, known);
    } else {
        unsorted_.push_back(client);
    }
}

void FrontAndBack::sort_in(Slot slot, const IpAddress& client, Slot known)
{
    OneSided& telling = tellings_[slot];
    telling.client = known != kNoSlot ? known : clients_.add({.key = client});
    Queue& own = queue_of(telling);
    const auto place =
        std::upper_bound(own.begin(), own.end(), telling.to,
                         [this](Timestamp to, Slot other) { return to < tellings_[other].to; });
    own.insert(place, slot);
}

void FrontAndBack::note_side(Side side)
{
    if (has_both_sides_) return;
    if (!only_side_) only_side_ = side;
    if (*only_side_ == side) return;
    has_both_sides_ = true;
    for (std::size_t at = 0; at < order_.size(); ++at)
        sort_in(order_[at], unsorted_[at], clients_.find(unsorted_[at]));
    unsorted_ = {};
}

// Takes counterparts from `others`, the earliest first, until every attempt has one or none is
// left.
void FrontAndBack::settle(OneSided& telling, Queue& others)
{
    auto place =
        std::lower_bound(others.begin(), others.end(), telling.from,
                         [this](Slot one, Timestamp from) { return tellings_[one].to < from; });
    for (int seen = 0; seen < kMostLookedAt && place != others.end() && telling.attempts > 0;
         ++seen) {
        OneSided& other = tellings_[*place];
        if (!telling.agrees_with(other)) {
            ++place;
            continue;
        }
        const auto paired = std::min(telling.attempts, other.attempts);
        if (telling.is_of_session(other)) telling.is_known_at_back = true;
        counterpart_ = {other.time, std::nullopt, other.is_forgiven};
        if (other.has_account) counterpart_->account.emplace(other.account.text());
        telling.attempts -= paired;
        other.attempts -= paired;
        if (other.attempts == 0) place = others.erase(place);
    }
}

void FrontAndBack::make_room(Timestamp at)
{
    const Timestamp now = longest_ ? clock_.note(at) : Timestamp{};
    const auto is_past = [&](const OneSided& telling) {
        return longest_ && now - telling.time > *longest_;
    };
    while (!order_.empty() && (order_.size() >= capacity_ || is_past(tellings_[order_.front()])))
        forget_oldest();
}

void FrontAndBack::forget_oldest()
{
    const Slot slot = order_.front();
    order_.pop_front();
    if (!has_both_sides_) {
        unsorted_.pop_front();
    } else if (tellings_[slot].attempts > 0) {
        take_out(slot);
    }
    tellings_.remove(slot);
}

void FrontAndBack::take_out(Slot slot)
{
    const OneSided& telling = tellings_[slot];
    Queue& own = queue_of(telling);
    // Mostly the first.
    auto place = own.begin();
    if (*place != slot) {
        place = std::lower_bound(own.begin(), own.end(), telling.to,
                                 [this](Slot one, Timestamp to) { return tellings_[one].to < to; });
        place = std::find(place, own.end(), slot);
    }
    own.erase(place);
    if (clients_[telling.client].empty()) clients_.remove(telling.client);
}

}  // namespace mailban
