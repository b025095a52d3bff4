#include "mailban/parse/line_filter.h"

#include "mailban/characters.h"
#include "mailban/envelope/line_end.h"
#include "mailban/envelope/unwrapper.h"
#include "mailban/parse/dovecot.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "idle_messages.h"
#include "postfix_messages.h"
#include "routing.h"

namespace mailban {

namespace {

// Longer lines may have been cut by a container engine.
constexpr std::size_t kLongestKnown = 4096;
// No stamp with a message is shorter.
constexpr std::size_t kShortestKnown = 28;

// "2026-11-23 22:29:06 " or "2026-11-23T22:29:06", by their shape.
bool has_iso_shape(std::string_view line, char between) noexcept
{
    return line[4] == '-' && line[7] == '-' && line[10] == between && line[13] == ':' &&
           line[16] == ':' && is_digit(line[9]);
}

// "Nov 23 22:30:58 "
bool has_rfc3164_shape(std::string_view line) noexcept
{
    return line[3] == ' ' && line[6] == ' ' && line[9] == ':' && line[12] == ':' &&
           line[15] == ' ' && is_digit(line[5]);
}

// "2026-11-23 22:29:06 ", and nothing behind it that would belong to the stamp.
std::size_t behind_plain_stamp(std::string_view line) noexcept
{
    constexpr std::size_t kStamp = 20;
    const bool is_one = line.size() > kStamp && is_digit(line.front()) &&
                        has_iso_shape(line, ' ') && line[kStamp - 1] == ' ' &&
                        line[kStamp] != '+' && line[kStamp] != '-';
    return is_one ? kStamp : 0;
}

// Where the host begins; 0: the line has no stamp of syslog's.
std::size_t behind_syslog_stamp(std::string_view line) noexcept
{
    constexpr std::size_t kBare = 19;
    if (is_digit(line.front())) {
        if (!has_iso_shape(line, 'T')) return 0;
        return line.find(' ', kBare) + 1;
    }
    const bool is_one = kUpperCase.has(line.front()) && has_rfc3164_shape(line);
    return is_one ? 16 : 0;
}

// Syslog daemons that leave repeated lines out begin what they write instead with one of these.
bool may_tell_of_repetition(char first) noexcept
{
    return first == 'l' || first == 'L' || first == 'm' || first == '-';
}

// Where a host may have a program behind it, both could be the second and third word of a tag.
bool may_have_tag(std::string_view message) noexcept
{
    auto at = message.find(' ');
    for (int word = 2; word <= 3; ++word) {
        if (at == std::string_view::npos) return false;
        at = message.find(' ', at + 1);
        if (at != std::string_view::npos && message[at - 1] == ':') return true;
    }
    return false;
}

std::uint64_t eight_bytes(const char* text) noexcept
{
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text, sizeof bytes);
    return bytes;
}

struct TagEnd {
    std::size_t length = 0;  // of "host program"; 0: it is not there
    std::size_t message = 0;
    std::optional<std::uint32_t> pid{};
};

// Of "host program[pid]: " or "host program: " at the front of `text`.
TagEnd end_of_tag(std::string_view text) noexcept
{
    constexpr std::size_t kMostDigits = 9;
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon + 2 >= text.size() || text[colon + 1] != ' ')
        return {};
    if (colon == 0 || text[colon - 1] != ']') return {colon, colon + 2, std::nullopt};
    auto begin = colon - 1;
    std::uint32_t pid = 0;
    std::uint32_t unit = 1;
    for (; begin > 0 && is_digit(text[begin - 1]) && colon - begin <= kMostDigits; unit *= 10)
        pid += unit * static_cast<std::uint32_t>(text[--begin] - '0');
    if (unit == 1 || begin == 0 || text[begin - 1] != '[') return {};
    return {begin - 1, colon + 2, pid};
}

// A line that may be Dovecot's, Zimbra's, Axigen's, Postal's or a piece of Exim's, which all have
// such stamps.
bool may_be_other_log(std::string_view message) noexcept
{
    constexpr CharacterSet kFirsts("[IWE\x1b");
    if (kFirsts.has(message.front())) return true;
    if (is_digit(message.front())) return !begins_with_queue_id(message);
    // Of Dovecot's processes that a log has lines of, or a stamp in front of them.
    constexpr CharacterSet kOfDovecot("adimps");
    if (!kOfDovecot.has(message.front()) && message[3] != ' ') return false;
    return begins_as_dovecot_log({.style = HeaderStyle::plain, .message = message});
}

}  // namespace

LineFilter::LineFilter(MailServers servers)
    : servers_(servers), only_(servers.only()), has_exim_(servers.contains(MailServer::exim))
{
}

