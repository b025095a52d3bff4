// Addresses, prefixes and stamps out of any text: what is accepted prints and reads back the same.
#include "mailban/net/prefix.h"
#include "mailban/time/log_stamp.h"

#include <cstdlib>

namespace {

void demand(bool condition)
{
    if (!condition) std::abort();
}

void check_stamp(const std::optional<mailban::LogStamp>& stamp, std::string_view text)
{
    if (stamp) demand(stamp->length > 0 && stamp->length <= text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto address = mailban::IpAddress::parse(text))
        demand(mailban::IpAddress::parse(address->to_string()) == address);
    if (const auto prefix = mailban::Prefix::parse(text)) {
        demand(mailban::Prefix::parse(prefix->to_string()) == prefix);
        demand(prefix->contains(prefix->base()));
    }
    const mailban::Timestamp now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
    const mailban::Zone zone = mailban::Zone::fixed(std::chrono::hours(1));
    check_stamp(mailban::read_plain_stamp(text, zone, now), text);
    check_stamp(mailban::read_iso_stamp(text, zone, now), text);
    check_stamp(mailban::read_syslog_stamp(text, zone, now), text);
    check_stamp(mailban::read_bracketed_stamp(text, zone, now), text);
    check_stamp(mailban::read_weekday_stamp(text, zone, now), text);
    check_stamp(mailban::read_unix_stamp(text), text);
    check_stamp(mailban::read_tai64n_stamp(text, now), text);
    return 0;
}
