// Mistakes: all errors and warnings of one configuration, collected while it is read.
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
    // Something that is read all the same, and should be changed.
    void warn(Place place, const std::string& message);

    bool empty() const noexcept { return errors_.empty(); }
    // In order of their place. After the hundredth, only their number is reported.
    std::vector<ConfigError> take() &&;
    // "mailban.yaml:12:3: key 'linger' in outage was renamed; ...", in the order of their places.
    std::vector<std::string> take_warnings() &&;

private:
    std::string file_;
    std::vector<ConfigError> errors_{};
    std::vector<ConfigError> warnings_{};
    std::size_t untold_ = 0;
};

}  // namespace mailban
