#include "mailban/envelope/layer.h"

namespace mailban {

namespace {

struct Words {
    std::string_view name{};
    std::string_view sentence{};
};

constexpr std::array<Words, kWrappings> kWords{{
    {"service-prefix", "The service's name, as docker compose prints it in front of a line."},
    {"pod-prefix", "The pod's and container's name, as kubectl prints it in front of a line."},
    {"docker-time", "The time at which the container engine received the line."},
    {"docker-json", "An entry of Docker's json-file log."},
    {"cri", "An entry of a container's log as Kubernetes and podman write it."},
    {"tai64n", "A TAI64N label, as multilog and s6-log write it."},
    {"wall-clock", "A local time with nanoseconds, as s6-log and tai64nlocal write it."},
    {"journal-json", "An entry of the journal, printed as JSON."},
    {"journal-export", "An entry of the journal in its export format."},
    {"container-log", "What a container engine wrote in front of its container's line."},
}};

const Words& words_of(Wrapping wrapping) noexcept
{
    return kWords[static_cast<std::size_t>(wrapping)];
}

}  // namespace

std::string_view to_string(Wrapping wrapping) noexcept
{
    return words_of(wrapping).name;
}

std::string_view explain(Wrapping wrapping) noexcept
{
    return words_of(wrapping).sentence;
}

}  // namespace mailban
