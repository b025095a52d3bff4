// A line of Haraka's, in whichever format, taken apart.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace mailban {

// The fields of a message that matter here, unquoted. All are looked up by name at the place where
// a field begins, never within another one's value.
class HarakaFields {
public:
    static constexpr std::array<std::string_view, 4> kNames{"ip", "port", "lr", "time"};

    void set(std::string_view name, std::string value);
    // nullopt: it was not there.
    std::optional<std::string_view> get(std::string_view name) const;

private:
    std::array<std::optional<std::string>, kNames.size()> values_{};
};

struct HarakaLine {
    std::string uuid{};     // of the connection, without the number of the transaction
    std::string message{};  // "connect", "disconnect", "delaying for 2 seconds"
    HarakaFields fields{};
};

// nullopt: it is none, or one that was cut off.
std::optional<HarakaLine> read_haraka_line(std::string_view text);

}  // namespace mailban
