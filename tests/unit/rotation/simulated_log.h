// A directory in memory, and a program that writes a log in it and rotates it in every way.
#pragma once

#include "mailban/rotation/fingerprint.h"
#include "mailban/rotation/name_history.h"
#include "mailban/rotation/whereabouts.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mailban::test {

class SimulatedDirectory {
public:
    struct File {
        std::uint64_t inode = 0;
        std::string content{};
        bool is_archive = false;
    };

    // As on most file systems the lowest inode that is neither named nor open is used again.
    std::size_t create(const std::string& name, std::string content, bool is_archive = false)
    {
        std::set<std::uint64_t> used;
        for (const auto& [other, file] : names)
            used.insert(files[file].inode);
        for (const auto file : open)
            used.insert(files[file].inode);
        std::uint64_t inode = reuses_inodes ? 1 : files.size() + 1;
        while (used.contains(inode))
            ++inode;
        files.push_back({inode, std::move(content), is_archive});
        names[name] = files.size() - 1;
        events.push_back({NameChange::What::created, 0, name});
        return files.size() - 1;
    }
    void rename(const std::string& from, const std::string& to)
    {
        names[to] = names.at(from);
        names.erase(from);
        events.push_back({NameChange::What::moved_from, ++cookie_, from});
        events.push_back({NameChange::What::moved_to, cookie_, to});
    }
    void remove(const std::string& name)
    {
        names.erase(name);
        events.push_back({NameChange::What::deleted, 0, name});
    }
    bool has(const std::string& name) const { return names.contains(name); }
    std::string& content(const std::string& name) { return files[names.at(name)].content; }
    bool is_named(std::size_t file) const
    {
        return std::ranges::any_of(names, [&](const auto& one) { return one.second == file; });
    }
    FileStat stat(std::size_t file) const
    {
        const auto& [inode, content, is_archive] = files[file];
        return {1, inode, is_archive ? content.size() / 4 + 20 : content.size()};
    }
    FileFacts facts(std::size_t file) const
    {
        return {stat(file), files[file].is_archive, files[file].content.substr(0, kHeadSize)};
    }
    Listing listing() const
    {
        Listing listing;
        for (const auto& [name, file] : names)
            listing.push_back({name, stat(file)});
        return listing;
    }

    bool reuses_inodes = true;
    std::vector<File> files{};
    std::map<std::string, std::size_t> names{};  // index in files
    std::set<std::size_t> open{};
    std::vector<NameChange> events{};  // that nobody has read yet

private:
    std::uint32_t cookie_ = 0;
};

enum class Habit : std::uint8_t { counted, before_extension, dated, copied };

class SimulatedWriter {
public:
    SimulatedWriter(SimulatedDirectory& directory, Habit habit, bool compresses, std::size_t keeps)
        : directory_(directory), habit_(habit), compresses_(compresses), keeps_(keeps)
    {
        directory_.create(kLog, "");
    }

    static constexpr const char* kLog = "mail.log";
    static std::string line(std::size_t number)
    {
        return "line " + std::to_string(number) + " " + std::string(number * 7 % 90, 'x');
    }

    void write(std::size_t count)
    {
        for (; count > 0; --count) {
            directory_.content(kLog) += line(written_++).substr(begun_) + "\n";
            begun_ = 0;
        }
    }
    // Some bytes of the next line.
    void write_part(std::size_t bytes)
    {
        const auto part = line(written_).substr(begun_, bytes);
        directory_.content(kLog) += part;
        begun_ += part.size();
    }
    // Nobody goes on with a line in another file.
    void rotate()
    {
        if (begun_ > 0) write(1);
        ++rotations_;
        if (habit_ == Habit::dated) {
            directory_.rename(kLog, rotated(rotations_));
        } else {
            make_room();
            if (habit_ == Habit::copied) {
                directory_.create(rotated(1), directory_.content(kLog));
                directory_.content(kLog).clear();
            } else {
                directory_.rename(kLog, rotated(1));
            }
        }
        if (habit_ != Habit::copied) directory_.create(kLog, "");
        if (habit_ == Habit::dated && rotations_ > keeps_) remove(rotations_ - keeps_);
        if (compresses_ && rotations_ > 1) compress(habit_ == Habit::dated ? rotations_ - 1 : 2);
    }
    // As an editor does it: a copy takes the name.
    void replace()
    {
        directory_.create("temporary", directory_.content(kLog));
        directory_.rename("temporary", kLog);
    }
    std::size_t written() const { return written_; }

private:
    std::string rotated(std::size_t number) const
    {
        const auto count = std::to_string(number);
        if (habit_ == Habit::dated) return kLog + ("-" + std::to_string(20260000 + number));
        if (habit_ == Habit::before_extension) return "mail." + count + ".log";
        return kLog + ("." + count);
    }
    void make_room()
    {
        remove(keeps_);
        for (auto number = std::min(rotations_, keeps_); number-- > 1;) {
            for (const auto* end : {"", ".gz"}) {
                if (!directory_.has(rotated(number) + end)) continue;
                directory_.rename(rotated(number) + end, rotated(number + 1) + end);
            }
        }
    }
    void remove(std::size_t number)
    {
        for (const auto* end : {"", ".gz"})
            if (directory_.has(rotated(number) + end)) directory_.remove(rotated(number) + end);
    }
    void compress(std::size_t number)
    {
        const auto name = rotated(number);
        if (!directory_.has(name)) return;
        directory_.create(name + ".gz", directory_.content(name), true);
        directory_.remove(name);
    }

    SimulatedDirectory& directory_;
    Habit habit_;
    bool compresses_;
    std::size_t keeps_;
    std::size_t written_ = 0;
    std::size_t begun_ = 0;  // bytes of the next line that were written
    std::size_t rotations_ = 0;
};

}  // namespace mailban::test
