// Any bytes as the state database: opened and read, or told to be damaged; no crash, no row that
// holds an address or a kind that there is not.
#include "io/store/store.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

namespace fs = std::filesystem;

void demand(bool condition)
{
    if (!condition) std::abort();
}

const std::string& directory()
{
    static const std::string made = [] {
        const auto root = fs::exists("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path();
        std::string pattern = (root / "mailban-fuzz-XXXXXX").string();
        demand(::mkdtemp(pattern.data()) != nullptr);
        return pattern;
    }();
    return made;
}

void read(mailban::io::Store& store)
{
    static_cast<void>(store.active_bans());
    static_cast<void>(store.offenders());
    static_cast<void>(store.positions());
    static_cast<void>(store.logins_since({}, 1000));
    static_cast<void>(store.bans_of(*mailban::IpAddress::parse("192.0.2.7"), 10));
    std::size_t pages = 0;
    for (std::optional<std::int64_t> from = 0; from && pages < 1000; ++pages) {
        auto page = store.events_since({}, *from, 100);
        if (!page) break;
        for (const auto& stored : page->events)
            demand(static_cast<std::size_t>(stored.event.kind) < mailban::kEventKinds);
        from = page->next;
    }
    demand(pages < 1000);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string path = directory() + "/mailban.db";
    for (const auto* ending : {"", "-wal", "-shm"})
        fs::remove(path + ending);
    std::FILE* const file = std::fopen(path.c_str(), "wb");
    demand(file != nullptr);
    std::fwrite(data, 1, size, file);
    std::fclose(file);
    auto opened = mailban::io::Store::try_open(directory());
    demand((opened.store != nullptr) == opened.status.ok());
    if (opened.store) read(*opened.store);
    return 0;
}
