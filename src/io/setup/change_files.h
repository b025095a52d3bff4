// Files that mailban writes for the administrator: never half, and with a record that takes them
// back.
#pragma once

#include "mailban/result.h"
#include "mailban/setup/undo_record.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

// The bytes of a regular file, at most `limit`; nullopt: there is no such file. An error names the
// path and the cause.
Result<std::optional<std::string>> read_if_there(const std::string& path,
                                                 std::size_t limit = 1U << 20U);

// A temporary file beside it that then takes its name; an interrupted call leaves the old file as
// it was. A link stays one: the file that it names is replaced. `file` says the bytes (`after`),
// owner and permissions.
Status replace_file(const WrittenFile& file);

// Where the record is, beside the configuration file. Not below the state directory: user mailban
// could put another file there, and an undo as root would write what it says.
std::string undo_record_of(const std::string& config_path);

// Of no file, an empty record. The file is believed only if no other user can have written it.
Result<UndoRecord> read_undo_record(const std::string& path);

// Who may read a new file: its mode, and a group if there is one of this name.
struct NewFile {
    unsigned mode = 0644;
    std::string group{};
};

// Writes `after` to `path` in place of what is there, which must still be `before`. The record is
// written first. What there is keeps its owner and permissions.
Status change_file(const std::string& record_path, const std::string& path,
                   const std::optional<std::string>& before, const std::string& after,
                   const NewFile& rights = {});
// Puts `before` back in place of what change_file() has just written. The record may keep the file.
Status revert_file(const std::string& path, const std::optional<std::string>& before);

// Puts back what was there before, all files or none; the record is removed then. The paths that
// were changed; an error: some file was edited since, and nothing was changed.
Result<std::vector<std::string>> undo_changes(const std::string& record_path);

}  // namespace mailban::io
