// Unpacker: gzip (RFC 1952) and Zstandard (RFC 8878) streams, piece by piece.
//
// Both kinds may be several archives in a row, as `cat a.gz b.gz` makes them; their contents follow
// one another. Memory is bounded: 32 KiB of window for gzip, at most 128 MiB for Zstandard, whose
// archives with longer windows (`zstd --long=28` and more) are refused.
#pragma once

#include "mailban/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

struct z_stream_s;
struct ZSTD_DCtx_s;

namespace mailban::io {

// How a file is packed. Of what is not read only the names are known.
enum class Packing : std::uint8_t { plain, gzip, zstd, xz, bzip2, lz4 };

// Told by the first bytes of the file; kMagicLength of them, or as many as it has.
inline constexpr std::size_t kMagicLength = 6;
Packing packing_of(std::string_view first_bytes);
std::string_view to_string(Packing packing);

class Unpacker {
public:
    // For gzip or zstd. Where memory for it cannot be had, every unpack() fails.
    explicit Unpacker(Packing packing);
    Unpacker(Unpacker&&) noexcept;
    Unpacker& operator=(Unpacker&&) noexcept;
    ~Unpacker();

    // Writes the next bytes of content into `buffer` and says how many; takes what it needed for
    // them from the front of `packed`. 0: it needs more.
    Result<std::size_t> unpack(std::string_view& packed, char* buffer, std::size_t size);

    // The input may end here: the last archive is complete.
    bool is_complete() const noexcept { return is_complete_; }

private:
    struct EndInflate {
        void operator()(z_stream_s* stream) const noexcept;
    };
    struct FreeContext {
        void operator()(ZSTD_DCtx_s* context) const noexcept;
    };

    Result<std::size_t> inflate(std::string_view& packed, char* buffer, std::size_t size);
    Result<std::size_t> decompress(std::string_view& packed, char* buffer, std::size_t size);

    Packing packing_;
    std::unique_ptr<z_stream_s, EndInflate> gzip_{};
    std::unique_ptr<ZSTD_DCtx_s, FreeContext> zstd_{};
    bool is_complete_ = false;
};

}  // namespace mailban::io
