#include "mailban/rotation/suffix.h"

#include "mailban/characters.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace mailban {

namespace {

constexpr std::array<std::string_view, 7> kCompressed{".gz",  ".bz2", ".xz", ".zst",
                                                      ".lz4", ".Z",   ".zip"};
constexpr std::array<std::string_view, 7> kSetAside{".old", ".bak",  ".save", ".orig",
                                                    "~",    ".prev", ".tmp"};
// Longer numbers are dates: 20261101 or seconds since 1970.
constexpr std::size_t kMaxCountDigits = 5;
constexpr std::size_t kDateDigits = 6;  // of a year and a month

// What rotation adds to a log's name: ".12" or "-20261101".
struct RotationSuffix {
    bool is_date = false;
    std::string digits{};              // without leading zeros for a count
    bool is_before_extension = false;  // mail.1.log of mail.log

    // One habit made both; others cannot be compared.
    bool is_like(const RotationSuffix& other) const
    {
        return is_date == other.is_date && is_before_extension == other.is_before_extension;
    }
    bool is_newer_than(const RotationSuffix& other) const
    {
        if (is_date) return digits > other.digits;
        return digits.size() != other.digits.size() ? digits.size() < other.digits.size()
                                                    : digits < other.digits;
    }
};

std::optional<RotationSuffix> read_suffix(std::string_view suffix)
{
    if (suffix.size() < 2 || (suffix[0] != '.' && suffix[0] != '-')) return std::nullopt;
    const auto rest = suffix.substr(1);
    if (!is_digit(rest.front()) || !is_digit(rest.back())) return std::nullopt;
    const bool plain = std::ranges::all_of(rest, is_digit);
    if (plain && rest.size() <= kMaxCountDigits) {
        if (suffix[0] != '.') return std::nullopt;
        const auto zeros = std::min(rest.find_first_not_of('0'), rest.size());
        return RotationSuffix{false, std::string(rest.substr(zeros))};
    }
    const auto in_date = [](char c) { return is_digit(c) || c == '-' || c == '_' || c == 'T'; };
    if (!std::ranges::all_of(rest, in_date)) return std::nullopt;
    const auto digits = static_cast<std::size_t>(std::ranges::count_if(rest, is_digit));
    if (digits < kDateDigits) return std::nullopt;
    return RotationSuffix{true, std::string(rest)};
}

// Where the extension of a name begins; npos: it has none. The last part of 192.0.2.10 is none.
std::size_t extension_of(std::string_view name)
{
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || dot + 1 == name.size()) return name.npos;
    const auto extension = name.substr(dot + 1);
    return std::ranges::any_of(extension, is_digit) ? name.npos : dot;
}

std::optional<RotationSuffix> suffix_of(std::string_view log, std::string_view name)
{
    const auto plain = without_compression(name);
    if (plain.size() <= log.size()) return std::nullopt;
    if (plain.starts_with(log)) return read_suffix(plain.substr(log.size()));
    const auto dot = extension_of(log);
    if (dot == log.npos) return std::nullopt;
    if (!plain.starts_with(log.substr(0, dot)) || !plain.ends_with(log.substr(dot))) return {};
    auto suffix = read_suffix(plain.substr(dot, plain.size() - log.size()));
    if (suffix) suffix->is_before_extension = true;
    return suffix;
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
    std::vector<RotationBase> bases{{std::string(name), false}};
    for (std::size_t index = 0; index < bases.size(); ++index) {
        const auto [whole, is_dated] = bases[index];
        const auto extension = std::min(extension_of(whole), whole.size());
        const std::string_view end = std::string_view(whole).substr(0, extension);
        for (auto at = end.find_last_of(".-"); at != std::string_view::npos && at > 0;
             at = end.find_last_of(".-", at - 1)) {
            const auto suffix = read_suffix(end.substr(at));
            if (!suffix || (suffix->is_date && extension != whole.size())) continue;
            const auto base = whole.substr(0, at) + whole.substr(extension);
            const auto same = [&](const auto& one) { return one.name == base; };
            if (std::ranges::any_of(bases, same)) continue;
            bases.push_back({base, is_dated || suffix->is_date});
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

bool has_rotation_suffix(std::string_view log, std::string_view name)
{
    return suffix_of(log, name).has_value();
}

std::vector<std::string> newer_rotated(std::string_view log, std::string_view found,
                                       const std::vector<std::string>& names)
{
    const auto has_plain = [&](std::string_view name) {
        return is_compressed(name) &&
               std::ranges::find(names, without_compression(name)) != names.end();
    };
    const auto reached = suffix_of(log, found);
    if (!reached) return {};
    std::vector<std::pair<RotationSuffix, std::string>> newer;
    for (const auto& name : names) {
        auto suffix = suffix_of(log, name);
        if (!suffix || !suffix->is_like(*reached) || has_plain(name)) continue;
        if (suffix->is_newer_than(*reached)) newer.emplace_back(std::move(*suffix), name);
    }
    std::ranges::sort(newer,
                      [](const auto& a, const auto& b) { return b.first.is_newer_than(a.first); });
    std::vector<std::string> result;
    result.reserve(newer.size());
    for (auto& [suffix, name] : newer)
        result.push_back(std::move(name));
    return result;
}

bool can_be_older(std::string_view log, std::string_view name, std::string_view later)
{
    if (name == log) return later == log;
    const auto mine = suffix_of(log, name);
    const auto other = suffix_of(log, later);
    if (!mine || !other || !mine->is_like(*other)) return true;
    return other->is_newer_than(*mine);
}

}  // namespace mailban
