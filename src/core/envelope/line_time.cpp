#include "mailban/envelope/line_time.h"

#include "mailban/envelope/line_header.h"

namespace mailban {

std::optional<Timestamp> line_time(std::string_view line, const Zone& zone, Timestamp now)
{
    const auto header = read_line_header(line);
    if (!header) return std::nullopt;
    return header_time(*header, zone, now);
}

}  // namespace mailban
