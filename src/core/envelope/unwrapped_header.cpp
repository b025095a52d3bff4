// Behind the wrappers: the header of the server's own line.
#include "mailban/envelope/line_end.h"
#include "mailban/envelope/repeated_line.h"
#include "mailban/scan.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>

#include "header_fields.h"
#include "stamp_shape.h"
#include "unwrapping.h"

namespace mailban {

namespace {

// One of Postfix's, whatever syslog_name calls the others: "mx1/cleanup".
bool is_daemon_of_postfix(std::string_view program) noexcept
{
    constexpr std::array<std::string_view, 20> kDaemons{
        "anvil",  "bounce", "cleanup", "discard",  "dnsblog", "error",    "flush",
        "lmtp",   "local",  "master",  "pickup",   "pipe",    "proxymap", "qmgr",
        "scache", "smtp",   "tlsmgr",  "tlsproxy", "verify",  "virtual"};
    const auto slash = program.rfind('/');
    if (slash == std::string_view::npos) return false;
    program.remove_prefix(slash + 1);
    return is_one_of(program, kDaemons);
}

// A message of this name always begins with a word of its own: what begins with a whole header was
// written by a container that has the name.
bool may_be_name_of_container(std::string_view program) noexcept
{
    return program == "postfix" || program == "dovecot";
}

// A message that Exim has cut for syslog ("[1/3] …"): a blank at its end belongs to the text.
bool is_piece_of_exim(std::string_view text) noexcept
{
    return take(text, "[") && take_number<unsigned>(text) &&
           (take(text, "/") || take(text, "\\")) && take_number<unsigned>(text) && take(text, "]");
}

// An id that Exim gives a message: "1tABCd-000000001AB-0abc". It stands first in a line of Exim's,
// and what follows it may be a client's.
bool is_message_id(std::string_view text) noexcept
{
    return text.size() >= 16 && text.size() <= 23 && text[6] == '-' &&
           std::count(text.begin(), text.end(), '-') == 2;
}

// "mail postfix/smtpd[152]: …"
bool has_second_word_of_a_tag(std::string_view text) noexcept
{
    const auto begin = text.find(' ');
    if (begin == std::string_view::npos) return false;
    auto end = text.find(' ', begin + 1);
    const bool is_level = end != std::string_view::npos && text[end - 1] != ':';
    // A level may stand between the two.
    if (is_level) end = text.find(' ', end + 1);
    return end != std::string_view::npos && text[end - 1] == ':';
}

// Both are text of the line, one behind the other.
bool stands_behind_host(HeaderStyle style) noexcept
{
    return style == HeaderStyle::rfc3164 || style == HeaderStyle::iso ||
           style == HeaderStyle::rfc5424;
}

}  // namespace

bool is_of_the_machine(std::string_view program) noexcept
{
    constexpr std::array<std::string_view, 16> kPrograms{
        "kernel", "systemd", "systemd-logind", "sshd",  "sshd-session", "sudo",    "su",  "cron",
        "CRON",   "crond",   "audit",          "httpd", "apache2",      "php-fpm", "php", "named"};
    return is_one_of(program, kPrograms);
}

// Docker keeps logs as JSON, in which each byte that is no UTF-8 becomes U+FFFD, three bytes long.
// How long a text is decides what it can be; so each of them is one byte again, which no server
// cuts differently. False: the line is so long that it may have been cut, and nobody can tell.
bool Unwrapper::Work::restore_bytes(std::string_view& text)
{
    constexpr std::string_view kReplaced = "\xef\xbf\xbd";
    if (!is_of_docker_) return true;
    auto at = text.find(kReplaced);
    if (at == std::string_view::npos) return true;
    if (text.size() > Memory::kSurelyWhole) return false;
    auto& restored = memory_.restored;
    restored.clear();
    for (; at != std::string_view::npos; at = text.find(kReplaced)) {
        restored.append(text.substr(0, at)) += '\xff';
        text.remove_prefix(at + kReplaced.size());
    }
    text = restored.append(text);
    return true;
}

void Unwrapper::Work::read_header(std::string_view text)
{
    if (!restore_bytes(text)) return;
    envelope_.line = without_line_end(text);
    envelope_.header = header_of(envelope_.line);
    if (!envelope_.header) envelope_.header = header_without_stamp(envelope_.line);
    if (!envelope_.header) return;
    auto& header = *envelope_.header;
    header.container = container_;
    const auto blanks = text.substr(envelope_.line.size());
    const bool has_only_blanks = blanks.find_first_not_of(' ') == std::string_view::npos;
    if (!blanks.empty() && has_only_blanks && is_piece_of_exim(header.message))
        header.message = {header.message.data(), header.message.size() + blanks.size()};
    unwrap_repeated_line();
    open_container_log();
    set_time();
}

std::optional<LineHeader> Unwrapper::Work::header_of(std::string_view text) const
{
    auto header = read_line_header(text);
    if (!header || header->style != HeaderStyle::plain) return header;
    if (!has_second_word_of_a_tag(header->message)) return header;
    // Servers stamp their own logs alike; so the program has to be one, or a container's.
    auto syslog = *header;
    if (!take_host_and_tag(header->message, syslog)) return header;
    if (syslog.host.empty() || is_message_id(syslog.host)) return header;
    const bool has_inner = syslog.pid && begins_with_stamp(syslog.message);
    if (!has_inner && !is_server_(syslog)) return header;
    syslog.style = HeaderStyle::iso;
    return syslog;
}

// "postfix/smtpd[152]: …", or what a server's own log says, both without any stamp.
std::optional<LineHeader> Unwrapper::Work::header_without_stamp(std::string_view text) const
{
    LineHeader bare{.style = HeaderStyle::untimed, .message = text};
    auto tagged = bare;
    if (take_tag(text, tagged) && is_server_(tagged)) return tagged;
    // Of a wrapped line, the wrapper has shown where it begins.
    if (!envelope_.layers.empty() || is_server_(bare)) return bare;
    return std::nullopt;
}

void Unwrapper::Work::unwrap_repeated_line()
{
    const auto repetition = unwrap_repeated(*envelope_.header);
    if (repetition.times == 1 && !repetition.is_cut) return;
    envelope_.header->message = without_line_end(envelope_.header->message);
    constexpr std::uint64_t kMost = 1'000'000;
    const auto times = std::uint64_t{envelope_.times} * repetition.times;
    envelope_.times = static_cast<std::uint32_t>(std::min(times, kMost));
    envelope_.is_cut = envelope_.is_cut || repetition.is_cut;
}

// The header of the line that a container wrote, at the very front of the engine's message.
std::optional<LineHeader> Unwrapper::Work::inner_header(const LineHeader& outer) const
{
    const bool is_stamped = begins_with_stamp(outer.message);
    const bool is_containers = outer.style == HeaderStyle::journal && !outer.container.empty();
    if (is_containers) return is_stamped ? header_of(outer.message) : std::nullopt;
    if (is_stamped && may_be_name_of_container(outer.program)) {
        auto inner = header_of(outer.message);
        const bool is_whole = inner && !inner->host.empty() && is_server_(*inner);
        return is_whole ? inner : std::nullopt;
    }
    const auto program = outer.program;
    if (is_server_(outer) || is_of_the_machine(program) || is_daemon_of_postfix(program))
        return std::nullopt;
    if (is_stamped) return header_of(outer.message);
    auto text = outer.message;
    LineHeader tagged{.style = HeaderStyle::untimed};
    if (take_tag(text, tagged) && is_server_(tagged)) return tagged;
    return std::nullopt;
}

void Unwrapper::Work::open_container_log()
{
    const auto& outer = *envelope_.header;
    if (outer.program.empty() || outer.message.empty()) return;
    auto inner = inner_header(outer);
    auto name = outer.container;
    if (outer.style != HeaderStyle::journal || name.empty()) {
        // In one log, two machines may have containers of one name.
        const bool has_host = !outer.host.empty() && stands_behind_host(outer.style);
        const auto* const begin = has_host ? outer.host.data() : outer.program.data();
        const auto* const end = outer.program.data() + outer.program.size();
        name = {begin, static_cast<std::size_t>(end - begin)};
        if (is_rest_of_cut_line(name, outer.message.size())) inner.reset();
    }
    if (!inner) return;
    if (!envelope_.layers.is_full())
        envelope_.layers.add({.wrapping = Wrapping::container_log,
                              .name = name,
                              .time = header_time(outer, clock_.zone, clock_.now)});
    if (const auto stamp = header_stamp(outer, clock_.zone, clock_.now))
        note_time(stamp->time, stamp->has_offset);
    inner->container = name;
    envelope_.line = outer.message;
    envelope_.outer = outer;
    envelope_.header = inner;
    unwrap_repeated_line();
}

// Whether the message may begin where a line was cut that the container wrote before.
bool Unwrapper::Work::is_rest_of_cut_line(std::string_view container, std::size_t length)
{
    auto& cut = memory_.cut;
    const bool may_be_cut = length >= Memory::kMayBeCut;
    if (cut.empty() && !may_be_cut) return false;
    const auto known = std::find(cut.begin(), cut.end(), container);
    const bool is_rest = known != cut.end();
    if (is_rest && !may_be_cut) cut.erase(known);
    if (!is_rest && may_be_cut) {
        if (cut.size() == Memory::kMostTags) cut.erase(cut.begin());
        cut.emplace_back(container);
    }
    return is_rest;
}

void Unwrapper::Work::set_time()
{
    auto& header = *envelope_.header;
    const bool has_stamp =
        header.style != HeaderStyle::untimed && header.style != HeaderStyle::monotonic;
    if (exact_) {
        header.time = exact_;
    } else if (!has_stamp) {
        header.time = coarse_;
        if (!coarse_ && clock_.is_live) header.time = clock_.now;
    }
}

}  // namespace mailban
