#include "mailban/detect/attempts.h"

namespace mailban {

std::uint32_t named_attempts(const Event& event, std::uint32_t fresh) noexcept
{
    const bool is_summary =
        event.kind == EventKind::auth_failure && event.reporter == Reporter::summary;
    if (!is_summary || !event.account || fresh == 0) return fresh;
    return event.account->empty() ? 0 : 1;
}

std::vector<Attempts> split_attempts(const Event& event, std::uint32_t fresh)
{
    const std::uint32_t named = named_attempts(event, fresh);
    if (named == fresh) return {{event, fresh}};
    std::vector<Attempts> parts;
    if (fresh > named) {
        parts.push_back({event, fresh - named});
        parts.back().event.account.reset();
    }
    if (named > 0) parts.push_back({event, named});
    return parts;
}

}  // namespace mailban
