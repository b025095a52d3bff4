// OpenFiles: the files of one log that are open, oldest first; the last one has or had its name.
// Which order they have and what is stored of them is decided by mailban/rotation (followed.h,
// order.h).
#pragma once

#include "io/source/log_file.h"
#include "mailban/rotation/followed.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace mailban::io {

struct OpenFile {
    LogFile file;
    std::chrono::steady_clock::time_point grown;  // when it last did, or was replaced
    // See FollowedFile.
    std::optional<FilePosition> before{};
    SearchBefore search = SearchBefore::none;
};

class OpenFiles {
public:
    bool empty() const noexcept { return files_.empty(); }
    std::size_t size() const noexcept { return files_.size(); }
    OpenFile& operator[](std::size_t index) { return files_[index]; }
    OpenFile& front() { return files_.front(); }
    OpenFile& back() { return files_.back(); }
    const OpenFile& back() const { return files_.back(); }
    auto begin() const noexcept { return files_.begin(); }
    auto end() const noexcept { return files_.end(); }

    // By device and inode.
    bool contains(const FileStat& stat) const;
    // The earlier content of a file is searched for before it is read on.
    bool is_searching() const;
    LogPosition position() const;
    // How far the log was read before the file that is or would be at `index`.
    std::optional<FilePosition> anchor_before(std::size_t index) const;
    // See mailban::sought_before. Reads beginnings that are not known yet.
    std::vector<FilePosition> sought_before(std::size_t index);

    void add(OpenFile file) { files_.push_back(std::move(file)); }
    // False: it is open already, or is the archive of one that is open, or the other way round.
    bool insert(std::size_t at, LogFile file);
    // Inserts the files of `newer` that are not open, in order, up to the first that has the log's
    // name or is a copy of the file that has it (`named`): those lines are in that file. Returns
    // how many.
    std::size_t insert_newer(std::size_t at, std::vector<LogFile> newer, LogFile* named);
    std::size_t count_archives(std::size_t from, std::size_t to) const;
    void drop_first();
    // The file of that device and inode comes last.
    void make_newest(const FileStat& stat);

private:
    std::vector<FollowedFile> values() const;

    std::vector<OpenFile> files_{};
};

}  // namespace mailban::io
