#include "mailban/envelope/repeated_line.h"

#include "mailban/scan.h"

namespace mailban {

namespace {

// Eats "3 times".
std::optional<std::uint32_t> take_times(std::string_view& text) noexcept
{
    const auto times = take_number<std::uint32_t>(text);
    if (!times || *times == 0 || !take(text, " time")) return std::nullopt;
    take(text, "s");
    return times;
}

// "last message repeated 3 times", "--- last message repeated 3 times ---"
std::optional<std::uint32_t> read_last(std::string_view text) noexcept
{
    if (take(text, "--- ") && text.ends_with(" ---")) text.remove_suffix(4);
    if (take(text, "Last output repeated ")) {
        if (text == "twice") return 2;
    } else if (!take(text, "last message repeated ")) {
        return std::nullopt;
    }
    const auto times = take_times(text);
    if (!times || !text.empty()) return std::nullopt;
    return times;
}

// "Last message 'warning: unknown[192' repeated 3 times, suppressed by syslog-ng on mail"
std::optional<LastRepeated> read_suppressed(std::string_view text) noexcept
{
    constexpr std::string_view kBehind = "' repeated ";
    constexpr std::size_t kMostShown = 20;
    if (!take(text, "Last message '")) return std::nullopt;
    const auto end = text.rfind(kBehind);
    if (end == std::string_view::npos || end > kMostShown) return std::nullopt;
    LastRepeated repeated;
    repeated.beginning = text.substr(0, end);
    text.remove_prefix(end + kBehind.size());
    const auto times = take_times(text);
    if (!times || !take(text, ", suppressed by syslog-ng on ")) return std::nullopt;
    repeated.times = *times;
    return repeated;
}

}  // namespace

Repetition unwrap_repeated(LineHeader& header) noexcept
{
    constexpr std::size_t kMostKept = 800;
    auto text = header.message;
    if (header.program.empty() || header.style == HeaderStyle::journal) return {};
    if (!take(text, "message repeated ")) return {};
    const auto times = take_times(text);
    if (!times || !take(text, ": [") || !text.ends_with(']')) return {};
    text.remove_suffix(1);
    const bool is_cut = text.size() >= kMostKept;
    take(text, " ");  // that follows the tag
    header.message = text;
    return {.times = *times, .is_cut = is_cut};
}

std::optional<LastRepeated> read_last_repeated(const LineHeader& header) noexcept
{
    if (header.style == HeaderStyle::plain || header.style == HeaderStyle::journal)
        return std::nullopt;
    if (const auto times = read_last(header.message)) return LastRepeated{*times, header.host, {}};
    if (auto suppressed = read_suppressed(header.message)) {
        suppressed->host = header.host;
        return suppressed;
    }
    if (!header.program.empty()) return std::nullopt;
    // Without a tag, the host has not been told from the message.
    auto text = header.message;
    const auto host = take_until(text, ' ');
    if (!take(text, " ")) return std::nullopt;
    const auto times = read_last(text);
    if (!times) return std::nullopt;
    return LastRepeated{*times, host, {}};
}

}  // namespace mailban
