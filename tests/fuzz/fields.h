// The fuzzer's bytes cut at NUL: fields as a client could send them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace mailban::fuzz {

inline std::vector<std::string> fields_of(const unsigned char* data, std::size_t size,
                                          std::size_t wanted)
{
    std::vector<std::string> fields(1);
    for (const auto* byte = data; byte != data + size; ++byte) {
        if (*byte == 0) {
            fields.emplace_back();
        } else if (*byte != '\n') {
            fields.back() += static_cast<char>(*byte);
        }
    }
    fields.resize(std::max(fields.size(), wanted));
    return fields;
}

inline std::string without(std::string text, char unwanted)
{
    text.erase(std::remove(text.begin(), text.end(), unwanted), text.end());
    return text;
}

}  // namespace mailban::fuzz
