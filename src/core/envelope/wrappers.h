// What stands in front of a line besides its header, each taken off the front of `text`; nullopt:
// it is not there, and `text` is as it was.
#pragma once

#include "mailban/envelope/layer.h"
#include "mailban/time/log_stamp.h"

#include <optional>
#include <string_view>

namespace mailban {

struct Wrapper {
    Layer layer{};
    bool has_offset = false;  // the time that it tells needs no zone
};

// docker.cpp
std::optional<Wrapper> take_service_prefix(std::string_view& text) noexcept;
std::optional<Wrapper> take_pod_prefix(std::string_view& text) noexcept;
// A stamp in front of a line that has one of its own.
std::optional<Wrapper> take_docker_time(std::string_view& text, const Zone& zone, Timestamp now);

// cri.cpp
struct CriEntry {
    Wrapper wrapper{};
    std::string_view stream{};
    std::string_view text{};
    bool is_whole = true;  // false: a piece, with more to come
};
std::optional<CriEntry> read_cri(std::string_view text, const Zone& zone, Timestamp now);

// tai64.cpp
std::optional<Wrapper> take_tai64n(std::string_view& text, Timestamp now);
std::optional<Wrapper> take_wall_clock(std::string_view& text, const Zone& zone, Timestamp now);

}  // namespace mailban
