// FileTail: which files there are.
#include "io/source/file_tail.h"
#include "io/source/rotation.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace mailban::io {

namespace {

namespace fs = std::filesystem;

// Local time repeats an hour each autumn, and several processes write one log.
constexpr Duration kStampSlack = std::chrono::hours(1);

// How often in a row it is looked again because something has changed.
constexpr int kMaxLooks = 8;

std::optional<LogStat> stat_of(const std::string& path)
{
    struct ::stat st = {};
    if (::stat(path.c_str(), &st) != 0) {
        // A name that cannot be looked up may well exist.
        if (errno != ENOENT && errno != ENOTDIR) return LogStat{};
        return std::nullopt;
    }
    return LogStat{st.st_dev, st.st_ino, static_cast<std::uint64_t>(st.st_size)};
}

// The deepest directory above `path` that exists, and its entry on the way to `path`.
Watcher::Bell::Directory nearest_directory(const fs::path& path)
{
    fs::path entry = path;
    std::error_code ec;
    while (entry.has_parent_path() && entry.parent_path() != entry) {
        if (fs::is_directory(entry.parent_path(), ec)) {
            return {entry.parent_path().string(), entry.filename().string(), nullptr};
        }
        entry = entry.parent_path();
    }
    return {".", entry.string(), nullptr};
}

// Where names are watched; what happens in the directory of the log itself is told to `history`.
std::vector<Watcher::Bell::Directory> directories_of(const std::string& path, NameHistory& history)
{
    std::vector<Watcher::Bell::Directory> directories{nearest_directory(path)};
    const LogDirectory target(path);
    Watcher::Bell::Directory real{target.path(), target.log_name(), nullptr};
    std::error_code ec;
    const bool is_same = fs::equivalent(real.path, directories.front().path, ec);
    if (ec) {
        history.deafen();
        return directories;
    }
    if (!is_same || real.entry != directories.front().entry) directories.push_back(std::move(real));
    directories.back().history = &history;
    return directories;
}

}  // namespace

void FileTail::look()
{
    is_put_off_ = false;
    // Watched first, looked at second: what happens in between is told.
    for (int looks = 0;; ++looks) {
        watch();
        if (!look_at_names()) break;
        if (looks < kMaxLooks) continue;
        is_put_off_ = true;
        break;
    }
    if (is_absent_ || !files_.empty()) is_new_ = false;
    if (!is_put_off_) is_just_resumed_ = false;
}

void FileTail::watch()
{
    std::vector<int> files;
    for (const auto& followed : files_)
        files.push_back(followed.file.fd());
    bell_.watch(directories_of(path_, succession_.history()), files);
}

// True if that changed the files that are open.
bool FileTail::look_at_names()
{
    const LogDirectory directory(path_);
    NameHistory& history = succession_.history();
    // A symbolic link leads elsewhere now.
    if (history.is_whole() && history.log_name() != directory.log_name()) history.lose();
    const auto before = status_.rotations + files_.size();
    if (!history.is_whole()) {
        history.begin(directory.log_name());
        // It is not whole where the kernel tells nothing.
        if (!(history.is_whole() ? settle(directory) : open_named(directory))) {
            history.lose();
            return false;
        }
    }
    const bool is_settled = !history.is_whole() || take_heirs(directory);
    const bool is_changed = status_.rotations + files_.size() != before;
    if (is_changed) tell_progress();
    look_at_state(directory);
    return is_settled && is_changed;
}

// Finds what was missed while nothing was told. False: not now.
bool FileTail::settle(const LogDirectory& directory)
{
    if (!is_resumed_) return resume(directory);
    if (files_.empty()) return true;
    const auto named = stat_of(path_);
    if (named && files_.back().file.is(*named)) return true;
    auto trail = find_trail(directory, files_.back().file.position());
    if (!trail) return false;
    status_.rotations += insert_newer(files_.size(), std::move(trail->newer), nullptr);
    return true;
}

// Opens what an earlier run had not finished, and what was rotated away since. False: not now.
bool FileTail::resume(const LogDirectory& directory)
{
    Resumed resumed;
    for (std::size_t at = 0; at < start_.position->files.size(); ++at) {
        if (!resume_one(directory, at, resumed)) return false;
    }
    drop_strangers(directory, resumed);
    for (auto& followed : resumed.files) {
        if (!is_open(followed.file.stat())) files_.push_back(std::move(followed));
    }
    for (; resumed.missed > 0; --resumed.missed) {
        note_vanished("an earlier file of " + path_ +
                      " is gone before it was certainly read to its end" +
                      (resumed.may_be_compressed ? "; a compressed file could not be read" : ""));
    }
    auto named = LogFile::open(path_);
    insert_newer(files_.size(), std::move(resumed.newer), named.file ? &*named.file : nullptr);
    is_resumed_ = true;
    is_just_resumed_ = resumed.is_certain;
    return true;
}

