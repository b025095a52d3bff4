#include "corpus/labelled_log.h"

#include "mailban/envelope/line_splitter.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include <nlohmann/json.hpp>

namespace mailban::test {

namespace {

std::vector<std::string> read_lines(const std::filesystem::path& path)
{
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    std::vector<std::string> lines;
    LineSplitter splitter;
    splitter.feed(bytes);
    while (const auto line = splitter.next())
        lines.emplace_back(*line);
    return lines;
}

template <class Value>
std::optional<Value> optional_field(const nlohmann::json& object, const char* name)
{
    const auto found = object.find(name);
    if (found == object.end() || found->is_null()) return std::nullopt;
    return found->get<Value>();
}

Label read_label(const nlohmann::json& object)
{
    Label label;
    label.label = object.at("label");
    label.kind = object.at("kind");
    for (const auto* name : {"ip", "ip_from_context"}) {
        if (const auto ip = optional_field<std::string>(object, name))
            label.ip = IpAddress::parse(*ip);
    }
    label.account = optional_field<std::string>(object, "user_logged");
    label.client_port = optional_field<int>(object, "src_port");
    label.attempts = optional_field<unsigned>(object, "attempts");
    label.deceptive = object.value("deceptive", false);
    return label;
}

}  // namespace

const Label& LabelledLog::label_of(std::size_t line) const
{
    static const Label kOther{.label = "other"};
    const auto found = labels.find(line);
    return found == labels.end() ? kOther : found->second;
}

std::vector<LabelledLog> read_labelled_logs(const std::filesystem::path& folder)
{
    std::vector<LabelledLog> logs;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        auto path = entry.path();
        if (path.extension() != ".log") continue;
        LabelledLog log;
        log.name = path.stem().string();
        log.lines = read_lines(path);
        for (const auto& text : read_lines(path.replace_extension(".labels.jsonl"))) {
            const auto object = nlohmann::json::parse(text);
            log.labels.emplace(object.at("line"), read_label(object));
        }
        logs.push_back(std::move(log));
    }
    std::sort(logs.begin(), logs.end(),
              [](const auto& left, const auto& right) { return left.name < right.name; });
    return logs;
}

}  // namespace mailban::test
