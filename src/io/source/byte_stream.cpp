#include "io/source/byte_stream.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace mailban::io {

Result<ByteStream> ByteStream::open(const std::string& path)
{
    const bool is_stdin = path == "-";
    const int fd = is_stdin ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                            : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    std::string name = is_stdin ? "the standard input" : path;
    if (fd < 0) return Error{"cannot open " + name + ": " + std::generic_category().message(errno)};
    return ByteStream(Descriptor(fd), std::move(name));
}

ByteStream::ByteStream(Descriptor file, std::string name)
    : file_(std::move(file)), name_(std::move(name))
{
    struct ::stat st = {};
    if (::fstat(file_.get(), &st) == 0 && S_ISREG(st.st_mode)) {
        size_ = static_cast<std::uint64_t>(st.st_size);
    }
}

Result<std::string_view> ByteStream::read()
{
    if (auto begun = begin(); !begun) return begun.error();
    if (unpacker_) return read_packed();
    if (auto filled = refill(); !filled) return filled.error();
    bytes_given_ += packed_.size();
    return std::exchange(packed_, {});
}

Result<std::string_view> ByteStream::read_packed()
{
    for (;;) {
        if (auto filled = refill(); !filled) return filled.error();
        const auto count = unpacker_->unpack(packed_, output_.data(), output_.size());
        if (!count) return error(count.error().message);
        bytes_given_ += *count;
        const bool is_used_up = packed_.empty() && is_at_end_;
        if (*count > 0 || (is_used_up && unpacker_->is_complete())) {
            return std::string_view(output_.data(), *count);
        }
        if (is_used_up) {
            return error("the " + std::string(to_string(packing_)) + " archive is cut short");
        }
    }
}

void ByteStream::release()
{
    is_begun_ = true;
    is_at_end_ = true;
    packed_ = {};
    unpacker_.reset();
    input_ = {};
    output_ = {};
}

// Reads until the first bytes tell how the file is packed.
Status ByteStream::begin()
{
    if (is_begun_) return Done{};
    input_.resize(kChunk);
    while (filled_ < kMagicLength && !is_at_end_) {
        if (auto filled = fill(); !filled) return filled;
    }
    packing_ = packing_of(packed_);
    if (packing_ == Packing::gzip || packing_ == Packing::zstd) {
        unpacker_.emplace(packing_);
        output_.resize(kChunk);
    } else if (packing_ != Packing::plain) {
        return error(std::string(to_string(packing_)) + " archives are not read");
    }
    is_begun_ = true;
    return Done{};
}

Status ByteStream::refill()
{
    if (!packed_.empty() || is_at_end_) return Done{};
    filled_ = 0;
    return fill();
}

// Reads on behind what is in input_ already.
Status ByteStream::fill()
{
    ssize_t count = 0;
    do {
        count = ::read(file_.get(), input_.data() + filled_, input_.size() - filled_);
    } while (count < 0 && errno == EINTR);
    if (count < 0) return error(std::generic_category().message(errno));
    is_at_end_ = count == 0;
    filled_ += static_cast<std::size_t>(count);
    bytes_read_ += static_cast<std::uint64_t>(count);
    packed_ = {input_.data(), filled_};
    return Done{};
}

Error ByteStream::error(std::string_view cause) const
{
    return Error{"cannot read " + name_ + ": " + std::string(cause)};
}

}  // namespace mailban::io
