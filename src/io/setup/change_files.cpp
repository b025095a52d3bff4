#include "io/setup/change_files.h"

#include "io/files/trusted_file.h"
#include "io/source/descriptor.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

namespace mailban::io {

namespace {

constexpr std::size_t kMostOfRecord = 64U << 20U;
constexpr mode_t kRecordMode = 0600;

Error change_error(const std::string& what, const std::string& path)
{
    const int cause = errno;
    std::string text = "cannot " + what + ' ' + path + ": " + std::strerror(cause);
    if (cause == EACCES || cause == EPERM || cause == EROFS) text += "; run this as root";
    return Error{std::move(text)};
}

// The file that a link names; the path itself where there is none.
std::string link_target(const std::string& path)
{
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                           &std::free);
    return real ? std::string(real.get()) : path;
}

std::string folder_to_sync(const std::string& path)
{
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

Status write_bytes(const Descriptor& file, const std::string& bytes, const std::string& path)
{
    for (std::size_t done = 0; done < bytes.size();) {
        const auto more = ::write(file.get(), bytes.data() + done, bytes.size() - done);
        if (more < 0 && errno == EINTR) continue;
        if (more < 0) return change_error("write", path);
        done += static_cast<std::size_t>(more);
    }
    return Done{};
}

Status fill_file(const Descriptor& temporary, const WrittenFile& file)
{
    struct stat st = {};
    if (::fstat(temporary.get(), &st) != 0) return change_error("look at", file.path);
    const bool is_owned = st.st_uid == file.user && st.st_gid == file.group;
    if (!is_owned && ::fchown(temporary.get(), file.user, file.group) != 0)
        return change_error("give its owner to", file.path);
    if (::fchmod(temporary.get(), file.mode) != 0)
        return change_error("set the permissions of", file.path);
    if (auto written = write_bytes(temporary, file.after, file.path); !written) return written;
    if (::fsync(temporary.get()) != 0) return change_error("write", file.path);
    return Done{};
}

void sync_folder(const std::string& folder)
{
    const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.is_open()) ::fsync(opened.get());
}

WrittenFile planned_file(const std::string& path, const std::optional<std::string>& before,
                         const std::string& after, const NewFile& rights)
{
    WrittenFile file{path, before, after, rights.mode, ::geteuid(), ::getegid()};
    const group* const wanted = rights.group.empty() ? nullptr : ::getgrnam(rights.group.c_str());
    if (wanted != nullptr && ::geteuid() == 0) file.group = wanted->gr_gid;
    struct stat st = {};
    if (before && ::stat(path.c_str(), &st) == 0) {
        file.mode = st.st_mode & 07777U;
        file.user = st.st_uid;
        file.group = st.st_gid;
    }
    return file;
}

Status write_record(const std::string& path, const UndoRecord& record)
{
    return replace_file({path, {}, record.to_text(), kRecordMode, ::geteuid(), ::getegid()});
}

Status undo_one(const WrittenFile& file, UndoStep step)
{
    if (step == UndoStep::restore) {
        WrittenFile former = file;
        former.after = *file.before;
        return replace_file(former);
    }
    if (step != UndoStep::remove || ::unlink(file.path.c_str()) == 0) return Done{};
    return change_error("remove", file.path);
}

}  // namespace

Result<std::optional<std::string>> read_if_there(const std::string& path, std::size_t limit)
{
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.is_open() && errno == ENOENT) return std::optional<std::string>();
    if (!file.is_open()) return change_error("read", path);
    struct stat st = {};
    if (::fstat(file.get(), &st) != 0) return change_error("look at", path);
    if (!S_ISREG(st.st_mode)) return Error{path + " is not a regular file"};
    auto text = read_all(file, path, limit);
    if (!text) return text.error();
    return std::optional(std::move(*text));
}

Status replace_file(const WrittenFile& file)
{
    const std::string target = link_target(file.path);
    std::string name = target + ".XXXXXX";
    const Descriptor temporary(::mkostemp(name.data(), O_CLOEXEC));
    if (!temporary.is_open()) return change_error("write beside", target);
    auto filled = fill_file(temporary, file);
    if (filled && ::rename(name.c_str(), target.c_str()) != 0)
        filled = change_error("replace", target);
    if (!filled) ::unlink(name.c_str());
    if (filled) sync_folder(folder_to_sync(target));
    return filled;
}

std::string undo_record_of(const std::string& config_path)
{
    return config_path + ".undo";
}

Result<UndoRecord> read_undo_record(const std::string& path)
{
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return UndoRecord();
    const auto text = read_trusted(path, kMostOfRecord);
    if (!text) return text.error();
    auto record = UndoRecord::parse(*text);
    if (!record) return Error{path + ": " + record.error().message};
    return record;
}

Status revert_file(const std::string& path, const std::optional<std::string>& before)
{
    if (before) return replace_file(planned_file(path, before, *before, {}));
    if (::unlink(path.c_str()) == 0) return Done{};
    return change_error("remove", path);
}

Status change_file(const std::string& record_path, const std::string& path,
                   const std::optional<std::string>& before, const std::string& after,
                   const NewFile& rights)
{
    const auto now = read_if_there(path);
    if (!now) return now.error();
    if (*now != before)
        return Error{path + " was changed by somebody else meanwhile; run this again"};
    auto record = read_undo_record(record_path);
    if (!record) return record.error();
    auto file = planned_file(path, before, after, rights);
    record->note(file);
    if (auto noted = write_record(record_path, *record); !noted) return noted;
    return replace_file(file);
}

Result<std::vector<std::string>> undo_changes(const std::string& record_path)
{
    const auto record = read_undo_record(record_path);
    if (!record) return record.error();
    if (record->empty()) return std::vector<std::string>();
    std::vector<std::pair<const WrittenFile*, UndoStep>> steps;
    std::string edited;
    for (const auto& file : record->files()) {
        const auto now = read_if_there(file.path);
        if (!now) return now.error();
        steps.emplace_back(&file, undo_step(file, *now));
        if (steps.back().second == UndoStep::edited)
            edited += (edited.empty() ? "" : ", ") + file.path;
    }
    if (!edited.empty())
        return Error{edited +
                     " was edited since mailban wrote it; nothing was taken back. To keep the file "
                     "as it is, remove " +
                     record_path};
    std::vector<std::string> changed;
    for (const auto& [file, step] : steps) {
        if (auto undone = undo_one(*file, step); !undone) return undone.error();
        if (step != UndoStep::nothing) changed.push_back(file->path);
    }
    if (::unlink(record_path.c_str()) != 0) return change_error("remove", record_path);
    return changed;
}

}  // namespace mailban::io
