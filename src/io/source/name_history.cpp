#include "io/source/name_history.h"

#include <algorithm>
#include <utility>

namespace mailban::io {

namespace {

// Files that nobody takes; more of them are no rotation.
constexpr std::size_t kMaxFiles = 10'000;

}  // namespace

void NameHistory::deafen()
{
    lose();
    state_ = State::deaf;
}

void NameHistory::lose()
{
    state_ = State::lost;
    files_.clear();
    ++changes_;
}

void NameHistory::begin(std::string log_name)
{
    log_name_ = std::move(log_name);
    files_.clear();
    if (state_ == State::deaf) return;
    state_ = State::whole;
    add();
}

void NameHistory::apply(const NameChange& change)
{
    if (change.name.starts_with(log_name_)) ++changes_;
    if (state_ != State::whole) return;
    if (change.what == NameChange::What::appeared || change.what == NameChange::What::came) {
        return arrive(change);
    }
    File* const file = named(change.name);
    if (file == nullptr) return;
    ++file->moves;
    file->name.clear();
    file->cookie = change.what == NameChange::What::left ? change.cookie : 0;
}

void NameHistory::arrive(const NameChange& change)
{
    if (File* const replaced = named(change.name)) {
        ++replaced->moves;
        replaced->name.clear();
    }
    const auto moved = change.what == NameChange::What::came && change.cookie != 0
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

void NameHistory::expect()
{
    for (auto& file : files_)
        file.due = file.cookie;
}

void NameHistory::settle()
{
    for (auto& file : files_) {
        if (file.due == file.cookie) file.cookie = 0;
        file.due = 0;
    }
}

void NameHistory::take(std::uint64_t number)
{
    std::erase_if(files_, [&](const File& file) { return file.number == number; });
}

NameHistory::File* NameHistory::named(const std::string& name)
{
    const auto found = std::ranges::find(files_, name, &File::name);
    return found == files_.end() ? nullptr : &*found;
}

void NameHistory::add()
{
    if (files_.size() >= kMaxFiles) return lose();
    files_.push_back({next_number_++, log_name_, 0, 0, 0});
}

}  // namespace mailban::io
