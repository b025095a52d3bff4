#include "cli/complete.h"

#include "cli/command.h"
#include "io/control/client.h"
#include "io/files/pattern_files.h"
#include "io/files/trusted_file.h"
#include "mailban/config/load.h"
#include "mailban/control/activity.h"
#include "mailban/utf8.h"
#include "mailban/words.h"

#include <algorithm>
#include <iostream>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace mailban::cli {

namespace {

using nlohmann::ordered_json;

struct Candidate {
    std::string word{};
    std::string meaning{};
};
using Candidates = std::vector<Candidate>;

constexpr const char* kFiles = ":files";

// What the words before the cursor mean.
struct Place {
    const CLI::App* command = nullptr;
    const CLI::Option* pending = nullptr;  // an option whose value comes next
    std::size_t positionals = 0;           // that stand before it
    std::string socket = kDefaultSocket;
    std::string config = kDefaultConfig;
};

bool is_hidden(const CLI::App& command)
{
    return command.get_group().empty();
}

const CLI::App* subcommand_of(const CLI::App& command, const std::string& name)
{
    for (const auto* sub : command.get_subcommands([](const CLI::App*) { return true; }))
        if (sub->get_name() == name) return sub;
    return nullptr;
}

void take_word(const std::string& word, Place& place)
{
    if (const auto* const pending = std::exchange(place.pending, nullptr); pending != nullptr) {
        if (pending->get_name() == "--socket") place.socket = word;
        if (pending->get_name() == "--config") place.config = word;
        return;
    }
    if (word.starts_with('-') && word != "-") {
        const auto* const option = place.command->get_option_no_throw(word);
        if (option != nullptr && option->get_items_expected_max() != 0) place.pending = option;
        return;
    }
    const auto* const sub = subcommand_of(*place.command, word);
    if (sub != nullptr && place.positionals == 0) {
        place.command = sub;
    } else {
        ++place.positionals;
    }
}

Place place_of(const CLI::App& app, std::span<const std::string> before)
{
    Place place;
    place.command = &app;
    for (const auto& word : before)
        take_word(word, place);
    return place;
}

// The daemon's answer; null where there is none.
ordered_json answer_to(const Request& request, const std::string& socket)
{
    const auto reply = io::ask_daemon(socket, request);
    const auto object = ordered_json::parse(reply.line, nullptr, false);
    if (!object.is_object() || object.value("ok", false) != true) return nullptr;
    return object.at("result");
}

std::string by_whom(const ordered_json& ban)
{
    return ban.at("origin") == "manual" ? "banned by hand"
                                        : "banned by " + ban.at("rule").get<std::string>();
}

void add_banned(const Place& place, Candidates& candidates)
{
    const auto bans = answer_to(Request{Verb::bans}, place.socket);
    if (!bans.is_array()) return;
    for (const auto& ban : bans)
        candidates.push_back({ban.at("address").get<std::string>(), by_whom(ban)});
}

void add_allowed(const Place& place, Candidates& candidates)
{
    const auto allowed = answer_to(Request{Verb::allowed}, place.socket);
    if (!allowed.is_object()) return;
    for (const auto& entry : allowed.at("entries")) {
        if (entry.at("origin") != "by hand") continue;
        candidates.push_back({entry.at("address").get<std::string>(), "allowed by hand"});
    }
}

// Those of the configuration, as far as it can be read.
void add_rules(const Place& place, Candidates& candidates)
{
    const auto text = io::read_trusted(place.config);
    if (!text) return;
    const auto loaded = load_config(*text, place.config, io::read_pattern_files());
    const auto* const config = std::get_if<Config>(&loaded);
    if (config == nullptr) return;
    for (const Rule& rule : config->rules)
        candidates.push_back({rule.name, limit_text(rule, 1)});
}

// Behind the last comma of a list.
void add_kinds(std::string_view word, Candidates& candidates)
{
    const auto comma = word.rfind(',');
    const auto before = comma == std::string_view::npos ? "" : word.substr(0, comma + 1);
    for (const auto kind : activity_kind_names())
        candidates.push_back({std::string(before) + std::string(kind), ""});
}

// The words of "FORMAT:{table,json,csv}", as CLI11 describes a choice.
void add_choices(std::string_view type, Candidates& candidates)
{
    const auto open = type.find('{');
    const auto close = type.rfind('}');
    if (open == std::string_view::npos || close == std::string_view::npos) return;
    std::string_view rest = type.substr(open + 1, close - open - 1);
    while (!rest.empty()) {
        const auto end = std::min(rest.find(','), rest.size());
        candidates.push_back({std::string(rest.substr(0, end)), ""});
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

void add_values(const Place& place, const CLI::Option& option, std::string_view word,
                Candidates& candidates)
{
    const std::string type = option.get_type_name();
    add_choices(type, candidates);
    if (type.starts_with("KIND")) add_kinds(word, candidates);
    if (type.starts_with("RULE")) add_rules(place, candidates);
    if (contains(type, "FILE") || is_one_of(type, {"PATH", "OUT", "DIR"}))
        candidates.push_back({kFiles, ""});
    if (option.get_name() == "--remove") {
        add_allowed(place, candidates);
    } else if (contains(type, "ADDRESS") && place.command->get_name() != "ban") {
        add_banned(place, candidates);
    }
}

// The positional argument that comes next; the last one may take many words.
const CLI::Option* positional_at(const CLI::App& command, std::size_t index)
{
    const CLI::Option* last = nullptr;
    for (const auto* option : command.get_options()) {
        if (!option->nonpositional() && option->get_positional()) last = option;
        if (last == option && index-- == 0) break;
    }
    return last;
}

void add_options(const CLI::App& command, Candidates& candidates)
{
    for (const auto* option : command.get_options()) {
        for (const auto& name : option->get_lnames())
            candidates.push_back({"--" + name, option->get_description()});
        for (const auto& name : option->get_snames())
            candidates.push_back({"-" + name, option->get_description()});
    }
}

void add_commands(const CLI::App& command, Candidates& candidates)
{
    for (const auto* sub : command.get_subcommands([](const CLI::App*) { return true; }))
        if (!is_hidden(*sub)) candidates.push_back({sub->get_name(), sub->get_description()});
}

Candidates candidates_for(const CLI::App& app, std::span<const std::string> words)
{
    Candidates candidates;
    std::string word = words.back();
    Place place = place_of(app, words.first(words.size() - 1));
    // "--format=js"
    const auto equals = word.find('=');
    if (place.pending == nullptr && word.starts_with("--") && equals != std::string::npos) {
        const auto* const option = place.command->get_option_no_throw(word.substr(0, equals));
        if (option == nullptr) return {};
        const std::string value = word.substr(equals + 1);
        add_values(place, *option, value, candidates);
        for (auto& [candidate, meaning] : candidates)
            if (candidate != kFiles) candidate.insert(0, word.substr(0, equals + 1));
        return candidates;
    }
    if (place.pending != nullptr) {
        add_values(place, *place.pending, word, candidates);
    } else if (word.starts_with('-')) {
        add_options(*place.command, candidates);
    } else {
        if (place.positionals == 0) add_commands(*place.command, candidates);
        const auto* const positional = positional_at(*place.command, place.positionals);
        if (positional != nullptr) add_values(place, *positional, word, candidates);
    }
    return candidates;
}

}  // namespace

int complete(const CLI::App& app, std::span<const std::string> words)
{
    if (words.empty()) return kWrongUsage;
    for (const auto& [word, meaning] : candidates_for(app, words)) {
        if (word != kFiles && !word.starts_with(words.back())) continue;
        std::cout << printable(word);
        if (!meaning.empty()) std::cout << '\t' << printable(meaning);
        std::cout << '\n';
    }
    return kDone;
}

}  // namespace mailban::cli
