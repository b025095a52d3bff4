#include "mailban/firewall/plan.h"

namespace mailban {

bool differ(Until left, Until right, Duration tolerance)
{
    if (!left || !right) return left.has_value() != right.has_value();
    return std::chrono::abs(*left - *right) > tolerance;
}

std::string PortSet::list() const
{
    std::string text;
    for (const auto port : ports) {
        if (!text.empty()) text += ',';
        text += std::to_string(port);
    }
    return text;
}

}  // namespace mailban
