#include "mailban/rotation/followed.h"

#include "mailban/rotation/fingerprint.h"

#include <algorithm>

namespace mailban {

namespace {

using std::chrono::milliseconds;

// Something that cannot be done now is tried again after the first pause, then after twice as long,
// up to the last: soon while files are being renamed, less often where all descriptors are in use.
constexpr milliseconds kShortestPause(2);
constexpr milliseconds kLongestPause(100);
constexpr milliseconds kLongestPauseOfAProblem(1000);
constexpr milliseconds kSoonestLook(1);

// A file that has not grown for long is looked at less often: each time after a twentieth of that.
constexpr int kIdleParts = 20;
constexpr milliseconds kSeldomestLook = std::chrono::minutes(1);

// Beyond this number files that were read to their end are closed, quiet or not: a log that is
// rotated in a burst must not use up all descriptors.
constexpr std::size_t kMaxFiles = 16;

}  // namespace

LogPosition position_of(const std::vector<FollowedFile>& files)
{
    LogPosition position;
    const auto is_stored = [&](const FilePosition& before) {
        return std::ranges::any_of(position.files, [&](const FilePosition& stored) {
            return stored.inode == before.inode && stored.device == before.device &&
                   stored.fingerprint == before.fingerprint;
        });
    };
    for (std::size_t index = 0; index < files.size(); ++index) {
        const auto& [reached, noted, search] = files[index];
        // The file before it may have grown since that was noted.
        const bool is_after_open = index > 0 && search == SearchBefore::none;
        const auto before = is_after_open ? anchor_before(files, index) : noted;
        const bool is_needed = search != SearchBefore::none || !reached.has_fingerprint();
        if (before && is_needed && !is_stored(*before)) position.files.push_back(*before);
        position.files.push_back(reached);
    }
    return position;
}

std::optional<FilePosition> anchor_before(const std::vector<FollowedFile>& files, std::size_t index)
{
    std::optional<FilePosition> nearest;
    while (index-- > 0) {
        const auto& [reached, before, search] = files[index];
        if (reached.has_fingerprint()) return reached;
        if (!nearest) nearest = reached;
        if (before) return before;
    }
    return nearest;
}

bool is_finished(const OldestFile& oldest, const FollowedLog& log, const TailOptions& options)
{
    if (oldest.is_archive) return oldest.is_used_up && !log.is_successor_awaited;
    if (oldest.is_unread) return false;
    return log.files > kMaxFiles || oldest.idle >= options.patience ||
           (log.is_newest_in_use && oldest.idle >= options.quiet);
}

milliseconds time_to_next_look(const LookFacts& facts, const TailOptions& options)
{
    if (facts.is_put_off) {
        const auto longest = facts.has_problem ? kLongestPauseOfAProblem : kLongestPause;
        return std::clamp(2 * facts.last_pause, kShortestPause, longest);
    }
    // It may appear any moment, and not every file system reports it.
    if (facts.files == 0 || facts.is_absent) return options.look_again;
    if (facts.files == 1) {
        return std::clamp(facts.since_written / kIdleParts, options.look_again,
                          std::max(options.look_again, kSeldomestLook));
    }
    // After `quiet` the oldest waits for the newest to grow, which is a wake-up of its own.
    const auto idle = facts.since_oldest_grew;
    const auto rest = (idle < options.quiet ? options.quiet : options.patience) - idle;
    if (rest <= milliseconds(0)) return std::max(kSoonestLook, options.look_again);
    return std::max(kSoonestLook, std::min(options.look_again, rest));
}

NewcomerRole role_of(const Newcomer& newcomer)
{
    if (newcomer.is_newest) return NewcomerRole::known;
    if (!newcomer.is_open) return NewcomerRole::next;
    // An open file without the name was found before, in its order.
    return newcomer.has_log_name ? NewcomerRole::returned : NewcomerRole::known;
}

bool is_replacement(const FilePosition& reached, std::uint64_t links_of_old)
{
    if (!reached.has_fingerprint()) return false;
    return links_of_old == 0 || reached.fingerprint_length == kHeadSize;
}

}  // namespace mailban
