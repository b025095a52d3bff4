// Messages that are nothing, told by how they begin: no event comes of them, and no parser keeps
// anything of them. False means no more than that these functions do not know.
#pragma once

#include <string_view>

namespace mailban {

// "1xVcXL-00008W-2H ", "1xVd7j-0000000008G-3uoV ": Exim's name of a message.
bool begins_with_queue_id(std::string_view message) noexcept;

// Of Exim's own log, in which no line is cut and no line has a pid in front of it.
bool is_idle_in_exim_log(std::string_view message) noexcept;
// Of Exim through syslog, where any message that may matter ends what its process has begun.
bool is_idle_exim_message(std::string_view message) noexcept;
bool is_idle_smtpd_message(std::string_view message) noexcept;
bool is_idle_postscreen_message(std::string_view message) noexcept;
bool is_idle_dovecot_message(std::string_view message) noexcept;

}  // namespace mailban
