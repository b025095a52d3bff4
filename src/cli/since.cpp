#include "cli/since.h"

#include "io/daemon/system.h"
#include "io/daemon/zones.h"
#include "mailban/time/log_stamp.h"

namespace mailban::cli {

std::optional<Timestamp> parse_since(const std::string& text, Timestamp now)
{
    if (const auto age = parse_duration(text)) return now - *age;
    const std::string stamp = text.size() == 10 ? text + "T00:00:00" : text;
    const auto read = read_iso_stamp(stamp, io::local_zone(now), now);
    if (!read || read->length != stamp.size()) return std::nullopt;
    return read->time;
}

}  // namespace mailban::cli