// Of a file that was empty there is only a number. Is what has it now certainly something else: an
// archive, or what another part of the position tells of?
bool FileTail::is_another(LogFile& file, std::size_t at) const
{
    const auto& files = start_.position->files;
    if (files[at].fingerprint_length > 0) return false;
    const auto is_told_of = [&](FilePosition other) {
        other.offset = 0;
        return other.fingerprint_length > 0 && file.begins_like(other);
    };
    return file.is_packed() || std::ranges::any_of(files, is_told_of);
}

// Of an empty file there is only a number, which may be another's by now. If nothing with content
// came after it, it is what has the name, or newer than the one that was found before it.
bool FileTail::is_newer_than_last(const Resumed& resumed, std::size_t at) const
{
    const auto& files = start_.position->files;
    const auto is_empty = [](const FilePosition& file) { return file.fingerprint_length == 0; };
    if (resumed.files.empty()) return false;
    if (!std::all_of(files.begin() + static_cast<std::ptrdiff_t>(at), files.end(), is_empty)) {
        return false;
    }
    return at + 1 == files.size() || !resumed.newer.empty();
}

// A number alone found something that is newer than what came after it: the number is used again.
void FileTail::drop_strangers(const LogDirectory& directory, Resumed& resumed) const
{
    const auto& log = directory.log_name();
    std::optional<std::string> later;
    for (auto at = resumed.files.size(); at-- > 0;) {
        const auto& followed = resumed.files[at];
        if (followed.file.position().fingerprint_length > 0) {
            later = followed.name;
        } else if (later && !can_be_older(log, followed.name, *later)) {
            resumed.files.erase(resumed.files.begin() + static_cast<std::ptrdiff_t>(at));
        }
    }
}

bool FileTail::resume_one(const LogDirectory& directory, std::size_t at, Resumed& resumed)
{
    const auto& files = start_.position->files;
    const auto& reached = files[at];
    const bool is_last = at + 1 == files.size();
    if (is_newer_than_last(resumed, at)) return true;
    auto trail = find_trail(directory, reached);
    if (!trail) return false;
    if (trail->file && !is_another(*trail->file, at)) {
        Followed followed{std::move(*trail->file), Clock::now()};
        followed.name = std::move(trail->name);
        if (at > 0 && reached.fingerprint_length == 0) {
            followed.before = files[at - 1];
            followed.search = Search::with_head;
        }
        resumed.files.push_back(std::move(followed));
        resumed.newer = std::move(trail->newer);
        resumed.is_certain = true;
        return true;
    }
    resumed.may_be_compressed |= trail->may_be_compressed;
    // It is among those that are newer than the one before it, and nothing of it was handed over.
    if (reached.offset == 0 && !resumed.files.empty()) return true;
    // Any file could be what it became: rather is something missed than counted twice.
    resumed.is_certain = false;
    resumed.newer.clear();
    const bool only_shows_the_way = !is_last && files[at + 1].fingerprint_length == 0;
    if (!only_shows_the_way) ++resumed.missed;
    return true;
}

// Where nobody tells: the name is looked at, and what was rotated away before.
bool FileTail::open_named(const LogDirectory& directory)
{
    auto [file, refusal, problem] = LogFile::open(path_);
    if (refusal == Refusal::exhausted) {
        put_off(std::move(problem));
        return false;
    }
    if (!is_resumed_ && !resume(directory)) return false;
    if (!file) return true;
    const auto stat = file->stat();
    if (files_.empty() || files_.back().file.is(stat)) {
        if (files_.empty()) take_over(std::move(*file));
        return true;
    }
    auto trail = find_trail(directory, files_.back().file.position());
    if (!trail) return false;
    if (!file->is(trail->named)) {
        put_off({});
        return false;
    }
    status_.rotations += insert_newer(files_.size(), std::move(trail->newer), &*file);
    take_over(std::move(*file));
    return true;
}

// Takes over what had the name since, as far as it can be opened. False: that is not all.
bool FileTail::take_heirs(const LogDirectory& directory)
{
    const auto outcome = succession_.open_all(directory, bell_);
    for (;;) {
        if (succession_.count_gone() > 0 && !find_gone(directory)) return false;
        const auto heir = succession_.next();
        if (!heir) break;
        if (heir->file != nullptr) take_over(std::move(*heir->file));
        if (!heir->problem.empty()) note_vanished(heir->problem);
        succession_.drop_next();
    }
    if (outcome == Succession::Outcome::settled) return true;
    put_off(succession_.problem());
    return false;
}

