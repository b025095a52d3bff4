#include "reading.h"

#include "mailban/config/byte_size.h"
#include "mailban/utf8.h"
#include "mailban/words.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "renamed_keys.h"

namespace mailban {

namespace {

using Kind = yaml::Value::Kind;

std::string described(const yaml::Value& node)
{
    switch (node.kind) {
    case Kind::nothing: return "empty";
    case Kind::text: return (node.quoted ? "the quoted text " : "") + in_quotes(node.text);
    case Kind::list: return node.items.empty() ? "an empty list" : "a list";
    case Kind::map: return "a map";
    }
    return "unreadable";
}

std::string within(const Item& item)
{
    return item.name.empty() ? "" : " in " + item.name;
}

void refuse_unknown_key(const Item& map, const yaml::Value& entry,
                        const std::vector<std::string_view>& names, Mistakes& mistakes)
{
    const auto nearest = nearest_name(entry.key, names);
    const auto advice = nearest ? "did you mean '" + std::string(*nearest) + "'?"
                                : "expected one of " + joined(names);
    mistakes.add(entry.key_place,
                 "unknown key " + in_quotes(entry.key) + within(map) + "; " + advice);
}

template <class Number>
std::optional<Number> parse_number(std::string_view text)
{
    Number value{};
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

bool is_digits(std::string_view text)
{
    return !text.empty() && kDigits.has_all_of(text);
}

// A number written as YAML's other notations (010, 0x10, 1_000) would be read differently by
// different programs, so only plain decimal counts.
bool is_plain_decimal(std::string_view text)
{
    return is_digits(text) && (text.size() == 1 || text.front() != '0');
}

std::string span_advice(const yaml::Value& node, std::string_view alternative)
{
    const bool is_span = node.kind == Kind::text && parse_duration(node.text);
    auto expected = (is_span ? "a time span of at least 1s" : "a time span") +
                    std::string(" such as 90s, 10m, 1h30m or 7d") + std::string(alternative);
    if (is_plain_text(node) && is_digits(node.text) && node.text.size() < 12)
        return expected + "; a number needs its unit, " + node.text + "s are seconds";
    return expected;
}

std::string map_advice(const yaml::Value& node, const std::vector<std::string_view>& keys)
{
    auto expected =
        (keys.size() == 1 ? "a map with the key " : "a map with the keys ") + joined(keys);
    const auto colon = node.text.find(':');
    if (colon != std::string::npos && nearest_name(node.text.substr(0, colon), keys))
        expected += "; a colon needs a blank behind it";
    return expected;
}

std::string name_advice(std::size_t longest, std::string_view forbidden)
{
    std::string marks;
    for (const char c : forbidden)
        if (c != ' ') marks += c;
    return "a name of 1 to " + std::to_string(longest) + " bytes without " +
           (marks.size() < forbidden.size() ? "blanks, " : "") + "control characters and " + marks;
}

}  // namespace

bool is_plain_text(const yaml::Value& node) noexcept
{
    return node.kind == Kind::text && !node.quoted;
}

std::string expected_word(std::string_view word, const std::vector<std::string_view>& words)
{
    const auto all = "one of " + joined(words);
    const auto nearest = nearest_name(word, words);
    return nearest ? all + "; did you mean '" + std::string(*nearest) + "'?" : all;
}

void refuse(const Item& item, std::string_view expected, Mistakes& mistakes)
{
    const bool empty = item.node.kind == Kind::nothing;
    const bool has_key = item.node.key_place.line > 0;
    auto message = (item.name.empty() ? "the configuration" : item.name) + " is " +
                   described(item.node) + "; expected " + std::string(expected);
    if (empty && has_key) message += ", or no such key at all";
    mistakes.add(empty && has_key ? item.node.key_place : item.node.place, std::move(message));
}

void read_map(const Item& item, const std::vector<Key>& keys, Mistakes& mistakes)
{
    std::vector<std::string_view> names;
    names.reserve(keys.size());
    for (const auto& key : keys)
        names.push_back(key.name);
    if (item.node.kind != Kind::map) return refuse(item, map_advice(item.node, names), mistakes);

    std::map<std::string_view, Place> seen;
    for (const auto& entry : item.node.items) {
        const RenamedKey* const renamed = renamed_key(item.name, entry.key);
        const std::string_view name = renamed != nullptr ? renamed->name : entry.key;
        const auto [first, is_new] = seen.try_emplace(name, entry.key_place);
        if (!is_new) {
            mistakes.add(entry.key_place, "key " + in_quotes(name) + " appears twice" +
                                              within(item) + ", first in line " +
                                              std::to_string(first->second.line) +
                                              "; remove one of them");
            continue;
        }
        if (renamed != nullptr) mistakes.warn(entry.key_place, warning_of(*renamed));
        const auto key = std::find_if(keys.begin(), keys.end(),
                                      [&](const Key& each) { return each.name == name; });
        if (key == keys.end()) {
            refuse_unknown_key(item, entry, names, mistakes);
            continue;
        }
        const auto path = (item.name.empty() ? "" : item.name + '.') + entry.key;
        key->read(Item{entry, path}, mistakes);
    }
}

void read_list(const Item& item, std::string_view expected, const Reader& element,
               Mistakes& mistakes)
{
    if (item.node.kind != Kind::list || item.node.items.empty())
        return refuse(item, expected, mistakes);
    for (std::size_t index = 0; index < item.node.items.size(); ++index)
        element(Item{item.node.items[index], item.name + '[' + std::to_string(index) + ']'},
                mistakes);
}

Reader list_of(std::string expected, Reader element)
{
    return
        [expected = std::move(expected), element = std::move(element)](
            const Item& item, Mistakes& mistakes) { read_list(item, expected, element, mistakes); };
}

Reader whole_number(std::uint64_t lowest, std::uint64_t highest,
                    std::function<void(std::uint64_t)> put)
{
    return [lowest, highest, put = std::move(put)](const Item& item, Mistakes& mistakes) {
        const auto& node = item.node;
        const auto value = is_plain_text(node) && is_plain_decimal(node.text)
                               ? parse_number<std::uint64_t>(node.text)
                               : std::nullopt;
        if (value && *value >= lowest && *value <= highest) return put(*value);
        refuse(item,
               "a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest) +
                   (node.quoted ? ", without quotes" : ""),
               mistakes);
    };
}

Reader factor(double lowest, double highest, double& into)
{
    return [=, &into](const Item& item, Mistakes& mistakes) {
        const auto& node = item.node;
        const auto value = is_plain_text(node) ? parse_number<double>(node.text) : std::nullopt;
        // Written so that "nan" fails it.
        if (value && *value >= lowest && *value <= highest) {
            into = *value;
            return;
        }
        refuse(item,
               "a number from " + std::to_string(static_cast<long>(lowest)) + " to " +
                   std::to_string(static_cast<long>(highest)) + " such as 2 or 1.5" +
                   (node.quoted ? ", without quotes" : ""),
               mistakes);
    };
}

Reader time_span(Duration& into)
{
    return [&into](const Item& item, Mistakes& mistakes) {
        const auto span =
            item.node.kind == Kind::text ? parse_duration(item.node.text) : std::nullopt;
        if (!span || *span <= Duration::zero())
            return refuse(item, span_advice(item.node, ""), mistakes);
        into = *span;
    };
}

Reader ban_time(std::optional<Duration>& into)
{
    return [&into](const Item& item, Mistakes& mistakes) {
        const bool is_text = item.node.kind == Kind::text;
        if (is_text && item.node.text == "forever") {
            into.reset();
            return;
        }
        const auto span = is_text ? parse_duration(item.node.text) : std::nullopt;
        if (!span || *span <= Duration::zero())
            return refuse(item, span_advice(item.node, ", or the word forever"), mistakes);
        into = span;
    };
}

Reader byte_size(std::uint64_t lowest, std::uint64_t& into)
{
    return [lowest, &into](const Item& item, Mistakes& mistakes) {
        const bool is_text = item.node.kind == Kind::text;
        const auto size = is_text ? parse_byte_size(item.node.text) : std::nullopt;
        if (!size || *size < lowest) {
            const auto expected =
                "a size of at least " + format_byte_size(lowest) + " such as 64MiB, 1GiB or 2TiB";
            return refuse(item, expected, mistakes);
        }
        into = *size;
    };
}

Reader absolute_path(std::size_t longest, std::string& into)
{
    return [longest, &into](const Item& item, Mistakes& mistakes) {
        const auto& node = item.node;
        const bool good = node.kind == Kind::text && node.text.starts_with('/') &&
                          node.text.size() <= longest && !first_unreadable(node.text) &&
                          node.text.find_first_of("\t\r\n") == std::string::npos;
        if (!good)
            return refuse(item,
                          "an absolute path, one that begins with '/', of at most " +
                              std::to_string(longest) + " bytes",
                          mistakes);
        into = node.text;
    };
}

Reader name_text(std::size_t longest, std::string_view forbidden, std::string& into)
{
    return [=, &into](const Item& item, Mistakes& mistakes) {
        const auto& text = item.node.text;
        const bool good = item.node.kind == Kind::text && !text.empty() && text.size() <= longest &&
                          !first_unreadable(text) &&
                          text.find_first_of("\t\r\n") == std::string::npos &&
                          text.find_first_of(forbidden) == std::string::npos;
        if (!good) return refuse(item, name_advice(longest, forbidden), mistakes);
        into = text;
    };
}

Reader choice(std::vector<std::string_view> words, std::function<void(std::size_t)> put)
{
    return [words = std::move(words), put = std::move(put)](const Item& item, Mistakes& mistakes) {
        const auto& node = item.node;
        const auto found = node.kind == Kind::text
                               ? std::find(words.begin(), words.end(), node.text)
                               : words.end();
        if (found != words.end()) return put(static_cast<std::size_t>(found - words.begin()));
        refuse(item, expected_word(node.text, words), mistakes);
    };
}

}  // namespace mailban
