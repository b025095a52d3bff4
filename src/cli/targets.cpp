#include "cli/targets.h"

#include "cli/terminal.h"
#include "mailban/ascii_json.h"
#include "mailban/net/prefix_text.h"
#include "mailban/plural.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <istream>
#include <string_view>
#include <utility>

namespace mailban::cli {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMostTargets = 1'000'000;
constexpr std::size_t kLongestLine = 1000;
constexpr std::size_t kMostMistakes = 20;
constexpr std::string_view kBlanks = " \t\r";

// Targets, and the mistakes among them.
class Collector {
public:
    void add(const std::string& text, const std::string& place)
    {
        const auto prefix = Prefix::parse(text);
        if (prefix) {
            targets_.push_back({text, *prefix, text.find('/') == std::string::npos});
        } else if (mistakes_.size() < kMostMistakes) {
            mistakes_.push_back(place + why_no_prefix(text));
        } else {
            ++more_;
        }
    }

    Result<std::vector<Target>> take()
    {
        if (mistakes_.empty()) return std::move(targets_);
        std::string text;
        for (const auto& mistake : mistakes_)
            text += (text.empty() ? "" : "\n") + mistake;
        if (more_ > 0) text += "\nand " + plural(more_, "more error", "more errors");
        if (targets_.size() + mistakes_.size() > 1) text += "\nnothing was changed";
        return Error{text};
    }

    std::size_t size() const noexcept { return targets_.size(); }

private:
    std::vector<Target> targets_{};
    std::vector<std::string> mistakes_{};
    std::size_t more_ = 0;
};

std::string without_comment(const std::string& line)
{
    const auto text = line.substr(0, line.find('#'));
    const auto first = text.find_first_not_of(kBlanks);
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

Status read_lines(std::istream& lines, const std::string& name, Collector& into)
{
    std::string line;
    for (std::size_t number = 1; std::getline(lines, line); ++number) {
        const auto text = without_comment(line.substr(0, kLongestLine));
        if (!text.empty()) into.add(text, name + ":" + std::to_string(number) + ": ");
        if (into.size() > kMostTargets)
            return Error{name + ": more than " + std::to_string(kMostTargets) + " targets"};
    }
    return Done{};
}

Status read_file(const std::string& path, Collector& into)
{
    if (path == "-") return read_lines(std::cin, "stdin", into);
    std::ifstream file(path);
    if (!file) return Error{"cannot open " + path + ": " + std::strerror(errno)};
    if (auto read = read_lines(file, path, into); !read) return read;
    if (file.bad()) return Error{"cannot read " + path + ": " + std::strerror(errno)};
    return Done{};
}

ordered_json entry_of(const Target& target, const Asked& outcome)
{
    if (outcome.code == kDone)
        return {{"target", target.text}, {"ok", true}, {"result", outcome.result}};
    return {{"target", target.text}, {"ok", false}, {"error", outcome.error}};
}

}  // namespace

void add_target_options(CLI::App& command, TargetOptions& options, const std::string& what)
{
    command.add_option("targets", options.targets, what)->type_name("ADDRESS|PREFIX ...");
    command
        .add_option("-f,--file", options.file,
                    "A file with further targets, one in each line, # begins a comment; -: stdin")
        ->type_name("FILE");
}

Result<std::vector<Target>> read_targets(const TargetOptions& options)
{
    Collector all;
    for (const auto& text : options.targets)
        all.add(text, {});
    if (!options.file.empty())
        if (auto read = read_file(options.file, all); !read) return read.error();
    return all.take();
}

int ask_for_each(const DaemonOptions& options, const TargetOptions& given,
                 const std::vector<Target>& targets, Request request, const Join& join,
                 const std::function<bool(const ordered_json& result)>& is_success)
{
    const bool is_list = targets.size() != 1 || !given.file.empty();
    ordered_json entries = ordered_json::array();
    int code = kDone;
    for (const Target& target : targets) {
        request.prefix = target.prefix;
        request.is_address = target.is_address;
        const auto outcome = ask_quietly(options, request, join);
        const bool is_done = outcome.code == kDone;
        if (!is_done)
            code = fail(outcome.code, (is_list ? target.text + ": " : "") + outcome.error);
        if (is_done && !is_success(outcome.result)) code = kFailed;
        if (is_list && options.json) entries.push_back(entry_of(target, outcome));
        if (is_done && !options.json) std::cout << cell(outcome.result.at("message")) << '\n';
        if (is_done && options.json && !is_list) std::cout << ascii_json(outcome.result) << '\n';
        if (outcome.code != kNotRunning) continue;
        const auto left = static_cast<std::uint64_t>(&targets.back() - &target);
        if (left > 0) fail(code, plural(left, "target was", "targets were") + " not tried");
        break;
    }
    if (is_list && options.json) std::cout << ascii_json(entries) << '\n';
    return code;
}

}  // namespace mailban::cli
