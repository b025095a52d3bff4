#include "mailban/utf8.h"

#include <algorithm>

#include "sections.h"

namespace mailban {

namespace {

using Kind = yaml::Value::Kind;

constexpr std::size_t kMostHooks = 32;

void read_happenings(const Item& item, HappeningKinds& into, Mistakes& mistakes)
{
    const auto one = choice(happening_names(), [&into](std::size_t at) { into.set(at); });
    if (item.node.kind != Kind::list) return one(item, mistakes);
    read_list(item, "an event or a list of events", one, mistakes);
}

void check_hook_placeholders(const Item& item, Mistakes& mistakes)
{
    const auto& all = hook_placeholders();
    for_each_placeholder(item, [&](std::string_view found) {
        if (std::find(all.begin(), all.end(), found) == all.end())
            mistakes.add(item.node.place, item.name + " has the placeholder " + in_quotes(found) +
                                              "; expected " + expected_word(found, all));
    });
}

void read_hook(const Item& item, std::vector<HookConfig>& into, Mistakes& mistakes)
{
    HookConfig hook;
    const auto read_on = [&hook](const Item& at, Mistakes& wrong) {
        read_happenings(at, hook.on, wrong);
    };
    const auto read_run = [&hook](const Item& at, Mistakes& wrong) {
        read_argument_vector(at, "an argument vector such as [/usr/local/bin/notify, \"{event}\"]",
                             check_hook_placeholders, hook.run, wrong);
    };
    read_map(item, {{"on", read_on}, {"run", read_run}, {"time_limit", time_span(hook.time_limit)}},
             mistakes);
    if (item.node.kind == Kind::map) {
        if (entry_of(item.node, "on") == nullptr)
            mistakes.add(item.node.place,
                         item.name + " has no 'on'; expected an event such as ban");
        if (entry_of(item.node, "run") == nullptr)
            mistakes.add(item.node.place,
                         item.name + " has no 'run'; expected a program and its arguments");
    }
    into.push_back(std::move(hook));
}

}  // namespace

void read_hooks(const Item& item, std::vector<HookConfig>& into, Mistakes& mistakes)
{
    const auto one = [&into](const Item& at, Mistakes& wrong) { read_hook(at, into, wrong); };
    read_list(item,
              "a list of hooks such as [{on: ban, run: [/usr/local/bin/notify, \"{prefix}\"]}]",
              one, mistakes);
    if (into.size() > kMostHooks)
        mistakes.add(item.node.place, item.name + " has " + std::to_string(into.size()) +
                                          " elements; expected at most " +
                                          std::to_string(kMostHooks));
}

}  // namespace mailban
