// The log of a container as the kubelet and podman keep it:
// "2026-11-23T22:30:58.123456789+01:00 stdout F text", with P for a piece.
#include "mailban/scan.h"

#include "stamp_shape.h"
#include "wrappers.h"

namespace mailban {

std::optional<CriEntry> read_cri(std::string_view text, const Zone& zone, Timestamp now)
{
    const auto length = iso_stamp_shape(text);
    if (length == 0) return std::nullopt;
    auto rest = text.substr(length + 1);
    CriEntry entry;
    entry.stream = rest.substr(0, 6);
    if (!take(rest, "stdout ") && !take(rest, "stderr ")) return std::nullopt;
    // "F", or "F:more:tags"
    const auto tags = take_until(rest, ' ');
    const auto first = tags.substr(0, tags.find(':'));
    if (first != "F" && first != "P") return std::nullopt;
    entry.is_whole = first == "F";
    take(rest, " ");
    entry.text = rest;
    const auto stamp = read_iso_stamp(text, zone, now);
    if (!stamp || stamp->length != length) return std::nullopt;
    entry.wrapper = {{.wrapping = Wrapping::cri, .time = stamp->time}, stamp->has_offset};
    return entry;
}

}  // namespace mailban
