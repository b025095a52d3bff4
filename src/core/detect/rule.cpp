#include "mailban/detect/rule.h"

namespace mailban {

std::string limit_text(const Rule& rule)
{
    std::string text = std::to_string(rule.limit);
    if (!rule.weights.are_equal()) text += " points";
    if (rule.distinct == Distinct::account) text += " accounts";
    if (rule.distinct == Distinct::address) text += " addresses";
    if (rule.distinct == Distinct::password) text += " passwords";
    return text + " within " + format_duration(rule.within);
}

}  // namespace mailban
