#include "mailban/smtp/meaning.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace mailban {

namespace {

constexpr std::array<std::string_view, 8> kSubjects{
    "nothing in particular", "addresses",    "the mailbox", "the mail system",
    "network and routing",   "the protocol", "the content", "security and policy"};

const EnhancedStatusMeaning* find(std::span<const EnhancedStatusMeaning> meanings,
                                  const EnhancedStatus& status) noexcept
{
    const auto wanted = std::tuple(status.subject, status.detail);
    const auto found = std::lower_bound(meanings.begin(), meanings.end(), wanted,
                                        [](const auto& entry, const auto& key) {
                                            return std::tuple(entry.subject, entry.detail) < key;
                                        });
    if (found == meanings.end() || std::tuple(found->subject, found->detail) != wanted)
        return nullptr;
    return &*found;
}

}  // namespace

const EnhancedStatusMeaning* meaning_of(const EnhancedStatus& status) noexcept
{
    const auto* const found = find(delivery_meanings(), status);
    return found != nullptr ? found : find(policy_meanings(), status);
}

bool is_foreseen(const EnhancedStatusMeaning& meaning, const EnhancedStatus& status) noexcept
{
    switch (meaning.use) {
    case StatusUse::any: return true;
    case StatusUse::success: return status.status_class == 2;
    case StatusUse::temporary: return status.status_class == 4;
    case StatusUse::permanent: return status.status_class == 5;
    case StatusUse::failure: return status.status_class != 2;
    }
    return false;
}

std::string_view subject_name(std::uint16_t subject) noexcept
{
    return subject < kSubjects.size() ? kSubjects[subject] : std::string_view();
}

}  // namespace mailban
