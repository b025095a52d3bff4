// ConfigText: the text of a configuration, changed key by key. Comments, order and everything else
// stay byte for byte.
//
// Each change is refused, and the text stays as it was, where the text writes the key in a way
// that cannot be changed without touching more: a text in several lines, a rule in quotes, braces
// around the whole file. The error names the key; the caller says which YAML to add by hand.
#pragma once

#include "mailban/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace mailban {

class ConfigText {
public:
    // A text that is YAML; of any other, every change is refused.
    explicit ConfigText(std::string text) : text_(std::move(text)) {}

    const std::string& text() const noexcept { return text_; }

    // Whether this key stands in the first column.
    bool has(std::string_view key) const;

    // One key of a section, as "firewall", "backend". `value` is YAML in one line, as in all that
    // follows. A section or key that is not there is added: the section at the end of the text.
    Status set(std::string_view section, std::string_view key, std::string_view value);
    // Takes such a key out again, with its line; it must not be the section's only one. A key that
    // is not there is no error.
    Status unset(std::string_view section, std::string_view key);
    // One key of the rule with this name.
    Status set_in_rule(std::string_view rule, std::string_view key, std::string_view value);
    // Elements at the end of a list such as allow. A list that is not there is added at the end of
    // the text. One word in place of a list (`sources: auto`) becomes its first element.
    Status append(std::string_view list, const std::vector<std::string>& elements);
    // Lines at the end of the text.
    void append_lines(std::string_view lines);

private:
    std::string text_;
};

}  // namespace mailban