bool LineFilter::knows(std::string_view line)
{
    if (line.size() < kShortestKnown || line.size() > kLongestKnown) return false;
    line = without_line_end(line);
    if (line.size() < kShortestKnown) return false;
    if (const auto length = behind_plain_stamp(line); length > 0)
        return has_exim_ && knows_own_log(line, line.substr(length));
    const auto header = behind_syslog_stamp(line);
    return header > 0 && knows_syslog(line, header);
}

bool LineFilter::knows_own_log(std::string_view line, std::string_view message)
{
    const bool is_idle = is_idle_in_exim_log(message);
    if (may_have_tag(message) || (!is_idle && may_be_other_log(message))) return false;
    known_.line = line;
    known_.header = {.style = HeaderStyle::plain, .stamp = line, .message = message};
    known_.is_own_log = true;
    return is_known(MailServer::exim, is_idle);
}

bool LineFilter::is_known(MailServer server, bool is_idle) noexcept
{
    known_.server = server;
    known_.is_idle = is_idle;
    return true;
}

bool LineFilter::knows_syslog(std::string_view line, std::size_t header)
{
    const auto text = line.substr(header);
    // What begins otherwise could be one more stamp; one that begins with a letter is no tag, for
    // a digit follows its first colon.
    if (text.empty() || !is_letter(text.front())) return false;
    const auto tag = end_of_tag(text);
    if (tag.length < sizeof(std::uint64_t) || tag.length > Tag::kLongest) return false;
    auto message = text.substr(tag.message);
    if (may_tell_of_repetition(message.front()) || message.front() == '[') return false;
    const Tag& found = tag_of(text.substr(0, tag.length));
    if (found.writer == Writer::other) return false;
    known_.line = line;
    known_.header = {.style = is_digit(line.front()) ? HeaderStyle::iso : HeaderStyle::rfc3164,
                     .stamp = line,
                     .host = text.substr(0, found.host),
                     .program = text.substr(found.host + 1, tag.length - found.host - 1),
                     .pid = tag.pid,
                     .message = message};
    known_.is_own_log = false;
    switch (found.writer) {
    case Writer::other: break;
    case Writer::machine:
        known_.server.reset();
        known_.is_idle = true;
        return true;
    case Writer::postfix: return is_known(MailServer::postfix, true);
    case Writer::smtpd: return is_known(MailServer::postfix, is_idle_smtpd_message(message));
    case Writer::postscreen:
        return is_known(MailServer::postfix, is_idle_postscreen_message(message));
    case Writer::dovecot:
        // A container may have this name, and write lines with stamps of their own.
        if (!kLowerCase.has(message.front())) return false;
        return is_known(MailServer::dovecot, is_idle_dovecot_message(message));
    case Writer::exim:
        // Exim may stamp what it sends to syslog as well.
        message.remove_prefix(behind_plain_stamp(message));
        return is_known(MailServer::exim, is_idle_exim_message(message));
    }
    return false;
}

const LineFilter::Tag& LineFilter::tag_of(std::string_view tag)
{
    constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
    constexpr int kShift = 58;  // leaves kTags places
    if (tags_.empty()) tags_.resize(kTags);
    const auto* const end = tag.data() + tag.size() - sizeof(std::uint64_t);
    const auto mixed = (eight_bytes(tag.data()) * kOdd ^ eight_bytes(end)) * kOdd;
    Tag& place = tags_[mixed >> kShift];
    if (tag == std::string_view(place.text.data(), place.length)) return place;
    place.writer = read_tag(tag);
    place.host = static_cast<std::uint8_t>(std::min(tag.find(' '), tag.size()));
    place.length = static_cast<std::uint8_t>(tag.size());
    std::copy(tag.begin(), tag.end(), place.text.begin());
    return place;
}

// Read as any header, so that the filter has no rules of its own about hosts and programs.
LineFilter::Writer LineFilter::read_tag(std::string_view tag) const
{
    const auto blank = tag.find(' ');
    if (blank == std::string_view::npos) return Writer::other;
    const auto host = tag.substr(0, blank);
    const auto program = tag.substr(blank + 1);
    const auto line = "Nov 23 22:30:58 " + std::string(tag) + "[1]: x";
    const auto header = read_line_header(line);
    if (!header || header->host != host || header->program != program) return Writer::other;

    const auto server = line_origin({.host = host, .program = program}).server;
    if (!server) return !only_ && is_of_the_machine(program) ? Writer::machine : Writer::other;
    if (!servers_.contains(*server)) return Writer::other;
    switch (*server) {
    case MailServer::exim: return Writer::exim;
    case MailServer::dovecot: return program == "dovecot" ? Writer::dovecot : Writer::other;
    case MailServer::postfix: break;
    default: return Writer::other;
    }
    // A container may have this name, and write lines with headers of their own.
    if (program == "postfix") return Writer::other;
    const auto daemon = postfix_daemon(program);
    if (daemon == "smtpd") return Writer::smtpd;
    return daemon == "postscreen" ? Writer::postscreen : Writer::postfix;
}

}  // namespace mailban
