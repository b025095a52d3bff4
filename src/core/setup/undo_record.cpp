#include "mailban/setup/undo_record.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace mailban {

namespace {

constexpr int kUndoVersion = 1;
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

nlohmann::json to_json(const WrittenFile& file)
{
    return {{"path", to_base64(file.path)},
            {"before", file.before ? nlohmann::json(to_base64(*file.before)) : nlohmann::json()},
            {"after", to_base64(file.after)},
            {"mode", file.mode},
            {"user", file.user},
            {"group", file.group}};
}

std::optional<std::string> bytes_at(const nlohmann::json& object, const char* key)
{
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string()) return std::nullopt;
    return from_base64(found->get_ref<const std::string&>());
}

std::optional<std::uint32_t> number_at(const nlohmann::json& object, const char* key)
{
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
    return found->get<std::uint32_t>();
}

std::optional<WrittenFile> written_file(const nlohmann::json& object)
{
    if (!object.is_object()) return std::nullopt;
    const auto path = bytes_at(object, "path");
    const auto after = bytes_at(object, "after");
    const auto before = object.find("before");
    const auto mode = number_at(object, "mode");
    const auto user = number_at(object, "user");
    const auto group = number_at(object, "group");
    const bool is_whole =
        path && path->starts_with('/') && after && before != object.end() && mode && user && group;
    if (!is_whole || *mode > 07777U) return std::nullopt;
    WrittenFile file{*path, std::nullopt, *after, *mode, *user, *group};
    if (before->is_null()) return file;
    file.before = bytes_at(object, "before");
    return file.before ? std::optional(std::move(file)) : std::nullopt;
}

}  // namespace

void UndoRecord::note(WrittenFile file)
{
    const auto same = std::find_if(files_.begin(), files_.end(),
                                   [&](const auto& one) { return one.path == file.path; });
    if (same == files_.end()) {
        files_.push_back(std::move(file));
        return;
    }
    const bool is_untouched = file.before == std::optional(same->after);
    if (is_untouched) {
        same->after = std::move(file.after);
    } else {
        *same = std::move(file);
    }
}

std::string UndoRecord::to_text() const
{
    nlohmann::json files = nlohmann::json::array();
    for (const auto& file : files_)
        files.push_back(to_json(file));
    return nlohmann::json{{"version", kUndoVersion}, {"files", std::move(files)}}.dump() + '\n';
}

Result<UndoRecord> UndoRecord::parse(std::string_view text)
{
    const Error no_record{"this is no record of mailban setup, or one of a newer version"};
    const auto object = nlohmann::json::parse(text, nullptr, false);
    if (!object.is_object() || !object.contains("files") || !object.contains("version"))
        return no_record;
    if (object["version"] != kUndoVersion || !object["files"].is_array()) return no_record;
    UndoRecord record;
    for (const auto& entry : object["files"]) {
        auto file = written_file(entry);
        if (!file) return no_record;
        record.files_.push_back(std::move(*file));
    }
    return record;
}

UndoStep undo_step(const WrittenFile& file, const std::optional<std::string>& now)
{
    if (now == file.before) return UndoStep::nothing;
    if (now != std::optional(file.after)) return UndoStep::edited;
    return file.before ? UndoStep::restore : UndoStep::remove;
}

std::string to_base64(std::string_view bytes)
{
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t group = 0;
        const auto part = bytes.substr(at, 3);
        for (std::size_t index = 0; index < 3; ++index)
            group =
                group << 8U | (index < part.size() ? static_cast<unsigned char>(part[index]) : 0U);
        for (std::size_t digit = 0; digit < 4; ++digit)
            text += digit <= part.size() ? kBase64Digits[group >> (18U - 6U * digit) & 63U] : '=';
    }
    return text;
}

std::optional<std::string> from_base64(std::string_view text)
{
    if (text.size() % 4 != 0) return std::nullopt;
    std::string bytes;
    for (std::size_t at = 0; at < text.size(); at += 4) {
        const bool is_last = at + 4 == text.size();
        auto group = text.substr(at, 4);
        std::size_t padding = 0;
        while (is_last && padding < 2 && group.ends_with('=')) {
            group.remove_suffix(1);
            ++padding;
        }
        std::uint32_t value = 0;
        for (const char c : group) {
            const auto digit = kBase64Digits.find(c);
            if (digit == std::string_view::npos) return std::nullopt;
            value = value << 6U | static_cast<std::uint32_t>(digit);
        }
        value <<= 6U * padding;
        for (std::size_t index = 0; index < 3 - padding; ++index)
            bytes += static_cast<char>(value >> (16U - 8U * index) & 255U);
        // Bits behind the last byte are none.
        if ((value & ((1U << (8U * padding)) - 1U)) != 0) return std::nullopt;
    }
    return bytes;
}

}  // namespace mailban
