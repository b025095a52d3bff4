#include "mailban/config/pattern_files.h"

#include "sections.h"

namespace mailban {

namespace {

void read_file(const yaml::Value& root, std::vector<PatternSpec>& into, Mistakes& mistakes)
{
    const auto read = [&](const Item& item, Mistakes&) { read_patterns(item, into, mistakes); };
    read_map(Item{root}, {{"patterns", read}}, mistakes);
    if (mistakes.empty() && into.empty()) mistakes.add({1, 1}, "the file contains no pattern");
}

}  // namespace

std::variant<std::vector<PatternSpec>, std::vector<ConfigError>> read_pattern_file(
    const PatternFile& file)
{
    Mistakes mistakes(file.path);
    std::vector<PatternSpec> patterns;
    const auto parsed = yaml::parse(file.text);
    if (!file.problem.empty()) {
        mistakes.add({1, 1}, file.problem);
    } else if (const auto* mistake = std::get_if<yaml::Mistake>(&parsed)) {
        mistakes.add(mistake->place, mistake->message);
    } else {
        read_file(std::get<yaml::Value>(parsed), patterns, mistakes);
    }
    if (!mistakes.empty()) return std::move(mistakes).take();
    return patterns;
}

}  // namespace mailban
