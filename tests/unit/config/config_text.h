// Helpers of the configuration's tests.
#pragma once

#include "mailban/config/load.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailban::test {

// The configuration that `text` says; a failure that names the mistakes where it says none.
inline Config loaded(std::string_view text)
{
    auto result = load_config(text, "mailban.yaml");
    if (auto* config = std::get_if<Config>(&result)) return std::move(*config);
    for (const auto& error : std::get<1>(result))
        ADD_FAILURE() << to_string(error);
    return {};
}

// The mistakes in `text`, as they are shown.
inline std::vector<std::string> mistakes_in(std::string_view text)
{
    const auto result = load_config(text, "mailban.yaml");
    std::vector<std::string> shown;
    if (const auto* errors = std::get_if<std::vector<ConfigError>>(&result))
        for (const auto& error : *errors)
            shown.push_back(to_string(error));
    return shown;
}

// A configuration whose only interesting part is `text`.
inline std::string with_source(std::string_view text)
{
    return "sources: [{file: /log}]\n" + std::string(text);
}

}  // namespace mailban::test
