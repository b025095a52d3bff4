#include "mailban/net/host_name.h"
#include "mailban/net/prefix_text.h"
#include "mailban/utf8.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "sections.h"

namespace mailban {

namespace {

using Kind = yaml::Value::Kind;

constexpr std::size_t kMostNames = 100;
constexpr std::string_view kBlanks = " \t\r";

// Whoever writes "allow.list" means a file and forgot its path. No such domain exists.
bool is_like_a_file(std::string_view name)
{
    constexpr std::array<std::string_view, 5> kEndings{".list", ".lst", ".txt", ".conf", ".yaml"};
    return std::ranges::any_of(kEndings, [&](auto ending) { return name.ends_with(ending); });
}

void read_name(const Item& element, AllowConfig& into, Mistakes& mistakes)
{
    const auto name = parse_host_name(element.node.text);
    if (!name || is_like_a_file(*name)) {
        return refuse(element,
                      expected_prefix(element.node.text) +
                          ", the absolute path of a file of them, or a host name such as "
                          "office.example.net",
                      mistakes);
    }
    if (into.names.size() < kMostNames) return into.names.push_back(*name);
    refuse(element, "at most " + std::to_string(kMostNames) + " host names", mistakes);
}

void read_element(const Item& element, AllowConfig& into, Mistakes& mistakes)
{
    const auto& node = element.node;
    const bool is_text = node.kind == Kind::text;
    if (is_text && node.text.starts_with('/')) {
        std::string file;
        absolute_path(kLongestPath, file)(element, mistakes);
        if (!file.empty()) into.files.push_back(file);
        return;
    }
    const auto prefix = is_text ? Prefix::parse(node.text) : std::nullopt;
    if (prefix) return into.prefixes.push_back(*prefix);
    // What is no text has none, and that is no name.
    read_name(element, into, mistakes);
}

}  // namespace

std::string expected_prefix(std::string_view text)
{
    if (const auto meant = without_host_bits(text))
        return "a prefix without host bits, such as " + meant->to_string();
    return "an address such as 192.0.2.7 or a prefix such as 192.0.2.0/24";
}

void read_allow(const Item& item, AllowConfig& into, Mistakes& mistakes)
{
    const auto read_one = [&into](const Item& element, Mistakes& all) {
        read_element(element, into, all);
    };
    // An empty list says what the default says: nobody.
    if (item.node.kind == Kind::list && item.node.items.empty()) return;
    read_list(item, "a list of addresses, prefixes, files and host names", read_one, mistakes);
}

AllowFile read_allow_file(std::string_view text, std::string_view file)
{
    AllowFile result;
    Mistakes mistakes(file);
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    for (int number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));

        const auto entry = trimmed(line.substr(0, line.find('#')), kBlanks);
        if (entry.empty()) continue;
        if (const auto prefix = Prefix::parse(entry)) {
            result.prefixes.push_back(*prefix);
            result.lines.push_back(number);
            continue;
        }
        const auto column = static_cast<int>(entry.data() - line.data()) + 1;
        mistakes.add({number, column}, "this line is " + in_quotes(entry) + "; expected " +
                                           expected_prefix(entry) +
                                           ", one in each line; the line is skipped");
    }
    result.errors = std::move(mistakes).take();
    return result;
}

}  // namespace mailban
