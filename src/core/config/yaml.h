// YAML text as a tree of plain values, each of which knows where it stands.
//
// yaml-cpp reads; what a configuration has no use for and an attacker would have, is refused:
// anchors and aliases (a few lines that unfold into gigabytes), tags, deep nesting, more than one
// document, text that is not UTF-8.
#pragma once

#include "mailban/place.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mailban::yaml {

struct Value {
    enum class Kind : std::uint8_t { nothing, text, list, map };
    Kind kind = Kind::nothing;
    Place place{};
    std::string key{};  // within a map
    Place key_place{};
    std::string text{};
    bool quoted = false;         // written in quotes or as a block: never a number
    std::vector<Value> items{};  // of a list; of a map with their keys, in order, double ones too
};

struct Mistake {
    Place place{};
    std::string message{};
};

// The one document of `text`; an empty text is `nothing`. Throws nothing.
std::variant<Value, Mistake> parse(std::string_view text);

}  // namespace mailban::yaml
