// UndoRecord: which files `mailban setup` and `mailban import` have written, with the bytes that
// were there before, so that `mailban setup --undo` can put these back.
#pragma once

#include "mailban/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

// Any bytes.
struct WrittenFile {
    std::string path{};
    std::optional<std::string> before{};  // nullopt: there was no such file
    std::string after{};
    // Of the file before: permissions, owner, group.
    std::uint32_t mode = 0644;
    std::uint32_t user = 0;
    std::uint32_t group = 0;
    bool operator==(const WrittenFile&) const = default;
};

// What has to be done to take one of them back.
enum class UndoStep : std::uint8_t {
    restore,  // the bytes before
    remove,   // there was no file
    nothing,  // it is as it was already
    edited,   // somebody else has changed it since; it is left alone
};

class UndoRecord {
public:
    const std::vector<WrittenFile>& files() const noexcept { return files_; }
    bool empty() const noexcept { return files_.empty(); }

    // To be called, and the record to be stored, before the file is written. A file that is still
    // as it was written last keeps the bytes from before that; one that somebody has edited since
    // is theirs: these bytes are what an undo gives back.
    void note(WrittenFile file);

    // One line of JSON, and back. Takes any bytes; an error says that this is no such record.
    std::string to_text() const;
    static Result<UndoRecord> parse(std::string_view text);

private:
    std::vector<WrittenFile> files_{};
};

// `now`: the bytes that are there; nullopt: there is no such file.
UndoStep undo_step(const WrittenFile& file, const std::optional<std::string>& now);

// RFC 4648, section 4. nullopt: not that, padding included.
std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

}  // namespace mailban
