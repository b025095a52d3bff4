#include "mailban/parse/aftermath.h"

#include <algorithm>

namespace mailban {

bool Aftermath::is_believed(const std::optional<IpAddress>& client, std::size_t length,
                            Timestamp read_at)
{
    const auto is_over = [&](Record& record) {
        return record.left == 0 || read_at > record.read_at + kBreath;
    };
    records_.erase(std::remove_if(records_.begin(), records_.end(), is_over), records_.end());
    const auto is_its = [&](const Record& record) { return record.client == client; };
    const bool is_alone = std::all_of(records_.begin(), records_.end(), is_its);
    for (Record& record : records_)
        record.left -= std::min(record.left, length);
    records_.erase(std::remove_if(records_.begin(), records_.end(), is_its), records_.end());
    if (records_.size() == kMostRecords) records_.erase(records_.begin());
    records_.push_back({client, longest_ - std::min(longest_, length), read_at});
    return is_alone && client.has_value();
}

}  // namespace mailban
