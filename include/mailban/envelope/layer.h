// Layer: one of the things that stand around a server's line, as Unwrapper found it.
#pragma once

#include "mailban/time/time.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mailban {

enum class Wrapping : std::uint8_t {
    service_prefix,  // "mailserver  | ": docker compose logs, docker service logs
    pod_prefix,      // "[pod/mail-0/postfix] ": kubectl logs --prefix
    docker_time,     // "2026-11-23T22:30:58.123456789Z ": docker logs -t, kubectl --timestamps
    docker_json,     // {"log":"…\n","stream":"stdout","time":"…"}: Docker's json-file
    cri,             // "2026-11-23T22:30:58.123456789+01:00 stdout F ": Kubernetes, podman
    tai64n,          // "@4000000066…": multilog, s6-log
    wall_clock,      // "2026-11-23 22:30:58.123456789 ": s6-log, tai64nlocal
    journal_json,    // journalctl -o json
    journal_export,  // journalctl -o export
    container_log,   // a header, or an entry of the journal, that a container engine wrote
};
inline constexpr std::size_t kWrappings = 10;

struct Layer {
    Wrapping wrapping = Wrapping::service_prefix;
    std::string_view name{};          // of the service, pod or container, where it tells
    std::optional<Timestamp> time{};  // that it tells
    bool operator==(const Layer&) const = default;
};

// From the outermost to the innermost.
class Layers {
public:
    static constexpr std::size_t kMost = 4;

    void clear() noexcept { count_ = 0; }
    bool is_full() const noexcept { return count_ == kMost; }
    bool empty() const noexcept { return count_ == 0; }
    std::size_t size() const noexcept { return count_; }
    // Only where it is not full.
    void add(const Layer& layer) noexcept { all_.at(count_++) = layer; }
    const Layer* begin() const noexcept { return all_.data(); }
    const Layer* end() const noexcept { return all_.data() + count_; }

private:
    std::array<Layer, kMost> all_{};
    std::size_t count_ = 0;
};

// A name for programs, and a sentence for people.
std::string_view to_string(Wrapping wrapping) noexcept;
std::string_view explain(Wrapping wrapping) noexcept;

}  // namespace mailban
