// What a PHP program hands to error_log(), wherever that goes.
#pragma once

#include <string_view>

namespace mailban {

// Takes off what PHP-FPM puts around it: "PHP message: ", "NOTICE: PHP message: ", and
// `WARNING: [pool www] child 42 said into stderr: "NOTICE: PHP message: …"`.
std::string_view php_message_in(std::string_view text) noexcept;

}  // namespace mailban
