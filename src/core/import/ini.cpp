#include "mailban/import/ini.h"

#include "mailban/words.h"

#include <algorithm>

namespace mailban {

namespace {

constexpr std::string_view kIniBlanks = " \t\r\f\v";
constexpr int kDeepestExpansion = 10;
constexpr int kMostSteps = 10'000;

std::size_t indentation_of(std::string_view line)
{
    return std::min(line.find_first_not_of(kIniBlanks), line.size());
}

// "value ; comment": a semicolon behind a blank begins a comment.
std::string_view without_inline_comment(std::string_view line)
{
    for (auto at = line.find(';'); at != std::string_view::npos; at = line.find(';', at + 1))
        if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') return line.substr(0, at);
    return line;
}

// Takes one line after the other.
class IniParser {
public:
    void take(std::string_view raw_line)
    {
        const auto first = raw_line.substr(indentation_of(raw_line));
        if (first.starts_with('#') || first.starts_with(';')) return;
        const auto line = without_inline_comment(raw_line);
        const auto text = trimmed(line, kIniBlanks);
        if (text.empty()) return;
        const auto indentation = indentation_of(line);
        if (option_ != nullptr && indentation > indentation_) {
            *option_ += '\n';
            *option_ += text;
            return;
        }
        indentation_ = indentation;
        option_ = nullptr;
        if (text.front() == '[') return open(text);
        if (section_ != nullptr) set(text);
    }

    IniSections sections{};

private:
    void open(std::string_view text)
    {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return;
        section_ = &sections[std::string(text.substr(1, end - 1))];
    }

    void set(std::string_view text)
    {
        const auto end = text.find_first_of("=:");
        if (end == std::string_view::npos) return;
        const auto name = lower_case(trimmed(text.substr(0, end), kIniBlanks));
        if (name.empty()) return;
        option_ = &(*section_)[name];
        *option_ = trimmed(text.substr(end + 1), kIniBlanks);
    }

    IniSection* section_ = nullptr;
    std::string* option_ = nullptr;
    std::size_t indentation_ = 0;
};

}  // namespace

IniSections parse_ini(std::string_view text)
{
    IniParser parser;
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        parser.take(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return std::move(parser.sections);
}

void IniFiles::add(std::string_view text)
{
    for (auto& [name, options] : parse_ini(text)) {
        if (name == "INCLUDES") continue;
        auto& section = name == "DEFAULT" ? defaults_ : sections_[name];
        for (auto& [option, value] : options) {
            const auto standing = section.find(option);
            if (standing != section.end() && name != "DEFAULT")
                known_[name][option] = standing->second;
            section[option] = std::move(value);
        }
    }
}

std::vector<std::string> IniFiles::sections() const
{
    std::vector<std::string> names;
    for (const auto& [name, options] : sections_)
        names.push_back(name);
    return names;
}

bool IniFiles::has(std::string_view section) const
{
    return sections_.find(section) != sections_.end();
}

bool IniFiles::says(std::string_view section, std::string_view option) const
{
    return raw(section, option) != nullptr;
}

const std::string* IniFiles::raw(std::string_view section, std::string_view option) const
{
    const auto found = sections_.find(section);
    if (found != sections_.end()) {
        const auto own = found->second.find(option);
        if (own != found->second.end()) return &own->second;
    }
    const auto general = defaults_.find(option);
    return general != defaults_.end() ? &general->second : nullptr;
}

// "maxretry", "default/backend", "known/action", "sshd/port"
const std::string* IniFiles::named(std::string_view section, std::string_view name) const
{
    const auto slash = name.find('/');
    if (slash == std::string_view::npos) return raw(section, lower_case(name));
    const auto where = lower_case(name.substr(0, slash));
    const auto option = lower_case(name.substr(slash + 1));
    if (where == "default") return raw({}, option);
    if (where != "known") return raw(name.substr(0, slash), option);
    const auto before = known_.find(section);
    if (before == known_.end()) return raw({}, option);
    const auto value = before->second.find(option);
    return value != before->second.end() ? &value->second : raw({}, option);
}

struct IniFiles::Expansion {
    std::string text{};
    std::string missing{};
    int steps = 0;
};

// Values name values, so a few lines could unfold into gigabytes: depth, length and steps are
// bounded.
void IniFiles::expand(std::string_view text, std::string_view section, int depth,
                      Expansion& into) const
{
    while (into.missing.empty() && into.text.size() <= kLongestValue) {
        const auto percent = std::min(text.find('%'), text.size());
        into.text += text.substr(0, percent);
        text.remove_prefix(percent);
        if (text.empty()) return;
        const auto end = text.find(")s");
        const bool is_name = text.starts_with("%(") && end != std::string_view::npos;
        if (!is_name) {
            // "%%" is a percent sign, and so is one that begins no name.
            into.text += '%';
            text.remove_prefix(text.starts_with("%%") ? 2 : 1);
            continue;
        }
        const auto name = text.substr(2, end - 2);
        text.remove_prefix(end + 2);
        if (name == "__name__") {
            into.text += section;
            continue;
        }
        const auto* value = named(section, name);
        if (value == nullptr || depth == 0 || ++into.steps > kMostSteps) {
            into.missing = name;
            return;
        }
        expand(*value, section, depth - 1, into);
    }
    if (into.text.size() > kLongestValue) into.missing = "a value that is too long";
}

std::optional<std::string> IniFiles::get(std::string_view section, std::string_view option) const
{
    const auto* value = raw(section, option);
    if (value == nullptr) return std::nullopt;
    Expansion expansion;
    expand(*value, section, kDeepestExpansion, expansion);
    if (!expansion.missing.empty()) return std::nullopt;
    return expansion.text;
}

std::string IniFiles::missing(std::string_view section, std::string_view option) const
{
    const auto* value = raw(section, option);
    if (value == nullptr) return {};
    Expansion expansion;
    expand(*value, section, kDeepestExpansion, expansion);
    return expansion.missing;
}

}  // namespace mailban
