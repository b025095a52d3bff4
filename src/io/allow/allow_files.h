// AllowFiles: the allow files of the configuration, read again whenever they change.
//
// A file that is being written is let come to rest for a moment, so that an editor that empties it
// first does not end anybody's trust. What a file said stays true while it is gone or cannot be
// read.
#pragma once

#include "io/allow/allow_file.h"
#include "io/asio.h"
#include "io/source/file_watcher.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

struct AllowFilesOptions {
    // Without a change for so long, or after so long in any case, a changed file is read.
    std::chrono::milliseconds quiet = std::chrono::milliseconds(100);
    std::chrono::milliseconds patience = std::chrono::seconds(2);
    // For file systems that tell nothing.
    std::chrono::milliseconds look_again = std::chrono::seconds(5);
    FileWatcher::Means means = FileWatcher::Means::inotify;
};

class AllowFiles {
public:
    using OnChange = std::function<void(const AllowedFile& file)>;

    AllowFiles(asio::io_context& context, OnChange on_change, AllowFilesOptions options = {});

    // From now on these, which are read at once. What is known of a file that stays is kept where
    // it cannot be read now. `on_change` is not called for this.
    void set(const std::vector<std::string>& paths);

    // Tells of changes until stop(); this object has to live until then.
    asio::awaitable<void> run();
    void stop();

    const std::vector<AllowedFile>& files() const noexcept { return files_; }

private:
    struct Source {
        std::string path{};
        Descriptor file{};
        std::string unopened{};             // why it could not be opened
        std::string problem{};              // why it cannot be read
        std::optional<std::string> text{};  // as it was last read
    };
    enum class Tells : std::uint8_t { no, yes };

    void look();
    void watch();
    void read(Source& source, AllowedFile& known, Tells tells);
    asio::awaitable<void> settle();

    FileWatcher watcher_;
    FileWatcher::Waiter waiter_;
    OnChange on_change_;
    AllowFilesOptions options_;
    std::vector<Source> sources_{};
    std::vector<AllowedFile> files_{};  // one for each source
    bool is_stopped_ = false;
};

}  // namespace mailban::io
