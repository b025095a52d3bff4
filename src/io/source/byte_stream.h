// ByteStream: the content of a file from its beginning to its end, unpacked where it is packed.
//
// Packing is told by the file's first bytes, not by its name. Memory does not grow with the file.
#pragma once

#include "io/source/descriptor.h"
#include "io/source/unpacker.h"
#include "mailban/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban::io {

class ByteStream {
public:
    // As many bytes as one read() takes and gives at most.
    static constexpr std::size_t kChunk = std::size_t{128} * 1024;

    // Opens anything that can be read, pipes and sockets too; "-" is the standard input.
    static Result<ByteStream> open(const std::string& path);
    // Takes over an open file; `name` is for messages.
    ByteStream(Descriptor file, std::string name);

    // The next bytes of content, good until the next call; empty at the end. An error ("cannot read
    // NAME: CAUSE") is final, and everything before it has been given. An archive that ends too
    // early is an error.
    Result<std::string_view> read();

    // No more is wanted: gives its memory back and keeps the file open. read() gives nothing then.
    void release();

    int fd() const noexcept { return file_.get(); }
    Packing packing() const noexcept { return packing_; }  // known from the first read() on
    std::uint64_t bytes_read() const noexcept { return bytes_read_; }    // of the file
    std::uint64_t bytes_given() const noexcept { return bytes_given_; }  // of its content
    // Of the file when it was opened; nullopt where that cannot be known.
    std::optional<std::uint64_t> size() const noexcept { return size_; }

private:
    Error error(std::string_view cause) const;
    Status begin();
    Status refill();
    Status fill();
    Result<std::string_view> read_packed();

    Descriptor file_;
    std::string name_;
    Packing packing_ = Packing::plain;
    std::optional<std::uint64_t> size_{};
    std::optional<Unpacker> unpacker_{};
    std::vector<char> input_{};
    std::vector<char> output_{};  // only where there is something to unpack
    std::size_t filled_ = 0;      // bytes in input_
    std::string_view packed_{};   // those of them that were not used yet
    std::uint64_t bytes_read_ = 0;
    std::uint64_t bytes_given_ = 0;
    bool is_begun_ = false;
    bool is_at_end_ = false;
};

}  // namespace mailban::io
