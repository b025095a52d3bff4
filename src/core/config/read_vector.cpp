#include "mailban/utf8.h"

#include "sections.h"

namespace mailban {

namespace {

using Kind = yaml::Value::Kind;

constexpr std::size_t kLongestArgument = 4096;

void read_word(const Item& item, const Check& check, ArgumentVector& into, Mistakes& mistakes)
{
    const auto& text = item.node.text;
    const bool good = item.node.kind == Kind::text && text.size() <= kLongestArgument &&
                      !first_unreadable(text) && text.find_first_of("\t\r") == std::string::npos;
    if (!good)
        return refuse(item,
                      "an argument of at most " + std::to_string(kLongestArgument) +
                          " bytes without control characters",
                      mistakes);
    check(item, mistakes);
    into.push_back(text);
}

}  // namespace

void for_each_placeholder(const Item& item, const std::function<void(std::string_view)>& found)
{
    const std::string_view text = item.node.text;
    std::size_t from = 0;
    while (const auto placeholder = next_placeholder(text, from)) {
        from = static_cast<std::size_t>(placeholder->data() - text.data()) + placeholder->size();
        found(*placeholder);
    }
}

void read_argument_vector(const Item& item, std::string_view expected, const Check& check,
                          ArgumentVector& into, Mistakes& mistakes)
{
    const auto word = [&](const Item& at, Mistakes& wrong) { read_word(at, check, into, wrong); };
    read_list(item, expected, word, mistakes);
    if (into.empty()) return;
    const auto& program = into.front();
    const bool good = !program.empty() && !next_placeholder(program) &&
                      (program.starts_with('/') || program.find('/') == std::string::npos);
    if (good) return;
    const auto& first = item.node.items.front();
    refuse(Item{first, item.name + "[0]"},
           "a program: its absolute path, or the name of one in /usr/bin, /usr/sbin and similar "
           "directories",
           mistakes);
}

}  // namespace mailban
