#include "unit/rotation/simulated_tail.h"

#include <algorithm>
#include <map>
#include <utility>

namespace mailban::test {

namespace {

// With how many bytes of whole lines both begin, if one begins with all of the other.
std::uint64_t common_lines(const std::string& one, const std::string& other)
{
    const auto shorter = std::min(one.size(), other.size());
    if (one.compare(0, shorter, other, 0, shorter) != 0) return 0;
    return one.substr(0, shorter).rfind('\n') + 1;
}

}  // namespace

void SimulatedTail::run(const std::function<void()>& meanwhile)
{
    for (int round = 0; round < 4; ++round) {
        look(meanwhile);
        is_just_resumed_ = false;
        read_all();
        close_finished();
    }
}

FilePosition SimulatedTail::reached(const Open& open) const
{
    const auto [hash, length] = fingerprint_of(open.head);
    return {1, file_of(open).inode, open.offset, hash, length};
}

std::vector<FollowedFile> SimulatedTail::values() const
{
    std::vector<FollowedFile> values;
    for (const auto& open : files_)
        values.push_back({reached(open), open.before, open.search});
    return values;
}

bool SimulatedTail::is_intact(const Open& open) const
{
    const auto& content = file_of(open).content;
    return content.size() >= open.end && content.starts_with(open.head);
}

bool SimulatedTail::look_at_head(Open& open) const
{
    if (fingerprint_of(open.head).length > 0) return true;
    if (open.end > 0 && !is_intact(open)) return false;
    open.head = file_of(open).content.substr(0, kHeadSize);
    return fingerprint_of(open.head).length > 0;
}

bool SimulatedTail::is_archive_of(std::size_t archive, Open& original) const
{
    return directory_.files[archive].is_archive && !file_of(original).is_archive &&
           look_at_head(original) && is_intact(original) &&
           begins_like(directory_.facts(archive), reached(original));
}

bool SimulatedTail::is_open(std::size_t file) const
{
    return std::ranges::find(files_, file, &Open::file) != files_.end();
}

std::optional<std::size_t> SimulatedTail::named() const
{
    const auto found = directory_.names.find(SimulatedWriter::kLog);
    return found == directory_.names.end() ? std::nullopt : std::optional(found->second);
}

void SimulatedTail::hear()
{
    for (const auto& event : std::exchange(directory_.events, {}))
        chain_.history().apply(event);
}

void SimulatedTail::look(const std::function<void()>& meanwhile)
{
    hear();
    if (!chain_.history().is_complete()) {
        chain_.history().begin(SimulatedWriter::kLog);
        if (start_) resume();
    }
    std::map<std::uint64_t, std::size_t> opened;
    chain_.begin_round();
    while (!chain_.is_settled()) {
        std::vector<std::pair<RotationChain::Attempt, std::size_t>> attempts;
        for (const auto& attempt : chain_.to_open()) {
            // The event of a change is there as soon as the change is.
            attempts.emplace_back(attempt, directory_.names.at(attempt.name));
            directory_.open.insert(directory_.names.at(attempt.name));
        }
        meanwhile();
        chain_.history().begin_sync();
        hear();
        chain_.history().end_sync();
        for (const auto& [attempt, file] : attempts)
            if (chain_.note(attempt, RotationChain::Opening::done)) opened[attempt.id] = file;
    }
    for (;;) {
        if (chain_.count_gone() > 0) find_gone();
        const auto next = chain_.next();
        if (!next) break;
        chain_.drop_next();
        take_over(opened.at(next->id));
    }
}

SimulatedTail::Whereabouts SimulatedTail::whereabouts_of(const FilePosition& position) const
{
    const auto listing = directory_.listing();
    std::vector<std::string> names;
    for (const auto& entry : listing)
        names.push_back(entry.name);
    for (const auto& entry : candidates(listing, SimulatedWriter::kLog, position)) {
        const auto file = directory_.names.at(entry.name);
        if (!begins_like(directory_.facts(file), position)) continue;
        Whereabouts found{file, entry.name, {}};
        for (const auto& name : newer_rotated(SimulatedWriter::kLog, entry.name, names))
            found.newer.push_back(directory_.names.at(name));
        return found;
    }
    return {};
}

// And the position by which it was found.
std::pair<SimulatedTail::Whereabouts, FilePosition> SimulatedTail::whereabouts_before(
    std::size_t index)
{
    for (std::size_t at = 0; at < std::min(index, files_.size()); ++at)
        look_at_head(files_[at]);
    for (const auto& position : sought_before(values(), index))
        if (auto found = whereabouts_of(position); found.file) return {std::move(found), position};
    return {};
}

void SimulatedTail::resume()
{
    Resumption resumption(*start_, SimulatedWriter::kLog);
    std::map<std::size_t, Whereabouts> found;
    while (const auto at = resumption.next()) {
        auto where = whereabouts_of(start_->files[*at]);
        if (where.file) {
            resumption.found({where.name, directory_.facts(*where.file), !where.newer.empty()});
            found.emplace(*at, std::move(where));
        } else {
            resumption.not_found(false);
        }
    }
    const auto plan = resumption.plan();
    for (const auto& [at, is_searched] : plan.files) {
        const auto file = *found.at(at).file;
        if (is_open(file)) continue;
        const auto& position = start_->files[at];
        Open open{file, position.offset, position.offset};
        const auto known = std::max<std::uint64_t>(position.offset, position.fingerprint_length);
        open.head = file_of(open).content.substr(0, std::min<std::uint64_t>(known, kHeadSize));
        if (is_searched) open.before = start_->files[at - 1];
        if (is_searched) open.search = SearchBefore::with_head;
        files_.push_back(std::move(open));
        directory_.open.insert(file);
    }
    missed += plan.missed;
    if (plan.newer_than) insert_newer(files_.size(), found.at(*plan.newer_than).newer, named());
    start_.reset();
    is_just_resumed_ = plan.is_certain;
}

std::size_t SimulatedTail::insert_newer(std::size_t at, const std::vector<std::size_t>& newer,
                                        std::optional<std::size_t> named)
{
    const auto ends = [&](std::size_t file) {
        const auto& [inode, content, is_archive] = directory_.files[file];
        RotatedFile rotated{is_open(file), file == named,        false,
                            is_archive,    file == newer.back(), content.empty()};
        if (named) {
            Open open{*named};
            rotated.is_copy_of_named =
                is_archive
                    ? is_archive_of(file, open)
                    : !content.empty() && directory_.files[*named].content.starts_with(content);
        }
        return ends_rotated(rotated, named.has_value());
    };
    const auto end = std::ranges::find_if(newer, ends);
    std::size_t count = 0;
    for (auto file = newer.begin(); file != end; ++file)
        if (insert(at + count, *file)) ++count;
    return count;
}

bool SimulatedTail::insert(std::size_t at, std::size_t file)
{
    if (is_open(file)) return false;
    Open open{file};
    look_at_head(open);
    const auto is_same = [&](Open& other) {
        return directory_.files[file].is_archive ? is_archive_of(file, other)
                                                 : is_archive_of(other.file, open);
    };
    if (std::ranges::any_of(files_, is_same)) return false;
    directory_.open.insert(file);
    files_.insert(files_.begin() + static_cast<std::ptrdiff_t>(at), std::move(open));
    return true;
}

std::size_t SimulatedTail::count_archives(std::size_t from, std::size_t to) const
{
    std::size_t count = 0;
    for (; from < to; ++from)
        count += file_of(files_[from]).is_archive ? 1 : 0;
    return count;
}

void SimulatedTail::find_gone()
{
    const auto before = files_.size();
    insert_newer(before, whereabouts_before(before).first.newer, std::nullopt);
    const auto gone =
        settle_gone(chain_.count_gone(), archives_ + count_archives(before, files_.size()));
    archives_ = gone.archives;
    missed += gone.lost;
    while (chain_.count_gone() > 0)
        chain_.drop_next();
}

void SimulatedTail::take_over(std::size_t file)
{
    if (files_.empty()) {
        insert(0, file);
        return;
    }
    Open& last = files_.back();
    const Newcomer newcomer{last.file == file, is_open(file), named() == file};
    switch (role_of(newcomer)) {
    case NewcomerRole::known: return;
    case NewcomerRole::returned: {
        const auto found = std::ranges::find(files_, file, &Open::file);
        std::rotate(found, found + 1, files_.end());
        files_.back().before = anchor_before(values(), files_.size() - 1);
        return;
    }
    case NewcomerRole::next: break;
    }
    look_at_head(last);
    std::uint64_t common = 0;
    if (is_replacement(reached(last), directory_.is_named(last.file) ? 1 : 0)) {
        common = common_lines(file_of(last).content, directory_.files[file].content);
    }
    const auto before = anchor_before(values(), files_.size());
    if (!insert(files_.size(), file)) {
        if (archives_ > 0) --archives_;
        return;
    }
    Open& open = files_.back();
    open.offset = open.end = common;
    if (common > 0) open.head = file_of(open).content.substr(0, std::min(common, kHeadSize));
    open.before = before;
    if (is_just_resumed_) open.search = SearchBefore::now;
}

void SimulatedTail::search_before(std::size_t& index)
{
    const bool has_content = look_at_head(files_[index]);
    const auto [found, from] = whereabouts_before(index);
    std::vector<std::size_t> files;
    if (found.file) files.push_back(*found.file);
    files.insert(files.end(), found.newer.begin(), found.newer.end());
    const auto count = insert_newer(index, files, files_[index].file);
    // The first goes on where its log was left.
    if (count > 0 && files_[index].file == files.front()) {
        const auto anchor = from.has_fingerprint() ? from : *anchor_before(values(), index);
        files_[index].offset = files_[index].end = anchor.offset;
    }
    archives_ += std::min(count_archives(index, index + count), chain_.count_gone());
    auto& same = files_[index + count];
    same.search = next_search(has_content);
    if (index + count > 0) same.before = anchor_before(values(), index + count);
}

// False: nothing is behind what was read.
bool SimulatedTail::read(Open& open)
{
    const auto& [inode, content, is_archive] = file_of(open);
    if (is_archive && open.is_used_up) return false;
    if (!is_archive && !is_intact(open)) {
        const auto position = reached(open);
        if (position.has_fingerprint()) open.before = position;
        open.search = SearchBefore::now;
        open.offset = open.end = 0;
        open.head.clear();
        look_at_head(open);
        return true;
    }
    if (!is_archive && content.size() == open.end) return false;
    for (auto end = content.find('\n', open.offset); end != std::string::npos;
         end = content.find('\n', open.offset)) {
        lines.push_back(content.substr(open.offset, end - open.offset));
        open.offset = end + 1;
    }
    open.end = content.size();
    open.head = content.substr(0, kHeadSize);
    open.is_used_up = is_archive;
    return true;
}

void SimulatedTail::read_all()
{
    for (std::size_t index = 0; index < files_.size();) {
        const auto wanted = files_[index].search;
        if (wanted == SearchBefore::now ||
            (wanted == SearchBefore::with_head && look_at_head(files_[index]))) {
            search_before(index);
            continue;
        }
        if (wanted != SearchBefore::none || !read(files_[index])) ++index;
    }
}

void SimulatedTail::close_finished()
{
    if (std::ranges::find(files_, SearchBefore::now, &Open::search) != files_.end()) return;
    while (files_.size() > 1) {
        Open& first = files_.front();
        OldestFile oldest{file_of(first).is_archive, first.is_used_up, false,
                          std::chrono::hours(1)};
        oldest.is_unread = first.search == SearchBefore::none
                               ? file_of(first).content.size() > first.end
                               : look_at_head(first);
        const FollowedLog log{files_.size(), !file_of(files_.back()).content.empty(),
                              !chain_.history().files().empty()};
        if (!is_finished(oldest, log, options_)) return;
        files_[1].before = anchor_before(values(), 1);
        directory_.open.erase(first.file);
        files_.erase(files_.begin());
    }
}

}  // namespace mailban::test
