#include "mailban/time/time_zone.h"

#include <algorithm>
#include <cstddef>

namespace mailban {

namespace {

using std::chrono::seconds;

// A file has some hundred changes; nothing larger is one.
constexpr std::uint32_t kMostChanges = 20'000;
constexpr seconds kWidestOffset = std::chrono::hours(26);

// A cursor over the bytes; once they are not enough, it stays failed.
class Bytes {
public:
    explicit Bytes(std::string_view bytes) : left_(bytes) {}

    std::int64_t number(std::size_t size) noexcept
    {
        const auto bytes = text(size);
        if (bytes.empty()) return 0;
        // Two's complement, the sign in the first bit.
        std::uint64_t value = (static_cast<unsigned char>(bytes[0]) & 0x80U) != 0 ? ~0ULL : 0;
        for (const char byte : bytes)
            value = (value << 8U) | static_cast<unsigned char>(byte);
        return static_cast<std::int64_t>(value);
    }
    std::string_view text(std::size_t size) noexcept
    {
        if (left_.size() < size) ok_ = false;
        if (!ok_) return {};
        const auto front = left_.substr(0, size);
        left_.remove_prefix(size);
        return front;
    }
    std::string_view rest() const noexcept { return left_; }
    bool ok() const noexcept { return ok_; }

private:
    std::string_view left_;
    bool ok_ = true;
};

struct Header {
    char version = '\0';
    std::size_t ut_indicators = 0;
    std::size_t standard_indicators = 0;
    std::size_t leaps = 0;
    std::size_t changes = 0;
    std::size_t types = 0;
    std::size_t letters = 0;

    std::size_t body_size(std::size_t time_size) const noexcept
    {
        return changes * (time_size + 1) + types * 6 + letters + leaps * (time_size + 4) +
               standard_indicators + ut_indicators;
    }
};

std::optional<Header> read_header(Bytes& bytes)
{
    if (bytes.text(4) != "TZif") return std::nullopt;
    const auto version = bytes.text(1);
    bytes.text(15);
    const auto count = [&bytes] {
        return static_cast<std::size_t>(static_cast<std::uint32_t>(bytes.number(4)));
    };
    Header header;
    header.ut_indicators = count();
    header.standard_indicators = count();
    header.leaps = count();
    header.changes = count();
    header.types = count();
    header.letters = count();
    const bool is_sane = header.changes <= kMostChanges && header.types > 0 &&
                         header.types <= 256 && header.letters <= kMostChanges &&
                         header.leaps <= kMostChanges && header.standard_indicators <= 256 &&
                         header.ut_indicators <= 256;
    if (!bytes.ok() || !is_sane) return std::nullopt;
    header.version = version.front();
    return header;
}

std::optional<std::vector<seconds>> read_types(std::string_view types, std::size_t count)
{
    std::vector<seconds> offsets;
    Bytes bytes(types);
    for (std::size_t type = 0; type < count; ++type) {
        const seconds offset(bytes.number(4));
        bytes.text(2);
        if (std::chrono::abs(offset) > kWidestOffset) return std::nullopt;
        offsets.push_back(offset);
    }
    return offsets;
}

std::optional<std::vector<Zone::Change>> read_changes(Bytes& bytes, const Header& header,
                                                      std::size_t time_size)
{
    Bytes times(bytes.text(header.changes * time_size));
    const auto indices = bytes.text(header.changes);
    const auto offsets = read_types(bytes.text(header.types * 6), header.types);
    bytes.text(header.letters + header.leaps * (time_size + 4) + header.standard_indicators +
               header.ut_indicators);
    if (!bytes.ok() || !offsets) return std::nullopt;
    // What microseconds can hold; the database begins with the year -2^59 in some files.
    constexpr std::int64_t kFarthest = std::int64_t{1} << 40U;
    std::vector<Zone::Change> changes{{Timestamp(seconds(-kFarthest)), offsets->front()}};
    for (const char index : indices) {
        const auto type = static_cast<unsigned char>(index);
        const Timestamp from(seconds(std::clamp(times.number(time_size), -kFarthest, kFarthest)));
        if (type >= offsets->size() || from < changes.back().from) return std::nullopt;
        changes.push_back({from, (*offsets)[type]});
    }
    return changes;
}

}  // namespace

std::optional<TimeZone> TimeZone::read(std::string_view text)
{
    Bytes bytes(text);
    auto header = read_header(bytes);
    if (!header) return std::nullopt;
    const bool has_footer = header->version >= '2';
    if (has_footer) {
        bytes.text(header->body_size(4));
        header = read_header(bytes);
        if (!header) return std::nullopt;
    }
    // Clocks of POSIX know no leap seconds.
    if (header->leaps > 0) return std::nullopt;
    auto changes = read_changes(bytes, *header, has_footer ? 8 : 4);
    if (!changes) return std::nullopt;
    std::optional<YearlyRule> rule;
    const auto footer = bytes.rest();
    if (has_footer) {
        const auto end = footer.size() > 1 ? footer.find('\n', 1) : std::string_view::npos;
        if (!footer.starts_with('\n') || end == std::string_view::npos) return std::nullopt;
        if (end > 1) rule = parse_tz_rule(footer.substr(1, end - 1));
        if (end > 1 && !rule) return std::nullopt;
    }
    return TimeZone(std::move(*changes), rule);
}

Zone TimeZone::over(Timestamp from, Timestamp until) const
{
    const auto year_of = [](Timestamp at) {
        return std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(at)).year();
    };
    const auto first = year_of(from) - std::chrono::years(1);
    const auto last = year_of(until) + std::chrono::years(1);
    const Timestamp begin = std::chrono::sys_days(first / 1 / 1);
    // The year before the first one tells which offset that begins with.
    const auto before = first - std::chrono::years(1);
    std::vector<Zone::Change> changes = changes_;
    if (changes.empty())
        changes.push_back({std::chrono::sys_days(before / 1 / 1), rule_->standard});
    const auto known_until = changes.back().from;
    for (auto year = before; rule_ && year <= last; ++year) {
        for (const auto& change : rule_->changes_in(year))
            if (change.from > known_until) changes.push_back(change);
    }
    const auto is_later = [](Timestamp at, const Zone::Change& change) { return at < change.from; };
    const auto kept = std::upper_bound(changes.begin() + 1, changes.end(), begin, is_later) - 1;
    changes.erase(changes.begin(), kept);
    return Zone(std::move(changes));
}

}  // namespace mailban
