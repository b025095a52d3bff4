#include "mailban/rotation/name_history.h"

#include "mailban/rotation/suffix.h"

#include <algorithm>
#include <utility>

namespace mailban {

namespace {

// More files than this that nobody reads are no rotation.
constexpr std::size_t kMostFiles = 10'000;

}  // namespace

void NameHistory::stop()
{
    overflow();
    state_ = State::unwatched;
}

void NameHistory::overflow()
{
    state_ = State::incomplete;
    files_.clear();
    ++changes_;
}

void NameHistory::begin(std::string log_name)
{
    log_name_ = std::move(log_name);
    files_.clear();
    if (state_ == State::unwatched) return;
    state_ = State::complete;
    add();
}

void NameHistory::apply(const NameChange& change)
{
    if (change.name.starts_with(log_name_) || has_rotation_suffix(log_name_, change.name)) {
        ++changes_;
    }
    if (state_ != State::complete) return;
    if (change.what == NameChange::What::created || change.what == NameChange::What::moved_to) {
        return arrive(change);
    }
    File* const file = named(change.name);
    if (file == nullptr) return;
    ++file->moves;
    file->name.clear();
    file->cookie = change.what == NameChange::What::moved_from ? change.cookie : 0;
}

void NameHistory::arrive(const NameChange& change)
{
    if (File* const replaced = named(change.name)) {
        ++replaced->moves;
        replaced->name.clear();
    }
    const auto moved = change.what == NameChange::What::moved_to && change.cookie != 0
                           ? std::ranges::find(files_, change.cookie, &File::cookie)
                           : files_.end();
    if (moved == files_.end()) {
        if (change.name == log_name_) add();
        return;
    }
    ++moved->moves;
    moved->name = change.name;
    moved->cookie = 0;
    // It has the log's name again.
    if (change.name == log_name_) std::rotate(moved, moved + 1, files_.end());
}

void NameHistory::begin_sync()
{
    for (auto& file : files_)
        file.due = file.cookie;
}

void NameHistory::end_sync()
{
    for (auto& file : files_) {
        if (file.due == file.cookie) file.cookie = 0;
        file.due = 0;
    }
}

void NameHistory::drop(std::uint64_t id)
{
    std::erase_if(files_, [&](const File& file) { return file.id == id; });
}

NameHistory::File* NameHistory::named(const std::string& name)
{
    const auto found = std::ranges::find(files_, name, &File::name);
    return found == files_.end() ? nullptr : &*found;
}

void NameHistory::add()
{
    if (files_.size() >= kMostFiles) return overflow();
    files_.push_back({next_id_++, log_name_, 0, 0, 0});
}

}  // namespace mailban
