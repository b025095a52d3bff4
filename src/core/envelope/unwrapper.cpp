#include "mailban/envelope/unwrapper.h"

#include "mailban/envelope/line_end.h"
#include "mailban/scan.h"

#include <utility>

#include "unwrapping.h"

namespace mailban {

namespace {

// Of a container whose name the log does not tell: it is the log's only one.
constexpr std::string_view kUnnamed = "container";

// What Docker's commands print, they read from its json-file.
bool is_from_dockers_json(Wrapping wrapping) noexcept
{
    return wrapping == Wrapping::docker_json || wrapping == Wrapping::docker_time ||
           wrapping == Wrapping::service_prefix;
}

}  // namespace

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
    constexpr std::size_t kStamp = 20;
    if (text.size() < 8) return Taken::none;
    const auto is_one = [](bool taken) { return taken ? Taken::one : Taken::none; };
    const char first = text.front();
    if (is_digit(first) && text[4] == '-') {
        if (text[7] != '-' || text.size() < kStamp) return Taken::none;
        // Behind a blank, no more than a clock of nanoseconds.
        const bool is_iso = text[10] == 'T';
        if (!is_iso && text[19] != '.') return Taken::none;
        if (!is_iso) return is_one(add(take_wall_clock(text, clock_.zone, clock_.now)));
        if (take_cri(text)) return envelope_.is_piece ? Taken::all : Taken::one;
        return is_one(add(take_docker_time(text, clock_.zone, clock_.now)));
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
    is_of_docker_ = is_of_docker_ || is_from_dockers_json(layer.wrapping);
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

Unwrapper::Unwrapper(IsServer is_server)
    : is_server_(is_server), memory_(std::make_unique<Memory>())
{
}

Unwrapper::~Unwrapper() = default;
Unwrapper::Unwrapper(Unwrapper&&) noexcept = default;
Unwrapper& Unwrapper::operator=(Unwrapper&&) noexcept = default;

bool Unwrapper::is_at_rest() const noexcept
{
    return memory_->export_reader.is_foreign() && memory_->cut.empty();
}

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
