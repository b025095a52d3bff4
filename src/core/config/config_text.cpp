#include "mailban/config/config_text.h"

#include "mailban/words.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "sections.h"
#include "yaml.h"

namespace mailban {

namespace {

using Kind = yaml::Value::Kind;

constexpr std::size_t kNowhere = std::string::npos;

std::size_t offset_of(std::string_view text, Place place)
{
    std::size_t at = 0;
    for (int line = 1; line < place.line; ++line) {
        const auto end = text.find('\n', at);
        if (end == kNowhere) return text.size();
        at = end + 1;
    }
    return std::min(at + static_cast<std::size_t>(std::max(place.column, 1) - 1), text.size());
}

// Behind the newline of the line that holds `at`, or the end of the text.
std::size_t next_line(std::string_view text, std::size_t at)
{
    const auto end = text.find('\n', at);
    return end == kNowhere ? text.size() : end + 1;
}

// Behind the closing quote of the text in quotes that begins at `at`.
std::size_t end_of_quotes(std::string_view text, std::size_t at)
{
    const char quote = text[at];
    for (++at; at < text.size(); ++at) {
        if (quote == '"' && text[at] == '\\') {
            ++at;
        } else if (text[at] == quote) {
            if (quote == '"' || text.substr(at, 2) != "''") return at + 1;
            ++at;
        }
    }
    return kNowhere;
}

bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

// A quote within a word is a part of it: it's.
bool begins_quotes(std::string_view text, std::size_t at)
{
    return is_quote(text[at]) && at > 0 && contains(" \t\n[{,:", text.substr(at - 1, 1));
}

// Behind the bracket or brace that closes the one at `at`.
std::size_t end_of_brackets(std::string_view text, std::size_t at)
{
    int depth = 0;
    while (at < text.size()) {
        const char c = text[at];
        const bool is_comment = c == '#' && at > 0 && contains(" \t\n", text.substr(at - 1, 1));
        if (is_comment) {
            at = next_line(text, at);
            continue;
        }
        if (begins_quotes(text, at)) {
            at = end_of_quotes(text, at);
            if (at == kNowhere) return kNowhere;
            continue;
        }
        if (c == '[' || c == '{') ++depth;
        if ((c == ']' || c == '}') && --depth == 0) return at + 1;
        ++at;
    }
    return kNowhere;
}

bool is_in_brackets(std::string_view text, std::size_t at)
{
    return at < text.size() && (text[at] == '[' || text[at] == '{');
}

// Behind a value of one word, of quotes or of brackets; kNowhere: it is written in another way.
std::size_t end_of_value(std::string_view text, const yaml::Value& value)
{
    const auto at = offset_of(text, value.place);
    if (at >= text.size()) return kNowhere;
    if (value.kind != Kind::text)
        return is_in_brackets(text, at) ? end_of_brackets(text, at) : kNowhere;
    if (is_quote(text[at])) return end_of_quotes(text, at);
    const bool is_plain = text.substr(at, value.text.size()) == value.text && !value.text.empty();
    return is_plain && !value.quoted ? at + value.text.size() : kNowhere;
}

// Behind the last value in it, whatever it is; kNowhere: that cannot be told.
std::size_t end_of_node(std::string_view text, const yaml::Value& node)
{
    const auto at = offset_of(text, node.place);
    if (node.kind == Kind::nothing) return kNowhere;
    if (node.kind == Kind::text || is_in_brackets(text, at)) return end_of_value(text, node);
    return node.items.empty() ? kNowhere : end_of_node(text, node.items.back());
}

std::optional<yaml::Value> parsed(const std::string& text)
{
    auto read = yaml::parse(text);
    auto* root = std::get_if<yaml::Value>(&read);
    if (root == nullptr) return std::nullopt;
    // What an empty file, or one of comments, has.
    if (root->kind == Kind::nothing) return yaml::Value{.kind = Kind::map};
    const bool is_block =
        root->kind == Kind::map && !is_in_brackets(text, offset_of(text, root->place));
    return is_block ? std::optional(std::move(*root)) : std::nullopt;
}

Error cannot_change(std::string_view key)
{
    return Error{"'" + std::string(key) +
                 "' is written in a way that mailban does not change; change it by hand"};
}

// A comment behind the value stays in its column where it can.
void replace_value(std::string& text, std::size_t begin, std::size_t end, std::string_view value)
{
    const auto rest = text.find_first_not_of(' ', end);
    const bool has_comment = rest != kNowhere && text[rest] == '#' && rest > end;
    if (has_comment) {
        const auto column = rest - begin;
        const auto blanks = column > value.size() ? column - value.size() : 1;
        text.replace(end, rest - end, blanks, ' ');
    }
    text.replace(begin, end - begin, value);
}

Status set_value(std::string& text, const yaml::Value& map, std::string_view key,
                 std::string_view value, std::string_view name)
{
    if (map.kind != Kind::map) return cannot_change(name);
    const auto begin = offset_of(text, map.place);
    if (const auto* standing = entry_of(map, key)) {
        const auto end = end_of_value(text, *standing);
        if (end == kNowhere) return cannot_change(name);
        replace_value(text, offset_of(text, standing->place), end, value);
        return Done{};
    }
    const std::string added = std::string(key) + ": " + std::string(value);
    if (is_in_brackets(text, begin)) {
        const auto end = end_of_brackets(text, begin);
        if (end == kNowhere) return cannot_change(name);
        text.insert(end - 1, map.items.empty() ? added : ", " + added);
        return Done{};
    }
    const auto last = end_of_node(text, map);
    if (last == kNowhere || map.items.empty()) return cannot_change(name);
    const auto indentation =
        std::string(static_cast<std::size_t>(map.items.front().key_place.column - 1), ' ');
    const auto at = next_line(text, last);
    const bool has_newline = text[at - 1] == '\n';
    text.insert(at, (has_newline ? "" : "\n") + indentation + added + '\n');
    return Done{};
}

// Of `{a: 1, key: 2}` the part from the comma on; of a block the line.
Status unset_value(std::string& text, const yaml::Value& map, const yaml::Value& entry,
                   std::string_view name)
{
    const auto end = end_of_value(text, entry);
    const auto key = offset_of(text, entry.key_place);
    if (end == kNowhere || map.items.size() < 2) return cannot_change(name);
    if (is_in_brackets(text, offset_of(text, map.place))) {
        const auto before = text.find_last_not_of(' ', key - 1);
        if (before == kNowhere || text[before] != ',') return cannot_change(name);
        text.erase(before, end - before);
        return Done{};
    }
    const auto line = text.rfind('\n', key) + 1;  // of the first line: npos + 1
    const auto behind =
        trimmed(std::string_view(text).substr(end, next_line(text, end) - end), " \t\r\n");
    const bool is_alone =
        text.find_first_not_of(' ', line) == key && (behind.empty() || behind.front() == '#');
    if (!is_alone) return cannot_change(name);
    text.erase(line, next_line(text, end) - line);
    return Done{};
}

std::string as_lines(const std::vector<std::string>& elements, const std::string& indentation)
{
    std::string lines;
    for (const auto& element : elements)
        lines += indentation + "- " + element + '\n';
    return lines;
}

// `key: value # comment` to `key: # comment` with the elements below.
Status to_block(std::string& text, const yaml::Value& value,
                const std::vector<std::string>& elements)
{
    const auto begin = offset_of(text, value.place);
    const auto end = end_of_value(text, value);
    if (end == kNowhere) return cannot_change(value.key);
    const auto line_end = std::min(text.find('\n', end), text.size());
    const auto behind = std::string_view(text).substr(end, line_end - end);
    const auto rest = std::string(trimmed(behind, " \t\r"));
    if (!rest.empty() && rest.front() != '#') return cannot_change(value.key);
    const auto colon = text.find_last_not_of(' ', begin - 1);
    if (colon == kNowhere || text[colon] != ':') return cannot_change(value.key);
    std::string lines = rest.empty() ? "\n" : "  " + rest + '\n';
    lines += as_lines(elements, "  ");
    text.replace(colon + 1, std::min(line_end + 1, text.size()) - colon - 1, lines);
    return Done{};
}

// "file: /var/log/mail.log", which needs braces of its own between brackets.
bool is_pair(std::string_view element)
{
    return contains(element, ": ") && element.front() != '{' && element.front() != '"';
}

Status add_in_brackets(std::string& text, const yaml::Value& list,
                       const std::vector<std::string>& elements)
{
    const bool is_empty = list.items.empty();
    if (is_empty && elements.size() > 1) return to_block(text, list, elements);
    const auto end = is_empty ? end_of_value(text, list) : end_of_node(text, list.items.back());
    if (end == kNowhere) return cannot_change(list.key);
    std::vector<std::string> words;
    for (const auto& element : elements)
        words.push_back(is_pair(element) ? '{' + element + '}' : element);
    // Behind the last element, whatever comment or comma follows it.
    text.insert(is_empty ? end - 1 : end, (is_empty ? "" : ", ") + joined(words));
    return Done{};
}

Status add_lines(std::string& text, const yaml::Value& list,
                 const std::vector<std::string>& elements)
{
    const auto begin = offset_of(text, list.place);
    const auto last = end_of_node(text, list);
    if (last == kNowhere || begin >= text.size() || text[begin] != '-')
        return cannot_change(list.key);
    const auto at = next_line(text, last);
    const auto indentation = std::string(static_cast<std::size_t>(list.place.column - 1), ' ');
    const bool has_newline = text[at - 1] == '\n';
    text.insert(at, (has_newline ? "" : "\n") + as_lines(elements, indentation));
    return Done{};
}

}  // namespace

bool ConfigText::has(std::string_view key) const
{
    const auto root = parsed(text_);
    return root && entry_of(*root, key) != nullptr;
}

void ConfigText::append_lines(std::string_view lines)
{
    if (!text_.empty() && text_.back() != '\n') text_ += '\n';
    if (!text_.empty()) text_ += '\n';
    text_ += lines;
}

Status ConfigText::set(std::string_view section, std::string_view key, std::string_view value)
{
    const auto root = parsed(text_);
    if (!root) return cannot_change(section);
    const auto* standing = entry_of(*root, section);
    const std::string name = std::string(section) + '.' + std::string(key);
    if (standing != nullptr) return set_value(text_, *standing, key, value, name);
    append_lines(std::string(section) + ":\n  " + std::string(key) + ": " + std::string(value) +
                 '\n');
    return Done{};
}

Status ConfigText::unset(std::string_view section, std::string_view key)
{
    const auto root = parsed(text_);
    const auto* standing = root ? entry_of(*root, section) : nullptr;
    const auto* entry = standing != nullptr ? entry_of(*standing, key) : nullptr;
    if (entry == nullptr) return Done{};
    return unset_value(text_, *standing, *entry, std::string(section) + '.' + std::string(key));
}

Status ConfigText::set_in_rule(std::string_view rule, std::string_view key, std::string_view value)
{
    const auto root = parsed(text_);
    const auto* rules = root ? entry_of(*root, "rules") : nullptr;
    if (rules == nullptr || rules->kind != Kind::list) return cannot_change("rules");
    for (const auto& standing : rules->items) {
        const auto* name = entry_of(standing, "name");
        if (name != nullptr && name->text == rule)
            return set_value(text_, standing, key, value,
                             std::string(key) + " of the rule " + std::string(rule));
    }
    return cannot_change("rules");
}

Status ConfigText::append(std::string_view list, const std::vector<std::string>& elements)
{
    if (elements.empty()) return Done{};
    const auto root = parsed(text_);
    if (!root) return cannot_change(list);
    const auto* standing = entry_of(*root, list);
    if (standing == nullptr) {
        append_lines(std::string(list) + ":\n" + as_lines(elements, "  "));
        return Done{};
    }
    if (standing->kind == Kind::text) {
        std::vector<std::string> all{standing->text};
        all.insert(all.end(), elements.begin(), elements.end());
        return to_block(text_, *standing, all);
    }
    if (standing->kind != Kind::list) return cannot_change(list);
    const bool is_short = is_in_brackets(text_, offset_of(text_, standing->place));
    return is_short ? add_in_brackets(text_, *standing, elements)
                    : add_lines(text_, *standing, elements);
}

}  // namespace mailban
