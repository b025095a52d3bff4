#include "mailban/utf8.h"

#include <algorithm>

#include "sections.h"

namespace mailban {

namespace {

using Kind = yaml::Value::Kind;

constexpr std::string_view kSteps =
    "an argument vector such as [ipset, add, mailban4, \"{prefix}\"], or a list of them";

// Which placeholders steps of a kind may have.
enum class Knows : std::uint8_t { ports, prefix, prefix_and_end };

bool is_known(std::string_view placeholder, Knows knows)
{
    const bool of_ports = placeholder == "{ports}" || placeholder == "{port}";
    const bool of_end = placeholder == "{seconds}";
    if (knows == Knows::ports) return of_ports;
    return knows == Knows::prefix_and_end || !of_end;
}

void check_placeholders(const Item& item, Knows knows, Mistakes& mistakes)
{
    const auto& all = command_placeholders();
    for_each_placeholder(item, [&](std::string_view found) {
        if (std::find(all.begin(), all.end(), found) == all.end())
            mistakes.add(item.node.place, item.name + " has the placeholder " + in_quotes(found) +
                                              "; expected " + expected_word(found, all));
        else if (!is_known(found, knows))
            mistakes.add(item.node.place,
                         item.name + " has the placeholder " + in_quotes(found) +
                             ", which has no value here; expected it in ban" +
                             (found == "{seconds}" ? " or extend" : ", unban or extend"));
    });
}

void read_vector(const Item& item, Knows knows, ArgumentVector& into, Mistakes& mistakes)
{
    const auto check = [knows](const Item& word, Mistakes& wrong) {
        check_placeholders(word, knows, wrong);
    };
    read_argument_vector(item, kSteps, check, into, mistakes);
}

// [ipset, create, ...], or {run: [...], unless: [...], if: [...]}.
void read_step(const Item& item, Knows knows, CommandSteps& into, Mistakes& mistakes)
{
    CommandStep step;
    const auto vector_into = [&](ArgumentVector& words) {
        return [&](const Item& at, Mistakes&) { read_vector(at, knows, words, mistakes); };
    };
    if (item.node.kind != Kind::map) {
        read_vector(item, knows, step.run, mistakes);
    } else {
        read_map(item,
                 {{"run", vector_into(step.run)},
                  {"if", vector_into(step.only_if)},
                  {"unless", vector_into(step.unless)}},
                 mistakes);
        if (entry_of(item.node, "run") == nullptr)
            mistakes.add(item.node.place,
                         item.name + " has no 'run'; expected a program and its arguments");
    }
    into.push_back(std::move(step));
}

Reader steps(Knows knows, CommandSteps& into)
{
    return [knows, &into](const Item& item, Mistakes& mistakes) {
        const auto& items = item.node.items;
        const bool is_one = item.node.kind == Kind::list &&
                            std::any_of(items.begin(), items.end(), [](const yaml::Value& each) {
                                return each.kind == Kind::text;
                            });
        if (is_one || item.node.kind == Kind::map) return read_step(item, knows, into, mistakes);
        const auto step = [&](const Item& at, Mistakes&) { read_step(at, knows, into, mistakes); };
        read_list(item, kSteps, step, mistakes);
    };
}

void check_whole(const Item& item, const CommandSet& commands, Mistakes& mistakes)
{
    for (const auto* const key : {"ban", "unban", "list"})
        if (entry_of(item.node, key) == nullptr)
            mistakes.add(item.node.place, item.name + " has no '" + key +
                                              "'; expected ban, unban and list, each " +
                                              std::string(kSteps));
    for (const auto* const key : {"ban", "unban", "extend"}) {
        const auto* const entry = entry_of(item.node, key);
        const auto& steps = key == std::string_view("ban")     ? commands.ban
                            : key == std::string_view("unban") ? commands.unban
                                                               : commands.extend;
        if (entry == nullptr || steps.empty()) continue;
        if (!has_placeholder(steps, "{prefix}") && !has_placeholder(steps, "{address}"))
            mistakes.add(entry->place, item.name + '.' + key +
                                           " has neither {prefix} nor {address}; expected one of "
                                           "them");
    }
}

}  // namespace

void read_command(const Item& item, CommandSet& into, Mistakes& mistakes)
{
    read_map(item,
             {{"prepare", steps(Knows::ports, into.prepare)},
              {"ban", steps(Knows::prefix_and_end, into.ban)},
              {"unban", steps(Knows::prefix, into.unban)},
              {"extend", steps(Knows::prefix_and_end, into.extend)},
              {"list", steps(Knows::ports, into.list)},
              {"remove", steps(Knows::ports, into.remove)},
              {"time_limit", time_span(into.time_limit)},
              {"max_ban", time_span(into.longest)}},
             mistakes);
    if (item.node.kind == Kind::map) check_whole(item, into, mistakes);
}

}  // namespace mailban
