#include "cli/account_door.h"

#include "mailban/words.h"

#include <algorithm>
#include <vector>

namespace mailban::cli {

namespace {

using nlohmann::ordered_json;

// Services that are told the same, for the same reason.
struct Told {
    std::string verdict{};
    std::string ground{};
    std::vector<std::string> services{};
};

std::vector<Told> grouped(const ordered_json& answers)
{
    std::vector<Told> all;
    for (const auto& answer : answers) {
        Told told{answer.at("verdict"), answer.at("ground"), {}};
        std::ranges::replace(told.ground, '_', ' ');
        if (answer.at("rule").is_string())
            told.ground += " by rule " + answer.at("rule").get<std::string>();
        const auto same = std::ranges::find_if(all, [&told](const Told& one) {
            return one.verdict == told.verdict && one.ground == told.ground;
        });
        auto& services = (same != all.end() ? *same : all.emplace_back(std::move(told))).services;
        services.push_back(answer.at("service"));
    }
    std::ranges::stable_sort(all, [](const Told& one, const Told& other) {
        return one.verdict != "allow" && other.verdict == "allow";
    });
    return all;
}

}  // namespace

ordered_json door_answers(const DaemonOptions& options, const std::string& account,
                          const std::optional<IpAddress>& address)
{
    Request request{Verb::door};
    request.filter.account = account;
    if (address) request.filter.address = Prefix::host(*address);
    auto asked = ask_quietly(options, request, {});
    if (asked.code != kDone || asked.result.at("mode") == "off") return nullptr;
    return std::move(asked.result);
}

std::string door_cell(const ordered_json& answers)
{
    if (answers.is_null()) return "-";
    const auto all = grouped(answers.at("answers"));
    if (all.size() == 1) return all.front().verdict;
    std::vector<std::string> refused;
    for (const Told& told : all)
        if (told.verdict != "allow") refused.push_back(told.verdict + ' ' + joined(told.services));
    return refused.empty() ? "allow" : joined(refused);
}

std::string door_sentence(const ordered_json& answers)
{
    std::vector<std::string> parts;
    for (const Told& told : grouped(answers.at("answers")))
        parts.push_back(told.verdict + ' ' + joined(told.services) +
                        (told.verdict == "allow" ? "" : " (" + told.ground + ')'));
    return joined(parts);
}

}  // namespace mailban::cli
