#include "mailban/parse/line_filter.h"

#include "mailban/characters.h"
#include "mailban/envelope/line_end.h"
#include "mailban/envelope/unwrapper.h"
#include "mailban/parse/dovecot.h"
#include "mailban/scan.h"
#include "mailban/words.h"

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

// Syslog daemons that leave repeated lines out write instead "last message repeated 2 times", "Last
// output repeated twice", "--- last message …", "message repeated 2 times: [ …".
bool may_tell_of_repetition(std::string_view message) noexcept
{
    switch (message[0]) {
    case 'l':
    case 'L': return message[1] == 'a';
    case 'm': return message[1] == 'e';
    case '-': return message[1] == '-';
    default: return false;
    }
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
};

// How many digits a process id has in front of the bracket that ends `text`, if it may be one.
std::size_t pid_length(std::string_view text) noexcept
{
    constexpr std::size_t kMostDigits = 9;
    std::size_t length = 0;
    while (length < kMostDigits && length + 1 < text.size() &&
           is_digit(text[text.size() - 2 - length]))
        ++length;
    return length;
}

// Of "host program[pid]: " or "host program: " at the front of `text`.
TagEnd end_of_tag(std::string_view text) noexcept
{
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon + 2 >= text.size() || text[colon + 1] != ' ')
        return {};
    if (colon == 0 || text[colon - 1] != ']') return {colon, colon + 2};
    const auto digits = pid_length(text.substr(0, colon));
    if (digits == 0 || digits + 2 > colon || text[colon - digits - 2] != '[') return {};
    return {colon - digits - 2, colon + 2};
}

// Of "[pid]: " behind "host program"; nullopt: there is none.
std::optional<std::uint32_t> pid_behind(std::string_view text) noexcept
{
    if (!take(text, "[")) return std::nullopt;
    return take_number<std::uint32_t>(text);
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
    // What is nothing and begins so is a sentence of Exim's, whose first three words are no tag.
    constexpr CharacterSet kOfSentences("nSTu");
    const bool is_idle = is_idle_in_exim_log(message);
    const bool is_sentence = is_idle && kOfSentences.has(message.front());
    if (!is_sentence && may_have_tag(message)) return false;
    if (!is_idle && may_be_other_log(message)) return false;
    known_.line = line;
    known_.header = {.style = HeaderStyle::plain, .stamp = line, .message = message};
    known_.is_own_log = true;
    known_.server = MailServer::exim;
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
    const auto message = text.substr(tag.message);
    if (message.size() < 2 || may_tell_of_repetition(message) || message.front() == '[')
        return false;
    const Tag& found = tag_of(text.substr(0, tag.length));
    if (found.writer == Writer::other) return false;
    // A container may have the name of Dovecot, and write lines with stamps of their own.
    if (found.writer == Writer::dovecot && !kLowerCase.has(message.front())) return false;
    known_.line = line;
    known_.server = server_of(found.writer);
    known_.is_own_log = false;
    known_.is_idle = is_idle(found.writer, message);
    if (known_.is_idle) {
        known_.header.message = message;
        return true;
    }
    known_.header = {.style = is_digit(line.front()) ? HeaderStyle::iso : HeaderStyle::rfc3164,
                     .stamp = line,
                     .host = text.substr(0, found.host),
                     .program = text.substr(found.host + 1, tag.length - found.host - 1),
                     .pid = pid_behind(text.substr(tag.length)),
                     .message = message};
    return true;
}

bool LineFilter::is_idle(Writer writer, std::string_view message) noexcept
{
    switch (writer) {
    case Writer::machine:
    case Writer::postfix: return true;
    case Writer::smtpd: return is_idle_smtpd_message(message);
    case Writer::postscreen: return is_idle_postscreen_message(message);
    case Writer::dovecot: return is_idle_dovecot_message(message);
    case Writer::exim:
        // Exim may stamp what it sends to syslog as well.
        return is_idle_exim_message(message.substr(behind_plain_stamp(message)));
    case Writer::other: break;
    }
    return false;
}

std::optional<MailServer> LineFilter::server_of(Writer writer) noexcept
{
    switch (writer) {
    case Writer::postfix:
    case Writer::smtpd:
    case Writer::postscreen: return MailServer::postfix;
    case Writer::dovecot: return MailServer::dovecot;
    case Writer::exim: return MailServer::exim;
    case Writer::machine:
    case Writer::other: break;
    }
    return std::nullopt;
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
