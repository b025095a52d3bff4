// Consensus: what all candidates for the meaning of a line agree on.
//
// Servers print text of their clients raw, and a client can write what looks like the rest of the
// line. Then the line can be read in several ways, and nothing in it says which one is true. The
// only honest answer is to try each place at which the client's text can end: each way to read the
// line is a candidate. Candidates that name two clients, or two deeds, contradict each other, and
// the line says nothing; a detail in which they differ, such as the account, is left out.
#pragma once

#include "mailban/net/ip_address.h"

#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace mailban {

template <class T>
concept Candidate = std::movable<T> && requires(T mine, const T& other)
{
    // Whether they cannot both be true of one line: they differ in the client or in what it did.
    {
        std::as_const(mine).contradicts(other)
        } -> std::same_as<bool>;
    // Drops the details in which `other` differs; also asked where they contradict each other.
    mine.keep_common(other);
};

// For keep_common().
template <class T>
constexpr void keep_if_same(std::optional<T>& mine, const std::optional<T>& other) noexcept
{
    if (mine != other) mine.reset();
}

// More than `kMost` candidates count as a contradiction: the line is made to mislead.
template <Candidate T, std::size_t kMost = std::numeric_limits<std::size_t>::max()>
class Consensus {
public:
    void add(T candidate)
    {
        if (++count_ == 1) {
            common_ = std::move(candidate);
            return;
        }
        if (count_ > kMost || common_.contradicts(candidate)) is_contradicted_ = true;
        common_.keep_common(candidate);
    }

    // The search for candidates ends before all were found.
    void give_up() noexcept { is_contradicted_ = true; }

    // For good: no further candidate can make the line clear.
    bool is_contradicted() const noexcept { return is_contradicted_; }
    std::size_t count() const noexcept { return count_; }

    // nullptr: there is no candidate, or they contradict each other.
    const T* agreed() const noexcept
    {
        return count_ == 0 || is_contradicted_ ? nullptr : &common_;
    }
    // What is left of the first candidate, whether or not the others contradict it.
    const T& common() const noexcept { return common_; }

private:
    std::size_t count_ = 0;
    bool is_contradicted_ = false;
    T common_{};
};

// Of lines that name a client, and may name an account.
struct ClientCandidate {
    IpAddress ip{};
    std::optional<std::string_view> account{};

    bool contradicts(const ClientCandidate& other) const noexcept { return ip != other.ip; }
    void keep_common(const ClientCandidate& other) noexcept
    {
        keep_if_same(account, other.account);
    }
};
using ClientConsensus = Consensus<ClientCandidate, 64>;

}  // namespace mailban
