#include "mailban/parse/line_time.h"

#include "mailban/parse/line_header.h"
#include "mailban/time/log_stamp.h"

namespace mailban {

std::optional<Timestamp> line_time(std::string_view line, const Zone& zone, Timestamp now)
{
    if (const auto header = read_line_header(line)) return header_time(*header, zone, now);
    const auto stamp = read_exim_stamp(line, zone);
    if (!stamp) return std::nullopt;
    return stamp->time;
}

}  // namespace mailban
