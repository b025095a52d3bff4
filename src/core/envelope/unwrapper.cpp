#include "mailban/envelope/unwrapper.h"

#include "mailban/envelope/line_end.h"
#include "mailban/envelope/repeated_line.h"
#include "mailban/scan.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "export_reader.h"
#include "header_fields.h"
#include "pieces.h"
#include "stamp_shape.h"
#include "wrappers.h"

namespace mailban {

namespace {

// Of a container whose name the log does not tell: it is the log's only one.
constexpr std::string_view kUnnamed = "container";

// Programs of the machine's own, which run in no container, and of which some begin a message with
// a stranger's text.
bool is_of_the_machine(std::string_view program) noexcept
{
    constexpr std::array<std::string_view, 16> kPrograms{
        "kernel", "systemd", "systemd-logind", "sshd",  "sshd-session", "sudo",    "su",  "cron",
        "CRON",   "crond",   "audit",          "httpd", "apache2",      "php-fpm", "php", "named"};
    return std::find(kPrograms.begin(), kPrograms.end(), program) != kPrograms.end();
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

// Both are text of the line, one behind the other.
bool stands_behind_host(HeaderStyle style) noexcept
{
    return style == HeaderStyle::rfc3164 || style == HeaderStyle::iso ||
           style == HeaderStyle::rfc5424;
}

}  // namespace

struct Unwrapper::Memory {
    // Docker's syslog driver cuts a line as the others do, and does not say so.
    static constexpr std::size_t kMayBeCut = 8'000;
    static constexpr std::size_t kMostTags = 64;

    ExportReader export_reader{};
    EntryFields fields{};
    Pieces pieces{};
    std::vector<std::string> cut{};  // containers whose last message may have been cut
};

// One line on its way out of its wrappers.
class Unwrapper::Work {
public:
    Work(IsServer is_server, Envelope& envelope, Memory& memory, const LogClock& clock)
        : is_server_(is_server), envelope_(envelope), memory_(memory), clock_(clock)
    {
        envelope_.layers.clear();
        envelope_.header.reset();
        envelope_.outer.reset();
        envelope_.is_piece = false;
        envelope_.times = 1;
        envelope_.is_cut = false;
    }

    void open_line(std::string_view line);
    void open_entry(const JournalMessage& entry);

private:
    enum class Taken : std::uint8_t { none, one, all };

    Taken take_wrapper(std::string_view& text);
    Taken take_json(std::string_view& text);
    Taken take_docker_json(std::string_view& text);
    bool take_cri(std::string_view& text);
    bool add(const std::optional<Wrapper>& wrapper);
    bool join(std::string_view& text, std::string_view writer, bool is_whole);
    void note_time(Timestamp time, bool is_exact);
    void read_header(std::string_view text);
    std::optional<LineHeader> header_of(std::string_view text) const;
    std::optional<LineHeader> header_without_stamp(std::string_view text) const;
    void unwrap_repeated_line();
    void open_container_log();
    std::optional<LineHeader> inner_header(const LineHeader& outer) const;
    bool is_rest_of_cut_line(std::string_view container, std::size_t length);
    void set_time();