// Files were gone before they could be opened: packed by now, perhaps. False: ask again.
bool FileTail::find_gone(const LogDirectory& directory)
{
    auto trail = trail_before(directory, files_.size());
    if (!trail) return false;
    // Others that are newer come with them, for the sake of their order.
    const auto before = files_.size();
    status_.rotations += insert_newer(before, std::move(trail->newer), nullptr);
    for (auto at = before; at < files_.size(); ++at)
        archives_ += files_[at].file.is_packed() ? 1 : 0;
    for (auto count = succession_.count_gone(); count > 0; --count) {
        succession_.drop_next();
        if (archives_ == 0) {
            note_vanished("a file of " + path_ + " was gone before it could be opened");
        } else {
            --archives_;
        }
    }
    return true;
}

// The trail of the last file before `end` that has one. An empty file that was packed leaves none;
// then the one before it does. Nullopt: not now.
std::optional<Trail> FileTail::trail_before(const LogDirectory& directory, std::size_t end)
{
    for (; end > 0; --end) {
        auto& last = files_[end - 1];
        last.file.look_at_head();
        auto trail = find_trail(directory, last.file.position());
        if (trail && !trail->file && last.before) trail = find_trail(directory, *last.before);
        if (!trail || trail->file) return trail;
    }
    return Trail{};
}

// `file` has or had the name, after all those that are open.
void FileTail::take_over(LogFile file)
{
    const LogStat stat = file.stat();
    if (files_.empty()) {
        if (is_new_) find_start(file);
        insert(0, std::move(file));
        return;
    }
    auto& last = files_.back();
    if (last.file.is(stat)) return;
    if (is_open(stat)) {
        // A file that was rotated away got its name back, or it was found before in its order.
        const auto named = stat_of(path_);
        if (!named || named->inode != stat.inode || named->device != stat.device) return;
        ++status_.rotations;
        const auto same = [&](const Followed& followed) { return followed.file.is(stat); };
        const auto found = std::ranges::find_if(files_, same);
        std::rotate(found, found + 1, files_.end());
        files_.back().before = anchor_at(files_.size() - 1);
        return;
    }
    ++status_.rotations;
    last.grown = Clock::now();
    const FilePosition reached = last.file.position();
    // What was renamed lives on beside its successor, which may begin with a like line; of what was
    // replaced nothing is left.
    const bool is_replaced = last.file.links() == 0 || reached.fingerprint_length == LogFile::kHead;
    if (is_replaced && reached.fingerprint_length > 0 && file.continues(last.file)) {
        file.start_at(reached.offset);
    }
    const auto before = anchor_at(files_.size());
    if (!insert(files_.size(), std::move(file))) {
        // It was found as an archive, and is none of those that are gone.
        if (archives_ > 0) --archives_;
        return;
    }
    files_.back().before = before;
    if (is_just_resumed_) files_.back().search = Search::now;
}

void FileTail::find_start(LogFile& file) const
{
    if (!start_.since || !start_.stamp_of) return;
    const ReadAt read_at = [&](std::uint64_t offset, char* buffer, std::size_t size) {
        return file.read_at(offset, buffer, size);
    };
    file.start_at(
        find_since(read_at, file.stat().size, *start_.since - kStampSlack, start_.stamp_of));
}

void FileTail::note_times(const struct ::stat& named)
{
    using std::chrono::system_clock;
    changed_ = named.st_ctim;
    written_ = system_clock::from_time_t(named.st_mtim.tv_sec);
}

// Nothing has rung, and the one file that there is has its name and is as it was when it was looked
// at last: nothing has happened, even if the kernel tells of nothing here.
bool FileTail::is_undisturbed()
{
    struct ::stat st = {};
    const bool is_settled = !is_put_off_ && status_.present && succession_.history().is_whole();
    if (!is_settled || files_.size() != 1 || ::stat(path_.c_str(), &st) != 0) return false;
    const auto& followed = files_.back();
    return followed.file.is({st.st_dev, st.st_ino, 0}) && followed.search == Search::none &&
           followed.file.read_offset() == static_cast<std::uint64_t>(st.st_size) && changed_ &&
           changed_->tv_sec == st.st_ctim.tv_sec && changed_->tv_nsec == st.st_ctim.tv_nsec;
}

// Says what is the matter with the name now.
void FileTail::look_at_state(const LogDirectory& directory)
{
    struct ::stat st = {};
    if (::stat(path_.c_str(), &st) == 0) note_times(st);
    const auto named = stat_of(path_);
    is_absent_ = !named;
    status_.present = named && !files_.empty() && files_.back().file.is(*named);
    if (status_.present) {
        if (!is_put_off_) status_.problem.clear();
        return;
    }
    const auto opened = LogFile::open(path_);
    if (!opened.problem.empty()) status_.problem = opened.problem;
    NameHistory& history = succession_.history();
    if (!opened.file || !history.is_whole() || !directory.sync()) return;
    bell_.catch_up();
    // The kernel did not tell of it.
    if (history.is_whole() && history.files().empty()) {
        history.lose();
        put_off({});
    }
}

}  // namespace mailban::io
