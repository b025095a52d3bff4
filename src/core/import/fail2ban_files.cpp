// In which order fail2ban reads its files, and how it writes times.
#include "mailban/characters.h"
#include "mailban/import/fail2ban.h"
#include "mailban/import/ini.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace mailban {

namespace {

constexpr std::size_t kMostIncluded = 1000;
constexpr std::size_t kDeepestInclude = 20;

std::string folder_of(const std::string& path)
{
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
}

// "paths-debian.conf" has "paths-debian.local" beside it.
std::string local_of(const std::string& path)
{
    const auto dot = path.rfind('.');
    const auto slash = path.rfind('/');
    const bool has_ending = dot != std::string::npos && (slash == std::string::npos || dot > slash);
    return (has_ending ? path.substr(0, dot) : path) + ".local";
}

class ReadingOrder {
public:
    ReadingOrder(const Fail2banFiles& files, std::vector<std::string>& absent)
        : files_(files), absent_(absent)
    {
    }

    void add_all(const std::vector<std::string>& names)
    {
        std::vector<std::string> all;
        for (const auto& name : names) {
            all.push_back(name);
            const auto local = local_of(name);
            const bool is_listed = std::find(names.begin(), names.end(), local) != names.end();
            if (!is_listed && files_.contains(local)) all.push_back(local);
        }
        for (const auto& name : all)
            add(name);
    }

    std::vector<std::string> order{};

private:
    void add(const std::string& name)
    {
        const auto file = files_.find(name);
        if (file == files_.end()) {
            if (std::find(absent_.begin(), absent_.end(), name) == absent_.end())
                absent_.push_back(name);
            return;
        }
        if (is_open(name) || open_.size() >= kDeepestInclude || order.size() >= kMostIncluded)
            return;
        open_.push_back(name);
        const auto sections = parse_ini(file->second);
        include(sections, "before", name);
        order.push_back(name);
        include(sections, "after", name);
        open_.pop_back();
    }

    bool is_open(const std::string& name) const
    {
        return std::find(open_.begin(), open_.end(), name) != open_.end();
    }

    void include(const IniSections& sections, std::string_view option, const std::string& from)
    {
        const auto includes = sections.find("INCLUDES");
        if (includes == sections.end()) return;
        const auto named = includes->second.find(option);
        if (named == includes->second.end()) return;
        std::vector<std::string> names;
        std::string_view rest = named->second;
        while (!rest.empty()) {
            const auto end = std::min(rest.find('\n'), rest.size());
            const auto name = trimmed(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (name.empty()) continue;
            const bool is_absolute = name.front() == '/';
            const auto path = (is_absolute ? "" : folder_of(from)) + std::string(name);
            // "after = paths-overrides.local" is shipped, and the file is not.
            const bool is_known = files_.contains(path) || !path.ends_with(".local");
            if (is_known && !is_open(path)) names.push_back(path);
        }
        add_all(names);
    }

    const Fail2banFiles& files_;
    std::vector<std::string>& absent_;
    std::vector<std::string> open_{};
};

struct TimeUnit {
    std::string_view name{};  // the longest; the shortest has `least` letters of it
    std::size_t least = 1;
    double seconds = 1;
};
constexpr double kDaySeconds = 86400;
constexpr double kYearSeconds = (365 * 3 + 366) * kDaySeconds / 4;
constexpr std::array<TimeUnit, 7> kTimeUnits{{
    {"seconds", 1, 1},
    {"minutes", 1, 60},
    {"hours", 1, 3600},
    {"days", 1, kDaySeconds},
    {"weeks", 1, 7 * kDaySeconds},
    {"months", 2, kYearSeconds / 12},
    {"years", 1, kYearSeconds},
}};

// "d", "da", "dd", "day", "days"; "mo" is a month, "m" and "mm" are minutes.
std::optional<double> unit_named(const std::string& name)
{
    for (const auto& unit : kTimeUnits) {
        const bool is_start = name.size() >= unit.least && unit.name.starts_with(name);
        const bool is_double = name.size() == 2 && unit.least == 1 && name[0] == unit.name[0] &&
                               name[1] == unit.name[0];
        const bool is_month = unit.least == 1 && name.starts_with("mo");
        if ((is_start || is_double) && !is_month) return unit.seconds;
    }
    return std::nullopt;
}

// A sum of products of numbers with units: "1h 30m", "2*24h", "1year-6mo".
class TimeReader {
public:
    explicit TimeReader(std::string_view text) : text_(text) {}

    std::optional<double> read()
    {
        double sum = 0;
        bool is_first = true;
        while (!skip_blanks().empty()) {
            const double sign = take_sign();
            if (skip_blanks().empty()) return std::nullopt;
            const auto part = read_product();
            if (!part) return std::nullopt;
            sum += sign * *part;
            is_first = false;
        }
        if (is_first || !std::isfinite(sum)) return std::nullopt;
        return sum;
    }

private:
    std::string_view skip_blanks()
    {
        while (!text_.empty() && contains(" \t\n", text_.substr(0, 1)))
            text_.remove_prefix(1);
        return text_;
    }

    double take_sign()
    {
        if (text_.front() != '+' && text_.front() != '-') return 1;
        const double sign = text_.front() == '-' ? -1 : 1;
        text_.remove_prefix(1);
        return sign;
    }

    std::optional<double> read_product()
    {
        auto product = read_factor();
        while (product && skip_blanks().starts_with('*')) {
            text_.remove_prefix(1);
            skip_blanks();
            const auto factor = read_factor();
            if (!factor) return std::nullopt;
            *product *= *factor;
        }
        return product;
    }

    std::optional<double> read_factor()
    {
        const auto digits = kDigits.with(".").prefix_of(text_);
        double value = 0;
        const auto [end, error] = std::from_chars(text_.data(), text_.data() + digits, value);
        if (error != std::errc() || end != text_.data() + digits) return std::nullopt;
        text_.remove_prefix(digits);
        const auto rest = skip_blanks();
        const auto letters = kLetters.prefix_of(rest);
        if (letters == 0) return value;
        const auto unit = unit_named(lower_case(rest.substr(0, letters)));
        if (!unit) return std::nullopt;
        text_.remove_prefix(letters);
        return value * *unit;
    }

    std::string_view text_;
};

}  // namespace

std::vector<std::string> reading_order(const Fail2banFiles& files, const std::string& name,
                                       std::vector<std::string>& absent)
{
    std::vector<std::string> names;
    const auto add_file = [&](const std::string& path) {
        if (files.contains(path)) names.push_back(path);
    };
    const auto add_folder = [&](std::string_view ending) {
        const auto folder = name + ".d/";
        for (auto file = files.lower_bound(folder);
             file != files.end() && file->first.starts_with(folder); ++file) {
            const bool is_direct = file->first.find('/', folder.size()) == std::string::npos;
            // glob() leaves out what begins with a dot.
            if (is_direct && file->first[folder.size()] != '.' && file->first.ends_with(ending))
                names.push_back(file->first);
        }
    };
    add_file(name + ".conf");
    add_folder(".conf");
    add_file(name + ".local");
    add_folder(".local");
    ReadingOrder order(files, absent);
    order.add_all(names);
    return std::move(order.order);
}

std::optional<double> fail2ban_seconds(std::string_view text)
{
    return TimeReader(text).read();
}

}  // namespace mailban
