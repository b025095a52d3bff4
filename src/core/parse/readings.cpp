#include "mailban/parse/readings.h"

namespace mailban {

void Readings::add(const IpAddress& ip, std::optional<std::string_view> account)
{
    if (++count_ == 1) {
        ip_ = ip;
        account_ = account;
        return;
    }
    if (ip != ip_ || count_ > kMost) hopeless_ = true;
    if (account != account_) account_.reset();
}

std::optional<IpAddress> Readings::ip() const
{
    if (count_ == 0 || hopeless_) return std::nullopt;
    return ip_;
}

std::optional<std::string> Readings::account() const
{
    if (!ip() || !account_) return std::nullopt;
    return std::string(*account_);
}

}  // namespace mailban
