#include "mailban/detect/attempts.h"

namespace mailban {

std::uint32_t named_attempts(const Event& event, std::uint32_t fresh) noexcept
{
    const bool is_summary =
        event.kind == EventKind::auth_failure && event.reporter == Reporter::summary;
    if (!is_summary || !event.account || fresh == 0) return fresh;
    return event.account->empty() ? 0 : 1;
}

}  // namespace mailban
