#include "mailban/detect/rule.h"

namespace mailban {

std::string limit_text(const Rule& rule, std::uint32_t limit)
{
    std::string text = std::to_string(limit);
    if (!rule.weights.are_equal()) text += " points";
    if (rule.distinct != Distinct::none) text.append(" ").append(kCountedNames.of(rule.distinct));
    return text + " within " + format_duration(rule.within);
}

}  // namespace mailban
