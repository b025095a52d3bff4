#include "mailban/envelope/line_time.h"

#include "mailban/envelope/unwrapper.h"

namespace mailban {

std::optional<Timestamp> line_time(std::string_view line, const Zone& zone, Timestamp now)
{
    Unwrapper unwrapper([](const LineHeader&) noexcept { return true; });
    const auto& envelope = unwrapper.open(line, {zone, now});
    if (envelope.header) return header_time(*envelope.header, zone, now);
    return envelope.layers.empty() ? std::nullopt : envelope.layers.begin()->time;
}

}  // namespace mailban
