// What the two halves of Courier print: those that read mail, and the one that takes it.
#pragma once

#include "mailban/parse/event.h"

#include <optional>
#include <string_view>

namespace mailban {

// `error,relay=192.0.2.7,port=4711,…`, behind "error,relay="
std::optional<Event> read_courier_esmtpd(std::string_view text);

}  // namespace mailban
