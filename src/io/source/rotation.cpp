#include "io/source/rotation.h"

#include <algorithm>
#include <array>
#include <optional>

namespace mailban::io {

namespace {

constexpr std::array<std::string_view, 7> kCompressed{".gz",  ".bz2", ".xz", ".zst",
                                                      ".lz4", ".Z",   ".zip"};
constexpr std::array<std::string_view, 7> kSetAside{".old", ".bak",  ".save", ".orig",
                                                    "~",    ".prev", ".tmp"};
// Longer numbers are dates: 20261101 or seconds since 1970.
constexpr std::size_t kMaxCountDigits = 5;
constexpr std::size_t kDateDigits = 6;  // of a year and a month

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// The end of a rotated name behind its log's name: ".12" or "-20261101".
struct Turn {
    bool is_date = false;
    std::string digits{};  // without leading zeros for a count

    bool is_newer_than(const Turn& other) const
    {
        if (is_date) return digits > other.digits;
        return digits.size() != other.digits.size() ? digits.size() < other.digits.size()
                                                    : digits < other.digits;
    }
};

std::optional<Turn> read_turn(std::string_view suffix)
{
    if (suffix.size() < 2 || (suffix[0] != '.' && suffix[0] != '-')) return std::nullopt;
    const auto rest = suffix.substr(1);
    if (!is_digit(rest.front()) || !is_digit(rest.back())) return std::nullopt;
    const bool plain = std::ranges::all_of(rest, is_digit);
    if (plain && rest.size() <= kMaxCountDigits) {
        if (suffix[0] != '.') return std::nullopt;
        return Turn{false,
                    std::string(rest.substr(std::min(rest.find_first_not_of('0'), rest.size())))};
    }
    const auto in_date = [](char c) { return is_digit(c) || c == '-' || c == '_' || c == 'T'; };
    if (!std::ranges::all_of(rest, in_date)) return std::nullopt;
    if (std::ranges::count_if(rest, is_digit) < 6) return std::nullopt;
    return Turn{true, std::string(rest)};
}

// What rotation made of the log `base`, packed or not.
std::optional<Turn> turn_of(std::string_view base, std::string_view name)
{
    if (!name.starts_with(base)) return std::nullopt;
    const auto plain = without_compression(name);
    if (plain.size() < base.size()) return std::nullopt;
    return read_turn(plain.substr(base.size()));
}

template <std::size_t N>
bool ends_with_any(std::string_view name, const std::array<std::string_view, N>& endings)
{
    return std::ranges::any_of(endings, [&](auto ending) { return name.ends_with(ending); });
}

}  // namespace

bool is_compressed(std::string_view name)
{
    return ends_with_any(name, kCompressed);
}

std::string_view without_compression(std::string_view name)
{
    for (const auto ending : kCompressed) {
        if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
    }
    return name;
}

bool is_set_aside(std::string_view name)
{
    return is_compressed(name) || ends_with_any(name, kSetAside);
}

std::vector<RotationBase> rotation_bases(std::string_view name)
{
    // A file may have been rotated more than once, by both habits: a base may have bases.
    std::vector<RotationBase> bases{{name, false}};
    for (std::size_t index = 0; index < bases.size(); ++index) {
        const auto [end, is_dated] = bases[index];
        for (auto at = end.find_last_of(".-"); at != std::string_view::npos && at > 0;
             at = end.find_last_of(".-", at - 1)) {
            const auto base = name.substr(0, at);
            const auto turn = read_turn(end.substr(at));
            const bool is_known = std::ranges::any_of(
                bases, [&](const auto& one) { return one.name.size() == base.size(); });
            if (turn && !is_known) bases.push_back({base, is_dated || turn->is_date});
        }
    }
    bases.erase(bases.begin());
    return bases;
}

bool has_date(std::string_view path)
{
    const auto name = path.substr(path.rfind('/') + 1);
    std::size_t digits = 0;
    for (const char c : name) {
        if (is_digit(c)) {
            ++digits;
        } else if (c != '-' && c != '_') {
            digits = 0;
        }
        if (digits >= kDateDigits) return true;
    }
    return false;
}

bool has_turn(std::string_view base, std::string_view name)
{
    return turn_of(base, name).has_value();
}

std::vector<std::string> newer_rotated(std::string_view base, std::string_view found,
                                       const std::vector<std::string>& names)
{
    const auto has_plain = [&](std::string_view name) {
        return is_compressed(name) &&
               std::ranges::find(names, without_compression(name)) != names.end();
    };
    const auto reached = turn_of(base, found);
    if (!reached) return {};
    std::vector<std::pair<Turn, std::string>> newer;
    for (const auto& name : names) {
        if (has_plain(name)) continue;
        auto turn = turn_of(base, name);
        if (!turn || turn->is_date != reached->is_date) continue;
        if (turn->is_newer_than(*reached)) newer.emplace_back(std::move(*turn), name);
    }
    std::ranges::sort(newer,
                      [](const auto& a, const auto& b) { return b.first.is_newer_than(a.first); });
    std::vector<std::string> result;
    result.reserve(newer.size());
    for (auto& [turn, name] : newer)
        result.push_back(std::move(name));
    return result;
}

bool can_be_older(std::string_view base, std::string_view name, std::string_view later)
{
    if (name == base) return later == base;
    const auto mine = turn_of(base, name);
    const auto other = turn_of(base, later);
    if (!mine || !other || mine->is_date != other->is_date) return true;
    return other->is_newer_than(*mine);
}

}  // namespace mailban::io
