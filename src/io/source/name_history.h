// NameHistory: which files had a log's name, one after the other, and what they are called now,
// followed through what the kernel tells of names. Knows no file: who opens one by its name asks
// afterwards whether that name was still the file's.
//
// A listing cannot answer this while files are being renamed: it is not made in one instant, and
// what was deleted is not in it. The kernel's account is complete or says that it is not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mailban::io {

// What happened to a name in a directory.
struct NameChange {
    enum class What : std::uint8_t {
        appeared,  // a new file
        gone,      // deleted
        left,      // renamed, from this name
        came,      // renamed, to this name
    };
    What what = What::appeared;
    std::uint32_t cookie = 0;  // the same for both halves of a renaming
    std::string name{};
};

class NameHistory {
public:
    struct File {
        std::uint64_t number = 0;  // unlike any other's
        std::string name{};        // its name now; empty: none
        std::uint32_t cookie = 0;  // it has left its name, and may come to another
        std::uint64_t moves = 0;   // how often its name changed
        std::uint32_t due = 0;     // the cookie by which it has to come now
        bool is_gone() const noexcept { return name.empty() && cookie == 0; }
    };

    // Nothing is told of the directory; something was not told.
    void deafen();
    void lose();
    // From now on, if anything is told at all. Whatever has the name is the first file.
    void begin(std::string log_name);
    bool is_whole() const noexcept { return state_ == State::whole; }
    const std::string& log_name() const noexcept { return log_name_; }

    void apply(const NameChange& change);
    // What has left by now has to come before settle(), or it is gone: into a directory of which
    // nothing is told. In between everything has to be told that happened before expect().
    void expect();
    void settle();

    // Files that had the name and were not taken, oldest first; the last one may still have it.
    const std::vector<File>& files() const noexcept { return files_; }
    void take(std::uint64_t number);

    // How many changes there were of names that begin with the log's: a listing between two equal
    // numbers shows what there was.
    std::uint64_t changes() const noexcept { return changes_; }

private:
    enum class State : std::uint8_t { deaf, lost, whole };

    File* named(const std::string& name);
    void add();
    void arrive(const NameChange& change);

    std::string log_name_{};
    std::vector<File> files_{};
    State state_ = State::deaf;
    std::uint64_t next_number_ = 0;
    std::uint64_t changes_ = 0;
};

}  // namespace mailban::io
