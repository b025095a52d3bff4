// LineCallback: whoever lines are handed to. The view is good until the callback returns.
#pragma once

#include <functional>
#include <string_view>

namespace mailban::io {

using LineCallback = std::function<void(std::string_view line)>;

}  // namespace mailban::io
