#include "io/store/row.h"

namespace mailban::io {

std::optional<StoredEvent> read_event(const Statement& row)
{
    const auto ip = IpAddress::parse(row.text(2));
    if (!ip || !is_sane(row.time(0)) || !is_one_of(row.integer(1), EventKind::abuse) ||
        !is_one_of(row.integer(4), kLastServer) ||
        !is_one_of(row.integer(5), Service::submission) ||
        !is_one_of(row.integer(13), Teller::module)) {
        return std::nullopt;
    }
    StoredEvent stored;
    Event& event = stored.event;
    event.time = row.time(0);
    event.kind = static_cast<EventKind>(row.integer(1));
    event.ip = *ip;
    event.account = row.optional_text(3);
    event.server = static_cast<MailServer>(row.integer(4));
    event.service = static_cast<Service>(row.integer(5));
    if (const auto reply = row.optional_text(6)) event.reply = ReplyCode::parse(*reply);
    if (const auto enhanced = row.optional_text(7))
        event.enhanced = EnhancedStatus::parse(*enhanced);
    event.attempts = static_cast<std::uint32_t>(row.integer(8));
    if (const auto port = row.optional_integer(9)) {
        event.client_port = static_cast<std::uint16_t>(*port);
    }
    if (const auto pid = row.optional_integer(10)) event.pid = static_cast<std::uint32_t>(*pid);
    stored.source = row.text(11);
    stored.counted = static_cast<std::uint32_t>(row.integer(12));
    event.teller = static_cast<Teller>(row.integer(13));
    event.may_be_doubled = row.integer(14) != 0;
    event.session = row.optional_text(15);
    if (const auto lasted = row.optional_integer(16)) event.lasted = Duration(*lasted);
    if (const auto password = row.optional_integer(17))
        event.password = static_cast<PasswordMark>(*password);
    event.unanswered = row.integer(18) != 0;
    return stored;
}

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
    return ban;
}

}  // namespace mailban::io
