#include "io/daemon/check_access.h"

#include "io/asio.h"
#include "io/control/socket_name.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace mailban::io {

namespace {

using Grade = Finding::Grade;

// The service's own; see systemd/mailban.sysusers.
constexpr const char* kServiceUser = "mailban";

std::string group_name_of(gid_t gid)
{
    const auto* entry = ::getgrgid(gid);
    return entry != nullptr ? entry->gr_name : std::to_string(gid);
}

}  // namespace

std::string user_name_of(uid_t uid)
{
    const auto* entry = ::getpwuid(uid);
    return entry != nullptr ? entry->pw_name : std::to_string(uid);
}

std::string user_name()
{
    return user_name_of(::geteuid());
}

std::string who_may_read(const std::string& path)
{
    struct ::stat st = {};
    if (::stat(path.c_str(), &st) != 0)
        return "; " + user_name() + " may not enter a directory above it";
    const auto group = group_name_of(st.st_gid);
    const std::string owned = "; it belongs to " + user_name_of(st.st_uid) + ":" + group;
    if ((st.st_mode & S_IRGRP) != 0 && st.st_gid != 0)
        return owned + " and its group may read it: `usermod -aG " + group + " " + user_name() +
               "`";
    return owned + " and no group may read it: see 'Logs that no group may read' in operations.md";
}

Finding check_control(const Config& config)
{
    const std::string& path = config.control.socket;
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        return {Grade::wrong, "control", path + ": the path is too long for a socket"};
    asio::io_context context;
    if (is_answered(context, path)) return {Grade::well, "control", path + ", a daemon answers"};
    const auto parent = std::filesystem::path(path).parent_path();
    if (::access(parent.c_str(), F_OK) != 0)
        return {Grade::warning, "control", parent.string() + " does not exist yet"};
    if (::access(parent.c_str(), W_OK | X_OK) == 0) return {Grade::well, "control", path};
    return {Grade::wrong, "control",
            path + ": " + user_name() + " may not create it: " + std::strerror(errno)};
}

Finding check_user()
{
    const auto name = user_name();
    if (::geteuid() != 0 || ::getpwnam(kServiceUser) == nullptr) return {Grade::well, "user", name};
    return {Grade::well, "user",
            name + "; to test as the service, run `mailban check --as " + kServiceUser + "`"};
}

}  // namespace mailban::io
