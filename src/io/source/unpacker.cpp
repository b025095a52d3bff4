#include "io/source/unpacker.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace mailban::io {

namespace {

struct Magic {
    std::string_view bytes{};
    Packing packing = Packing::plain;
};

// xz's magic ends with a NUL.
constexpr std::array<Magic, 6> kMagics{{{"\x1f\x8b", Packing::gzip},
                                        {"\x28\xb5\x2f\xfd", Packing::zstd},
                                        {{"\xfd\x37zXZ\0", 6}, Packing::xz},
                                        {"BZh", Packing::bzip2},
                                        {"\x04\x22\x4d\x18", Packing::lz4},
                                        {"\x02\x21\x4c\x18", Packing::lz4}}};

// A skippable frame, which pzstd begins with: 0x184D2A50 to 0x184D2A5F, little-endian.
bool is_skippable_frame(std::string_view bytes)
{
    return bytes.size() >= 4 && (bytes[0] & '\xf0') == '\x50' &&
           bytes.substr(1, 3) == "\x2a\x4d\x18";
}

// zlib: largest window, and a gzip header is demanded.
constexpr int kGzipWindow = 15 + 16;

}  // namespace

Packing packing_of(std::string_view first_bytes)
{
    for (const auto& magic : kMagics) {
        if (first_bytes.starts_with(magic.bytes)) return magic.packing;
    }
    return is_skippable_frame(first_bytes) ? Packing::zstd : Packing::plain;
}

std::string_view to_string(Packing packing)
{
    switch (packing) {
    case Packing::plain: return "plain";
    case Packing::gzip: return "gzip";
    case Packing::zstd: return "zstd";
    case Packing::xz: return "xz";
    case Packing::bzip2: return "bzip2";
    case Packing::lz4: return "lz4";
    }
    return "";
}

void Unpacker::EndInflate::operator()(z_stream_s* stream) const noexcept
{
    ::inflateEnd(stream);
    std::default_delete<z_stream_s>()(stream);
}

void Unpacker::FreeContext::operator()(ZSTD_DCtx_s* context) const noexcept
{
    ::ZSTD_freeDCtx(context);
}

Unpacker::Unpacker(Packing packing) : packing_(packing)
{
    if (packing == Packing::zstd) {
        zstd_.reset(::ZSTD_createDCtx());
        return;
    }
    auto stream = std::make_unique<z_stream_s>();
    if (::inflateInit2(stream.get(), kGzipWindow) == Z_OK) gzip_.reset(stream.release());
}

Unpacker::Unpacker(Unpacker&&) noexcept = default;
Unpacker& Unpacker::operator=(Unpacker&&) noexcept = default;
Unpacker::~Unpacker() = default;

Result<std::size_t> Unpacker::unpack(std::string_view& packed, char* buffer, std::size_t size)
{
    if (!gzip_ && !zstd_) return Error{"no memory to unpack it"};
    // Archives may be padded with zeros, as tapes want it.
    if (is_complete_ && packing_ == Packing::gzip) {
        packed.remove_prefix(std::min(packed.find_first_not_of('\0'), packed.size()));
    }
    if (is_complete_ && packed.empty()) return std::size_t{0};
    return packing_ == Packing::gzip ? inflate(packed, buffer, size)
                                     : decompress(packed, buffer, size);
}

Result<std::size_t> Unpacker::inflate(std::string_view& packed, char* buffer, std::size_t size)
{
    if (std::exchange(is_complete_, false)) ::inflateReset(gzip_.get());
    // zlib does not write to its input; its interface is older than const.
    gzip_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));  // NOLINT
    gzip_->avail_in = static_cast<uInt>(packed.size());
    gzip_->next_out = reinterpret_cast<Bytef*>(buffer);  // NOLINT: bytes are bytes
    gzip_->avail_out = static_cast<uInt>(size);
    const int code = ::inflate(gzip_.get(), Z_NO_FLUSH);
    packed.remove_prefix(packed.size() - gzip_->avail_in);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
        return Error{std::string("damaged gzip archive: ") +
                     (gzip_->msg != nullptr ? gzip_->msg : ::zError(code))};
    }
    is_complete_ = code == Z_STREAM_END;
    return size - gzip_->avail_out;
}

Result<std::size_t> Unpacker::decompress(std::string_view& packed, char* buffer, std::size_t size)
{
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    ZSTD_outBuffer out{buffer, size, 0};
    const auto left = ::ZSTD_decompressStream(zstd_.get(), &out, &in);
    packed.remove_prefix(in.pos);
    if (::ZSTD_isError(left) != 0) {
        return Error{std::string("damaged zstd archive: ") + ::ZSTD_getErrorName(left)};
    }
    is_complete_ = left == 0;
    return out.pos;
}

}  // namespace mailban::io
