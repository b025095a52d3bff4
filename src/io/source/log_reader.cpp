#include "io/source/log_reader.h"

#include <utility>

namespace mailban::io {

Result<LogReader> LogReader::open(const std::string& path)
{
    auto bytes = ByteStream::open(path);
    if (!bytes) return bytes.error();
    return LogReader(std::move(*bytes));
}

Result<bool> LogReader::read_some(const LineCallback& on_line)
{
    const auto chunk = bytes_.read();
    if (!chunk) {
        return Error{chunk.error().message + "; lines read before: " + std::to_string(lines_)};
    }
    splitter_.feed(*chunk);
    while (const auto line = splitter_.next()) {
        ++lines_;
        on_line(*line);
    }
    if (!chunk->empty()) return true;
    if (const auto rest = splitter_.take_rest()) {
        ++lines_;
        on_line(*rest);
    }
    return false;
}

Status LogReader::read_all(const LineCallback& on_line)
{
    for (;;) {
        const auto more = read_some(on_line);
        if (!more) return more.error();
        if (!*more) return Done{};
    }
}

}  // namespace mailban::io
