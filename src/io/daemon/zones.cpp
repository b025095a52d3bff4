#include "io/daemon/zones.h"

#include "io/daemon/system.h"
#include "io/source/descriptor.h"
#include "mailban/time/time_zone.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace mailban::io {

namespace {

constexpr const char* kDatabase = "/usr/share/zoneinfo";
constexpr const char* kLocalTime = "/etc/localtime";
constexpr std::size_t kLargestFile = std::size_t{256} * 1024;
constexpr auto kYearsBefore = std::chrono::days(5 * 366);
constexpr auto kYearsBehind = std::chrono::days(366);

std::optional<std::string> read_file(const std::string& path)
{
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    struct ::stat st = {};
    if (!file.is_open() || ::fstat(file.get(), &st) != 0 || !S_ISREG(st.st_mode))
        return std::nullopt;
    std::string bytes(kLargestFile, '\0');
    std::size_t size = 0;
    for (ssize_t count = 1; size < bytes.size() && count > 0;
         size += static_cast<std::size_t>(count)) {
        do {
            count = ::read(file.get(), bytes.data() + size, bytes.size() - size);
        } while (count < 0 && errno == EINTR);
        if (count < 0) return std::nullopt;
    }
    bytes.resize(size);
    return bytes;
}

std::optional<TimeZone> read_zone(const std::string& path)
{
    const auto bytes = read_file(path);
    return bytes ? TimeZone::read(*bytes) : std::nullopt;
}

std::string database()
{
    const char* const directory = std::getenv("TZDIR");
    return directory != nullptr && *directory == '/' ? directory : kDatabase;
}

std::optional<TimeZone> find_zone(const std::string& name)
{
    return is_zone_name(name) ? read_zone(database() + "/" + name) : std::nullopt;
}

// What TZ says, in each form that the C library takes.
std::optional<TimeZone> zone_of_environment(std::string_view text)
{
    if (text.starts_with(':')) text.remove_prefix(1);
    if (text.starts_with('/')) return read_zone(std::string(text));
    if (auto zone = find_zone(std::string(text))) return zone;
    if (const auto rule = parse_tz_rule(text)) return TimeZone(*rule);
    return std::nullopt;
}

}  // namespace

Zone local_zone(Timestamp now)
{
    const char* const environment = std::getenv("TZ");
    const auto zone =
        environment != nullptr ? zone_of_environment(environment) : read_zone(kLocalTime);
    return zone ? zone->over(now - kYearsBefore, now + kYearsBehind) : Zone();
}

Result<Zone> zone_named(const std::string& name, Timestamp now)
{
    if (const auto offset = parse_utc_offset(name)) return Zone::fixed(*offset);
    if (const auto zone = find_zone(name))
        return zone->over(now - kYearsBefore, now + kYearsBehind);
    return Error{"no time zone '" + name + "' in " + database() +
                 "; expected one such as Europe/Berlin (from the package tzdata), UTC or +01:00"};
}

Zone zone_of(const SourceConfig& source, Timestamp now)
{
    if (source.zone.empty()) return local_zone(now);
    // That the machine knows it was found out when the configuration was read.
    auto zone = zone_named(source.zone, now);
    return zone ? std::move(*zone) : local_zone(now);
}

std::vector<ConfigError> unknown_zones(const Config& config, const std::string& file)
{
    std::vector<ConfigError> errors;
    for (const auto& source : config.sources) {
        if (source.zone.empty()) continue;
        const auto zone = zone_named(source.zone, system_now());
        if (zone) continue;
        const auto& [line, column] = source.zone_place;
        errors.push_back({file, line, column, zone.error().message});
    }
    return errors;
}

}  // namespace mailban::io
