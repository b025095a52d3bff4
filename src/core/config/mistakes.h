// Mistakes: all that is wrong with one configuration, collected while it is read.
#pragma once

#include "mailban/config/load.h"

#include <string>
#include <string_view>
#include <vector>

namespace mailban {

class Mistakes {
public:
    explicit Mistakes(std::string_view file) : file_(file) {}

    void add(Place place, std::string message);

    bool empty() const noexcept { return errors_.empty(); }
    // In order of their place. Past the hundredth only their number is told.
    std::vector<ConfigError> take() &&;

private:
    std::string file_;
    std::vector<ConfigError> errors_{};
    std::size_t untold_ = 0;
};

}  // namespace mailban
