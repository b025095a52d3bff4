// Any bytes as a configuration: no crash, no exception, mistakes in order and in the text.
#include "mailban/config/load.h"

#include <algorithm>
#include <cstdlib>

namespace {

void require(bool holds)
{
    if (!holds) std::abort();
}

bool stands_before(const mailban::ConfigError& left, const mailban::ConfigError& right)
{
    return left.line != right.line ? left.line < right.line : left.column < right.column;
}

void check_config(std::string_view text)
{
    const auto result = mailban::load_config(text, "fuzz.yaml");
    if (const auto* config = std::get_if<mailban::Config>(&result)) {
        require(!config->sources.empty() && !config->rules.empty());
        return;
    }
    const auto& errors = std::get<1>(result);
    const auto lines = std::count(text.begin(), text.end(), '\n') + 2;
    require(!errors.empty() && errors.size() <= 101);
    require(std::is_sorted(errors.begin(), errors.end(), stands_before));
    for (const auto& error : errors) {
        require(error.line > 0 && error.line <= lines && error.column > 0);
        require(!error.message.empty() && error.message.find('\n') == std::string::npos);
    }
}

void check_allow_file(std::string_view text)
{
    const auto result = mailban::read_allow_file(text, "fuzz.list");
    require(result.errors.size() <= 101);
    for (const auto& prefix : result.prefixes)
        require(mailban::Prefix::parse(prefix.to_string()) == prefix);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_config(text);
    check_allow_file(text);
    return 0;
}
