#include "haraka_line.h"

#include "mailban/scan.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace mailban {

namespace {

constexpr std::size_t kMostFields = 32;

// Eats a value of logger.js's stringify(): bare, or in quotes with backslashes before quotes and
// backslashes. nullopt: the quotes are not closed.
std::optional<std::string> take_value(std::string_view& text)
{
    if (!take(text, "\"")) return std::string(take_until(text, ' '));
    std::string value;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '"') {
            text.remove_prefix(at + 1);
            return value;
        }
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        value += text[at];
    }
    return std::nullopt;
}

// Eats "name=value name=value …" to the end; `put` gets each. False: it is not of this form.
template <class Put>
bool take_fields(std::string_view text, Put put)
{
    for (std::size_t count = 0; !text.empty(); ++count) {
        const auto name = take_until(text, '=');
        if (count == kMostFields || !take(text, "=")) return false;
        auto value = take_value(text);
        if (!value || !(text.empty() || take(text, " "))) return false;
        put(name, std::move(*value));
    }
    return true;
}

void strip_transaction(std::string& uuid)
{
    uuid.resize(std::min(uuid.size(), uuid.find('.')));
}

// "[NOTICE] [uuid.1] [core] message", where the message may have fields behind its first word.
std::optional<HarakaLine> read_default(std::string_view text)
{
    HarakaLine line;
    take_until(text, ']');
    if (!take(text, "] [")) return std::nullopt;
    line.uuid = take_until(text, ']');
    if (!take(text, "] [")) return std::nullopt;
    const bool is_core = text.starts_with("core]");
    take_until(text, ']');
    if (!take(text, "] ")) return std::nullopt;
    if (!is_core) {
        line.message = text;
        return line;
    }
    line.message = take_until(text, ' ');
    take(text, " ");
    const auto put = [&](auto name, std::string&& value) {
        line.fields.set(name, std::move(value));
    };
    if (!take_fields(text, put)) return std::nullopt;
    return line;
}

void put_anywhere(HarakaLine& line, std::string_view name, std::string value)
{
    if (name == "uuid") {
        line.uuid = std::move(value);
    } else if (name == "message") {
        line.message = std::move(value);
    } else {
        line.fields.set(name, std::move(value));
    }
}

std::optional<HarakaLine> read_logfmt(std::string_view text)
{
    HarakaLine line;
    const auto put = [&](auto name, std::string&& value) {
        put_anywhere(line, name, std::move(value));
    };
    if (!take_fields(text, put)) return std::nullopt;
    return line;
}

std::optional<HarakaLine> read_json(std::string_view text)
{
    const auto object = nlohmann::json::parse(text, nullptr, false);
    if (!object.is_object()) return std::nullopt;
    HarakaLine line;
    for (const auto& [name, value] : object.items()) {
        if (value.is_string()) {
            put_anywhere(line, name, value.get<std::string>());
        } else if (value.is_number()) {
            put_anywhere(line, name, value.dump());
        }
    }
    return line;
}

std::optional<HarakaLine> read_any_format(std::string_view text)
{
    if (text.starts_with('[')) return read_default(text);
    if (text.starts_with("level=")) return read_logfmt(text);
    if (text.starts_with('{')) return read_json(text);
    return std::nullopt;
}

}  // namespace

void HarakaFields::set(std::string_view name, std::string value)
{
    const auto* const found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) return;
    auto& field = values_[static_cast<std::size_t>(found - kNames.begin())];
    if (!field) field = std::move(value);
}

std::optional<std::string_view> HarakaFields::get(std::string_view name) const
{
    const auto* const found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) return std::nullopt;
    return values_[static_cast<std::size_t>(found - kNames.begin())];
}

std::optional<HarakaLine> read_haraka_line(std::string_view text)
{
    auto line = read_any_format(text);
    if (line) strip_transaction(line->uuid);
    return line;
}

}  // namespace mailban
