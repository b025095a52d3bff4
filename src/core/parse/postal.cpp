#include "mailban/parse/postal.h"

#include "mailban/envelope/program_header.h"
#include "mailban/scan.h"

#include <algorithm>

#include "address_text.h"
#include "own_stamp.h"

namespace mailban {

namespace {

void skip_blanks(std::string_view& text) noexcept
{
    skip_colours(text);
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ')));
    skip_colours(text);
}

// "WARN  ", "WARN -- : [AB12CD]    WARN: ", in colours or not
void skip_front(std::string_view& text) noexcept
{
    skip_colours(text);
    take(text, "WARN");
    take(text, "DEBUG");
    skip_blanks(text);
    take(text, "-- : ");
    if (take(text, "[")) {
        take_until(text, ']');
        take(text, "]");
    }
    skip_blanks(text);
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ')));
    take(text, "WARN: ");
}

// "", " trace_id=AB12 component=smtp-server"
bool is_end(std::string_view text) noexcept
{
    skip_colours(text);
    if (text.empty()) return true;
    if (!take(text, " ")) return false;
    const auto tag = take_until(text, '=');
    return text.starts_with('=') &&
           tag.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
}

}  // namespace

bool PostalParser::may_matter(const LineHeader& header) noexcept
{
    return header.message.find(" failure for ") != std::string_view::npos;
}

std::optional<Event> PostalParser::read(const LogMessage& message)
{
    auto text = without_own_stamp(message.text);
    skip_front(text);
    if (!take(text, "Authentication failure for ") && !take(text, "AUTH failure for "))
        return std::nullopt;
    const auto ip = take_address(text);
    if (!ip || !is_end(text)) return std::nullopt;
    Event event;
    event.ip = *ip;
    event.service = Service::smtp;
    return event;
}

}  // namespace mailban
