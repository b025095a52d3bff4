#include "mailban/rotation/fingerprint.h"

namespace mailban {

namespace {

std::uint64_t hash_of(std::string_view bytes)
{
    std::uint64_t hash = 14695981039346656037U;
    for (const char byte : bytes) {
        hash ^= static_cast<unsigned char>(byte);
        hash *= 1099511628211U;
    }
    return hash;
}

}  // namespace

Fingerprint fingerprint_of(std::string_view head)
{
    const auto length = head.size() >= kHeadSize ? kHeadSize : head.rfind('\n') + 1;
    return {hash_of(head.substr(0, length)), static_cast<std::uint32_t>(length)};
}

bool begins_like(const FileFacts& file, const FilePosition& position)
{
    if (!file.is_archive && file.stat.size < position.offset) return false;
    if (!position.has_fingerprint()) return true;
    const auto head = std::string_view(file.head).substr(0, position.fingerprint_length);
    return head.size() == position.fingerprint_length && hash_of(head) == position.fingerprint;
}

}  // namespace mailban
