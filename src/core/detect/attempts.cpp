#include "mailban/detect/attempts.h"

#include <algorithm>

namespace mailban {

std::vector<Attempts> split_attempts(const Event& event, std::uint32_t fresh)
{
    const bool is_summary =
        event.kind == EventKind::auth_failure && event.reporter == Reporter::summary;
    if (!is_summary || !event.account || fresh == 0) return {{event, fresh}};
    const std::uint32_t named = event.account->empty() ? 0 : 1;
    std::vector<Attempts> parts;
    if (fresh > named) {
        parts.push_back({event, fresh - named});
        parts.back().event.account.reset();
    }
    if (named > 0) parts.push_back({event, named});
    return parts;
}

}  // namespace mailban
