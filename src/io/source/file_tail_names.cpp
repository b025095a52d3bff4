// FileTail: which files there are.
#include "io/source/file_tail.h"
#include "mailban/rotation/order.h"
#include "mailban/rotation/resume.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

namespace mailban::io {

namespace {

namespace fs = std::filesystem;

// Local time repeats an hour each autumn, and several processes write one log.
constexpr Duration kStampSlack = std::chrono::hours(1);

// How often in a row it is looked again because something has changed.
constexpr int kMaxLooks = 8;

std::optional<FileStat> stat_of(const std::string& path)
{
    struct ::stat st = {};
    if (::stat(path.c_str(), &st) != 0) {
        // A name that cannot be looked up may well exist.
        if (errno != ENOENT && errno != ENOTDIR) return FileStat{};
        return std::nullopt;
    }
    return FileStat{st.st_dev, st.st_ino, static_cast<std::uint64_t>(st.st_size)};
}

// The deepest directory above `path` that exists, and its entry on the way to `path`.
FileWatcher::Waiter::Directory nearest_directory(const fs::path& path)
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

// Where names are watched; `history` gets the changes in the directory of the log itself.
std::vector<FileWatcher::Waiter::Directory> directories_of(const std::string& path,
                                                           NameHistory& history)
{
    std::vector<FileWatcher::Waiter::Directory> directories{nearest_directory(path)};
    const LogDirectory target(path);
    FileWatcher::Waiter::Directory real{target.path(), target.log_name(), nullptr};
    std::error_code ec;
    const bool is_same = fs::equivalent(real.path, directories.front().path, ec);
    if (ec) {
        history.stop();
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
    // Watched first, looked at second: a change in between is reported.
    for (int looks = 0;; ++looks) {
        watch();
        if (!look_at_names()) break;
        if (looks < kMaxLooks) continue;
        is_put_off_ = true;
        break;
    }
    const bool is_seen = is_absent_ || !files_.empty();
    if (stage_ == Stage::unseen && is_seen) stage_ = Stage::following;
    if (stage_ == Stage::resumed && !is_put_off_) stage_ = Stage::following;
}

void FileTail::watch()
{
    std::vector<int> files;
    for (const auto& open : files_)
        files.push_back(open.file.fd());
    waiter_.watch(directories_of(path_, successors_.history()), files);
}

// True if that changed the files that are open.
bool FileTail::look_at_names()
{
    const LogDirectory directory(path_);
    NameHistory& history = successors_.history();
    // A symbolic link leads elsewhere now.
    if (history.is_complete() && history.log_name() != directory.log_name()) history.overflow();
    const auto before = status_.rotations + files_.size();
    if (!history.is_complete()) {
        history.begin(directory.log_name());
        // It stays incomplete where the kernel reports nothing.
        if (!(history.is_complete() ? find_missed(directory) : open_named(directory))) {
            history.overflow();
            return false;
        }
    }
    const bool is_settled = !history.is_complete() || take_successors(directory);
    const bool is_changed = status_.rotations + files_.size() != before;
    if (is_changed) report_progress();
    look_at_state(directory);
    return is_settled && is_changed;
}

// Finds what was rotated away while nothing was reported. False: not now.
bool FileTail::find_missed(const LogDirectory& directory)
{
    if (stage_ == Stage::to_resume) return resume(directory);
    if (files_.empty()) return true;
    if (named_file(stat_of(path_), files_.back().file.stat()) == NamedFile::newest) return true;
    auto found = find_whereabouts(directory, files_.back().file.position());
    if (!found) return false;
    status_.rotations += files_.insert_newer(files_.size(), std::move(found->newer), nullptr);
    return true;
}

// Opens the files that an earlier run had not finished, and what was rotated away since. False: not
// now.
bool FileTail::resume(const LogDirectory& directory)
{
    const auto& position = start_.position->files;
    Resumption resumption(*start_.position, directory.log_name());
    std::map<std::size_t, Whereabouts> found;
    while (const auto at = resumption.next()) {
        auto where = find_whereabouts(directory, position[*at]);
        if (!where) return false;
        if (where->file) {
            resumption.found({where->name, where->file->facts(), !where->newer.empty()});
            found.emplace(*at, std::move(*where));
        } else {
            resumption.not_found(where->may_be_compressed);
        }
    }
    const auto plan = resumption.plan();
    for (const auto& [at, is_searched] : plan.files) {
        OpenFile open{std::move(*found.at(at).file), Clock::now()};
        if (is_searched) open.before = position[at - 1];
        if (is_searched) open.search = SearchBefore::with_head;
        if (!files_.contains(open.file.stat())) files_.add(std::move(open));
    }
    const std::string cause = plan.may_be_compressed ? "; a compressed file could not be read" : "";
    for (auto missed = plan.missed; missed > 0; --missed) {
        note_vanished("an earlier file of " + path_ +
                      " is gone before it was certainly read to its end" + cause);
    }
    if (plan.newer_than) {
        auto named = LogFile::open(path_);
        files_.insert_newer(files_.size(), std::move(found.at(*plan.newer_than).newer),
                            named.file ? &*named.file : nullptr);
    }
    stage_ = plan.is_certain ? Stage::resumed : Stage::following;
    return true;
}

// Where the kernel reports nothing: the name is looked at, and what was rotated away before.
bool FileTail::open_named(const LogDirectory& directory)
{
    auto [file, refusal, problem] = LogFile::open(path_);
    if (refusal == Refusal::exhausted) {
        put_off(std::move(problem));
        return false;
    }
    if (stage_ == Stage::to_resume && !resume(directory)) return false;
    if (!file) return true;
    const auto stat = file->stat();
    if (files_.empty() || files_.back().file.is(stat)) {
        if (files_.empty()) take_over(std::move(*file));
        return true;
    }
    auto found = find_whereabouts(directory, files_.back().file.position());
    if (!found) return false;
    if (!file->is(found->named)) {
        put_off({});
        return false;
    }
    status_.rotations += files_.insert_newer(files_.size(), std::move(found->newer), &*file);
    take_over(std::move(*file));
    return true;
}

// Takes over the files that had the name since, if they can be opened. False: not all.
bool FileTail::take_successors(const LogDirectory& directory)
{
    const auto outcome = successors_.open_all(directory, waiter_);
    for (;;) {
        if (successors_.count_gone() > 0 && !find_gone(directory)) return false;
        auto successor = successors_.take_next();
        if (!successor) break;
        if (successor->file) take_over(std::move(*successor->file));
        if (!successor->problem.empty()) note_vanished(successor->problem);
    }
    if (outcome == SuccessorFiles::SearchResult::settled) return true;
    put_off(successors_.problem());
    return false;
}

// Files were gone before they could be opened: compressed by now, perhaps. False: ask again.
bool FileTail::find_gone(const LogDirectory& directory)
{
    auto found = whereabouts_before(directory, files_.size());
    if (!found) return false;
    // Others that are newer come with them, for the sake of their order.
    const auto before = files_.size();
    status_.rotations += files_.insert_newer(before, std::move(found->newer), nullptr);
    archives_ += files_.count_archives(before, files_.size());
    const auto gone = settle_gone(successors_.count_gone(), archives_);
    archives_ = gone.archives;
    while (successors_.count_gone() > 0)
        successors_.drop_gone();
    for (auto lost = gone.lost; lost > 0; --lost)
        note_vanished("a file of " + path_ + " was gone before it could be opened");
    return true;
}

// `file` has or had the name, after all those that are open.
void FileTail::take_over(LogFile file)
{
    const FileStat stat = file.stat();
    if (files_.empty()) {
        if (stage_ == Stage::unseen) find_start(file);
        files_.insert(0, std::move(file));
        return;
    }
    auto& last = files_.back();
    const auto named = stat_of(path_);
    switch (role_of({last.file.is(stat), files_.contains(stat), named && file.is(*named)})) {
    case NewcomerRole::known: return;
    case NewcomerRole::returned: ++status_.rotations; return files_.make_newest(stat);
    case NewcomerRole::next: break;
    }
    ++status_.rotations;
    last.grown = Clock::now();
    last.file.look_at_head();
    // The old file is read to its end, for its writer may not have moved on.
    if (is_replacement(last.file.position(), last.file.links())) {
        file.start_at(file.common_lines(last.file));
    }
    const auto before = files_.anchor_before(files_.size());
    if (!files_.insert(files_.size(), std::move(file))) {
        // It was found as an archive, and is none of those that are gone.
        if (archives_ > 0) --archives_;
        return;
    }
    files_.back().before = before;
    if (stage_ == Stage::resumed) files_.back().search = SearchBefore::now;
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

// Nothing woke the tail, and its only file has the name and is as it was when last looked at:
// nothing has happened, even if the kernel reports nothing here.
bool FileTail::is_undisturbed()
{
    QuietLog log;
    log.is_settled = !is_put_off_ && status_.present && successors_.history().is_complete();
    log.files = files_.size();
    struct ::stat st = {};
    if (!log.is_settled || files_.empty() || ::stat(path_.c_str(), &st) != 0) return false;
    const auto& open = files_.back();
    log.has_log_name = open.file.is({st.st_dev, st.st_ino, 0});
    log.search = open.search;
    log.read = open.file.read_offset();
    log.size = static_cast<std::uint64_t>(st.st_size);
    log.is_as_it_was = changed_ && changed_->tv_sec == st.st_ctim.tv_sec &&
                       changed_->tv_nsec == st.st_ctim.tv_nsec;
    return mailban::is_undisturbed(log);
}

// Notes in which state the name is now.
void FileTail::look_at_state(const LogDirectory& directory)
{
    struct ::stat st = {};
    if (::stat(path_.c_str(), &st) == 0) {
        changed_ = st.st_ctim;
        written_ = std::chrono::system_clock::from_time_t(st.st_mtim.tv_sec);
    }
    const auto newest = files_.empty() ? std::nullopt : std::optional(files_.back().file.stat());
    const auto named = named_file(stat_of(path_), newest);
    is_absent_ = named == NamedFile::none;
    status_.present = named == NamedFile::newest;
    if (status_.present) {
        if (!is_put_off_) status_.problem.clear();
        return;
    }
    const auto opened = LogFile::open(path_);
    if (!opened.problem.empty()) status_.problem = opened.problem;
    NameHistory& history = successors_.history();
    if (!opened.file || !history.is_complete() || !directory.sync()) return;
    waiter_.catch_up();
    // The kernel did not report it.
    if (history.is_complete() && history.files().empty()) {
        history.overflow();
        put_off({});
    }
}

}  // namespace mailban::io
