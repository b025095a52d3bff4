#include "export_reader.h"

#include "mailban/scan.h"

namespace mailban {

namespace {

constexpr std::string_view kCursor = "__CURSOR=";
constexpr std::size_t kLengthBytes = 8;

bool is_name(std::string_view text) noexcept
{
    constexpr auto kOfNames = kUpperCase.with("_0123456789");
    return !text.empty() && kOfNames.has_all_of(text);
}

// "s=<32 digits>" of the file's first entry and "b=<32 digits>" of the boot: both are random.
std::string origin_of(std::string_view cursor)
{
    constexpr std::size_t kIdentity = 34;
    const auto boot = cursor.find(";b=");
    if (!cursor.starts_with("s=") || boot == std::string_view::npos) return {};
    const auto first = cursor.substr(0, cursor.find(';'));
    const auto second = cursor.substr(boot + 1, kIdentity);
    if (first.size() != kIdentity || second.size() != kIdentity) return {};
    return std::string(first) + std::string(second);
}

std::uint64_t little_endian(std::string_view bytes) noexcept
{
    std::uint64_t value = 0;
    for (std::size_t at = kLengthBytes; at-- > 0;)
        value = value << 8U | static_cast<unsigned char>(bytes[at]);
    return value;
}

}  // namespace

ExportReader::Step ExportReader::read(std::string_view line)
{
    switch (state_) {
    case State::unknown:
        state_ = begin_entry(line) ? State::in_entry : State::foreign;
        return state_ == State::in_entry ? Step::inside : Step::foreign;
    case State::foreign: return Step::foreign;
    case State::between:
        if (line.empty()) return Step::inside;
        if (!begin_entry(line)) return lose();
        state_ = State::in_entry;
        return Step::inside;
    case State::in_entry: return read_field(line);
    case State::in_length: return read_length(line);
    case State::in_bytes: return read_bytes(line);
    case State::lost:
        if (!line.starts_with(kCursor) || origin_of(line.substr(kCursor.size())) != origin_)
            return Step::inside;
        begin_entry(line);
        state_ = State::in_entry;
        return Step::inside;
    }
    return Step::foreign;
}

bool ExportReader::begin_entry(std::string_view line)
{
    if (!take(line, kCursor)) return false;
    auto origin = origin_of(line);
    if (origin.empty()) return false;
    origin_ = std::move(origin);
    fields_.clear();
    return true;
}

ExportReader::Step ExportReader::read_field(std::string_view line)
{
    if (line.empty()) return end_entry();
    const auto name = line.substr(0, line.find('='));
    if (!is_name(name)) return lose();
    field_ = EntryFields::field_of(name);
    if (name.size() == line.size()) {
        kept_.clear();
        state_ = State::in_length;
    } else if (field_) {
        fields_.set(*field_, std::string(line.substr(name.size() + 1)));
    }
    return Step::inside;
}

ExportReader::Step ExportReader::read_length(std::string_view line)
{
    kept_.append(line);
    // A byte of the length may be a line feed.
    kept_ += '\n';
    if (kept_.size() < kLengthBytes) return Step::inside;
    left_ = little_endian(kept_);
    const auto bytes = kept_.substr(kLengthBytes);
    if (left_ >= std::uint64_t{1} << 40U) return lose();
    ++left_;
    kept_.clear();
    state_ = State::in_bytes;
    if (bytes.empty()) return Step::inside;
    return read_bytes(std::string_view(bytes).substr(0, bytes.size() - 1));
}

ExportReader::Step ExportReader::read_bytes(std::string_view line)
{
    const auto size = std::uint64_t{line.size()} + 1;
    if (size > left_) return lose();
    left_ -= size;
    if (kept_.size() + size <= kMaxField + 1) {
        kept_.append(line) += '\n';
    } else {
        field_.reset();
    }
    if (left_ > 0) return Step::inside;
    if (field_) fields_.set(*field_, kept_.substr(0, kept_.size() - 1));
    kept_.clear();
    state_ = State::in_entry;
    return Step::inside;
}

ExportReader::Step ExportReader::end_entry()
{
    state_ = State::between;
    return Step::complete;
}

ExportReader::Step ExportReader::lose()
{
    state_ = State::lost;
    fields_.clear();
    kept_.clear();
    return Step::inside;
}

}  // namespace mailban
