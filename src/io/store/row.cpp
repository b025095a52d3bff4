#include "io/store/row.h"

namespace mailban::io {

std::optional<Ban> read_ban(const Statement& row)
{
    const auto prefix = Prefix::parse(row.text(0));
    Ban ban;
    ban.since = row.time(1);
    ban.until = row.until(2);
    if (!prefix || !is_sane(ban.since) || (ban.until && !is_sane(*ban.until)) ||
        !is_one_of(row.integer(3), kLastBanOrigin)) {
        return std::nullopt;
    }
    ban.prefix = *prefix;
    ban.origin = static_cast<BanOrigin>(row.integer(3));
    ban.rule = row.text(4);
    ban.reason = row.text(5);
    ban.count = static_cast<std::uint32_t>(row.integer(6));
    ban.level = static_cast<std::uint32_t>(row.integer(7));
    if (const auto ports = row.optional_text(8)) {
        ban.ports = PortSet::parse(*ports);
        if (!ban.ports) return std::nullopt;
    }
    if (!is_one_of(row.integer(9), kLastBanPlace)) return std::nullopt;
    ban.where = static_cast<BanPlace>(row.integer(9));
    return ban;
}

}  // namespace mailban::io
