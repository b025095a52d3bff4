// The fields of a header behind its stamp. Each helper eats what it recognises.
#pragma once

#include "mailban/envelope/line_header.h"
#include "mailban/time/log_stamp.h"

#include <string_view>

namespace mailban {

// "<38>"
bool take_priority(std::string_view& text) noexcept;
// "prog[pid]: " or "prog: ". The program's name holds none of the characters that end it.
bool take_tag(std::string_view& text, LineHeader& header) noexcept;
// "host prog[pid]: ", "prog[pid]: ", with a level in its place, metalog's "[prog] ". False: the
// text is something else; `header` may have changed.
bool take_host_and_tag(std::string_view text, LineHeader& header) noexcept;
// "HOST APP PID MSGID [data] " of RFC 5424, whose stamp has been taken.
bool take_rfc5424_fields(std::string_view text, LineHeader& header) noexcept;
// "host prog[pid]: " behind a stamp of journalctl, whose program may be a unit's name.
bool take_journalctl_fields(std::string_view text, LineHeader& header) noexcept;

// The stamp that the header begins with. nullopt: it has none, or it is no time.
std::optional<LogStamp> header_stamp(const LineHeader& header, const Zone& zone, Timestamp now);

}  // namespace mailban
