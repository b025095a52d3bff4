// JSON as programs and administrators get it: one line of printable ASCII (RFC 8259, section 7), so
// that text of strangers in it steers no terminal. What is not UTF-8 is U+FFFD.
#pragma once

#include <string>

namespace mailban {

// Of nlohmann::json, ordered or not.
template <class Json>
std::string ascii_json(const Json& value)
{
    return value.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace mailban
