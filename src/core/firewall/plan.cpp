#include "mailban/firewall/plan.h"

namespace mailban {

bool differ(Until left, Until right, Duration tolerance)
{
    if (!left || !right) return left.has_value() != right.has_value();
    return std::chrono::abs(*left - *right) > tolerance;
}

}  // namespace mailban
