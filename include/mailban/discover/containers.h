// Which of a machine's containers are mail servers, and where their output is kept.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

struct Container {
    std::string name{};     // "mailserver"
    std::string image{};    // "docker.io/mailserver/docker-mailserver:latest"
    std::string service{};  // that a compose file gives it: "dovecot-mailcow"
    std::string log{};      // the file its output is written to; empty: it is written elsewhere
    bool operator==(const Container&) const = default;
};

// Whether it runs a mail server whose output may be followed unasked. The image decides where its
// name says something, else the service, else the name. Not what only goes with a mail server: web
// mailers, whose output clients write, filters, databases, exporters.
bool is_mail_container(const Container& container);

// Of Docker's config.v2.json, as it keeps one for each container; nullopt: it is none. Takes any
// bytes; a text over 4 MiB is none.
std::optional<Container> read_docker_container(std::string_view text);

// Of podman's containers.json, the list of all; the file is set from where podman keeps it below
// `storage` ("/var/lib/containers/storage").
std::vector<Container> read_podman_containers(std::string_view text, std::string_view storage);

// Of a file's name in /var/log/containers: "POD_NAMESPACE_CONTAINER-ID.log".
std::optional<Container> read_kubernetes_name(std::string_view file_name);

// Where Docker keeps its data, by its daemon.json; empty: as built.
std::string docker_data_root(std::string_view daemon_json);

}  // namespace mailban
