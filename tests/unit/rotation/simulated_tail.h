// A reader of a simulated log that does what the rules of rotation/ say, and nothing else: what
// FileTail is with descriptors, this is with strings.
#pragma once

#include "mailban/rotation/followed.h"
#include "mailban/rotation/order.h"
#include "mailban/rotation/resume.h"
#include "mailban/rotation/rotation_chain.h"
#include "mailban/rotation/suffix.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "unit/rotation/simulated_log.h"

namespace mailban::test {

class SimulatedTail {
public:
    SimulatedTail(SimulatedDirectory& directory, std::optional<LogPosition> position,
                  TailOptions options)
        : directory_(directory), start_(std::move(position)), options_(options)
    {
        // It reads the events from now on.
        directory_.events.clear();
        chain_.history().overflow();
        directory_.open.clear();
    }

    // Reads everything that is there. `meanwhile` is called while files are opened by their names.
    void run(const std::function<void()>& meanwhile);

    LogPosition position() const { return position_of(values()); }
    std::vector<std::string> lines{};
    std::size_t missed = 0;

private:
    struct Open {
        std::size_t file = 0;
        std::uint64_t offset = 0;  // behind the last whole line that was read
        std::uint64_t end = 0;     // behind the last byte that was read
        std::string head{};        // the first bytes that are remembered
        std::optional<FilePosition> before{};
        SearchBefore search = SearchBefore::none;
        bool is_used_up = false;
    };
    struct Whereabouts {
        std::optional<std::size_t> file{};
        std::string name{};
        std::vector<std::size_t> newer{};
    };

    const SimulatedDirectory::File& file_of(const Open& open) const
    {
        return directory_.files[open.file];
    }
    FilePosition reached(const Open& open) const;
    std::vector<FollowedFile> values() const;
    bool is_intact(const Open& open) const;
    bool look_at_head(Open& open) const;
    bool is_archive_of(std::size_t archive, Open& original) const;
    bool is_open(std::size_t file) const;
    std::optional<std::size_t> named() const;

    void hear();
    void look(const std::function<void()>& meanwhile);
    Whereabouts whereabouts_of(const FilePosition& position) const;
    std::pair<Whereabouts, FilePosition> whereabouts_before(std::size_t index);
    void resume();
    std::size_t insert_newer(std::size_t at, const std::vector<std::size_t>& newer,
                             std::optional<std::size_t> named);
    bool insert(std::size_t at, std::size_t file);
    std::size_t count_archives(std::size_t from, std::size_t to) const;
    void find_gone();
    void take_over(std::size_t file);
    void search_before(std::size_t& index);
    bool read(Open& open);
    void read_all();
    void close_finished();

    SimulatedDirectory& directory_;
    std::optional<LogPosition> start_;
    TailOptions options_;
    RotationChain chain_{};
    std::vector<Open> files_{};
    std::size_t archives_ = 0;
    bool is_just_resumed_ = false;
};

}  // namespace mailban::test
