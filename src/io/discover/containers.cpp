// Containers' output: Docker's json-file, podman's and Kubernetes' CRI files.
#include "mailban/discover/containers.h"

#include "io/discover/search.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

namespace mailban::io {

namespace {

constexpr std::size_t kMostContainerConfiguration = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kDaemonConfiguration = std::size_t{64} * 1024;
// Docker's configurations that are read at once: some 10 KB each.
constexpr std::size_t kIdsAtOnce = 16;
constexpr std::size_t kMostContainers = 2'000;

// Containers' files are root's.
constexpr const char* kHelp =
    ", so mailban does not see the logs of containers there: make them log to the journal (Docker: "
    "`--log-driver journald`), or let mailban read root's files (operations.md, Containers)";

bool is_file(const std::string& path)
{
    struct ::stat st = {};
    return ::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode);
}

// Whether the folder can be listed; where it is closed, that is said.
bool may_list(Search& search, const std::string& folder)
{
    // access() would leave the process's capabilities out.
    if (::faccessat(AT_FDCWD, folder.c_str(), R_OK | X_OK, AT_EACCESS) == 0) return true;
    if (errno == EACCES) search.remark(folder + " is not readable" + kHelp);
    return false;
}

void take_docker(Search& search, const std::string& folder, const std::string& id)
{
    const std::string path = folder + "/" + id;
    const auto container = read_docker_container(
        read_beginning(path + "/config.v2.json", kMostContainerConfiguration));
    if (!container || !is_mail_container(*container)) return;
    // The daemon's own word, unless another root is looked at.
    const std::string log = path + "/" + id + "-json.log";
    if (is_file(log)) return search.add_file(log);
    if (!container->log.empty() && is_file(search.at(container->log)))
        return search.add_file(search.at(container->log));
    if (is_file(path + "/local-logs/container.log")) {
        search.remark("container " + container->name +
                      " logs by Docker's driver local, which mailban cannot read: use json-file or "
                      "journald");
    }
}

void look_in_docker(Search& search, const std::string& folder)
{
    struct ::stat st = {};
    // Docker's folder itself is closed, so that what is in it cannot be seen either.
    const auto parent = folder.substr(0, folder.rfind('/'));
    if (::stat(parent.c_str(), &st) != 0 || !may_list(search, folder)) return;
    auto ids = names_in(folder);
    ids.resize(std::min(ids.size(), kMostContainers));
    for (std::size_t from = 0; from < ids.size(); from += kIdsAtOnce) {
        const auto end = std::min(from + kIdsAtOnce, ids.size());
        search.later(
            [&search, folder,
             some = std::vector<std::string>(ids.begin() + static_cast<std::ptrdiff_t>(from),
                                             ids.begin() + static_cast<std::ptrdiff_t>(end))] {
                for (const auto& id : some)
                    take_docker(search, folder, id);
            });
    }
}

void look_for_docker(Search& search)
{
    std::vector<std::string> roots{"/var/lib/docker", "/var/snap/docker/common/var-lib-docker"};
    const auto moved = docker_data_root(
        read_beginning(search.at("/etc/docker/daemon.json"), kDaemonConfiguration));
    if (!moved.empty() && moved != roots.front()) roots.push_back(moved);
    for (const auto& root : roots)
        look_in_docker(search, search.at(root + "/containers"));
}

void look_for_podman(Search& search)
{
    const std::string storage = search.at("/var/lib/containers/storage");
    const std::string folder = storage + "/overlay-containers";
    const auto list = read_beginning(folder + "/containers.json", kMostContainerConfiguration);
    for (const auto& container : read_podman_containers(list, storage)) {
        if (is_mail_container(container) && is_file(container.log)) search.add_file(container.log);
    }
}

// The links there follow a container's present file.
void look_for_kubernetes(Search& search)
{
    const std::string folder = search.at("/var/log/containers");
    for (const auto& name : names_in(folder)) {
        const auto container = read_kubernetes_name(name);
        if (container && is_mail_container(*container)) search.add_file(folder + "/" + name);
    }
}

}  // namespace

void search_containers(Search& search)
{
    search.later([&search] { look_for_docker(search); });
    search.later([&search] { look_for_podman(search); });
    search.later([&search] { look_for_kubernetes(search); });
}

}  // namespace mailban::io