    IsServer is_server_;
    Envelope& envelope_;
    Memory& memory_;
    const LogClock& clock_;
    std::optional<Timestamp> exact_{};   // that a wrapper tells with an offset
    std::optional<Timestamp> coarse_{};  // without
    std::string_view container_{};
    bool has_json_ = false;
};

void Unwrapper::Work::open_line(std::string_view line)
{
    switch (memory_.export_reader.read(line)) {
    case ExportReader::Step::inside: envelope_.is_piece = true; return;
    case ExportReader::Step::complete:
        if (const auto entry = memory_.export_reader.fields().journal_message()) {
            add(Wrapper{{.wrapping = Wrapping::journal_export, .time = entry->time}, true});
            return open_entry(*entry);
        }
        envelope_.is_piece = true;
        return;
    case ExportReader::Step::foreign: break;
    }
    auto text = line;
    while (!envelope_.layers.is_full()) {
        const auto taken = take_wrapper(text);
        if (taken == Taken::all) return;
        if (taken == Taken::none) break;
    }
    read_header(text);
}

void Unwrapper::Work::open_entry(const JournalMessage& entry)
{
    auto text = entry.text;
    if (!entry.container.empty() && !join(text, entry.container, !entry.is_unfinished)) return;
    note_time(entry.time, true);
    envelope_.line = without_line_end(text);
    envelope_.header = LineHeader{.style = HeaderStyle::journal,
                                  .host = entry.host,
                                  .program = entry.program,
                                  .pid = entry.pid,
                                  .message = envelope_.line,
                                  .time = entry.time,
                                  .container = entry.container};
    open_container_log();
    set_time();
}

// Most lines begin with a month's name or a year, and are known as unwrapped by a few characters.
Unwrapper::Work::Taken Unwrapper::Work::take_wrapper(std::string_view& text)
{
    if (text.size() < 8) return Taken::none;
    const auto is_one = [](bool taken) { return taken ? Taken::one : Taken::none; };
    const char first = text.front();
    if (is_digit(first) && text[4] == '-') {
        if (text[7] != '-') return Taken::none;
        if (take_cri(text)) return envelope_.is_piece ? Taken::all : Taken::one;
        if (add(take_docker_time(text, clock_.zone, clock_.now))) return Taken::one;
        return is_one(add(take_wall_clock(text, clock_.zone, clock_.now)));
    }
    if (first == '{') return take_json(text);
    if (first == '@') return is_one(add(take_tai64n(text, clock_.now)));
    if (first == '[') return is_one(add(take_pod_prefix(text)));
    if (first == '<' || (text[3] == ' ' && is_digit(text[5]))) return Taken::none;
    // journalctl -o json-sse, json-seq
    if (text.starts_with("data: {") || text.starts_with("\x1e{")) {
        text.remove_prefix(text.find('{'));
        return take_json(text);
    }
    if (!envelope_.layers.empty()) return Taken::none;
    return is_one(add(take_service_prefix(text)));
}

Unwrapper::Work::Taken Unwrapper::Work::take_json(std::string_view& text)
{
    // What was unescaped is a view into the fields.
    if (std::exchange(has_json_, true)) return Taken::none;
    auto& fields = memory_.fields;
    if (!read_json_fields(without_line_end(text), fields)) return Taken::none;
    if (fields.get(EntryFields::log)) return take_docker_json(text);
    const auto entry = fields.journal_message();
    if (!entry) return Taken::none;
    add(Wrapper{{.wrapping = Wrapping::journal_json, .time = entry->time}, true});
    open_entry(*entry);
    return Taken::all;
}

Unwrapper::Work::Taken Unwrapper::Work::take_docker_json(std::string_view& text)
{
    const auto& fields = memory_.fields;
    const auto time = fields.text(EntryFields::time);
    const auto stamp = read_iso_stamp(time, clock_.zone, clock_.now);
    if (!stamp || stamp->length != time.size()) return Taken::none;
    text = fields.text(EntryFields::log);
    const bool is_whole = text.ends_with('\n');
    add(Wrapper{{.wrapping = Wrapping::docker_json, .time = stamp->time}, stamp->has_offset});
    container_ = kUnnamed;
    return join(text, fields.text(EntryFields::stream), is_whole) ? Taken::one : Taken::all;
}

bool Unwrapper::Work::take_cri(std::string_view& text)
{
    const auto entry = read_cri(text, clock_.zone, clock_.now);
    if (!entry) return false;
    add(entry->wrapper);
    container_ = kUnnamed;
    text = entry->text;
    join(text, entry->stream, entry->is_whole);
    return true;
}

bool Unwrapper::Work::add(const std::optional<Wrapper>& wrapper)
{
    if (!wrapper) return false;
    const auto& layer = wrapper->layer;
    envelope_.layers.add(layer);
    if (layer.time) note_time(*layer.time, wrapper->has_offset);
    if (!layer.name.empty()) container_ = layer.name;
    if (layer.wrapping == Wrapping::docker_time && container_.empty()) container_ = kUnnamed;
    return true;
}

// False: there is nothing to read yet.
bool Unwrapper::Work::join(std::string_view& text, std::string_view writer, bool is_whole)
{
    if (is_whole) {
        const auto joined = memory_.pieces.finish(writer, text);
        if (joined) {
            text = *joined;
            return true;
        }
    } else {
        memory_.pieces.add(writer, text);
    }
    envelope_.is_piece = true;
    return false;
}

void Unwrapper::Work::note_time(Timestamp time, bool is_exact)
{
    (is_exact ? exact_ : coarse_) = time;
}

void Unwrapper::Work::read_header(std::string_view text)
{
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
    if (is_server_(outer) || is_of_the_machine(outer.program)) return std::nullopt;
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

Unwrapper::Unwrapper(IsServer is_server)
    : is_server_(is_server), memory_(std::make_unique<Memory>())
{
}

Unwrapper::~Unwrapper() = default;
Unwrapper::Unwrapper(Unwrapper&&) noexcept = default;
Unwrapper& Unwrapper::operator=(Unwrapper&&) noexcept = default;

const Envelope& Unwrapper::open(std::string_view line, const LogClock& clock)
{
    Work(is_server_, envelope_, *memory_, clock).open_line(line);
    return envelope_;
}

const Envelope& Unwrapper::open(const JournalMessage& entry, const LogClock& clock)
{
    Work(is_server_, envelope_, *memory_, clock).open_entry(entry);
    return envelope_;
}

}  // namespace mailban
