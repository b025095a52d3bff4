#include "io/daemon/step_down.h"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace mailban::io {

namespace {

Error failure(const std::string& what)
{
    return Error{what + ": " + std::strerror(errno)};
}

bool keep_only_net_admin()
{
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    constexpr __u32 kNetAdmin = 1U << static_cast<unsigned>(CAP_NET_ADMIN);
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets = {};
    sets[0] = {kNetAdmin, kNetAdmin, kNetAdmin};
    return ::syscall(SYS_capset, &header, sets.data()) == 0 &&
           ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0) == 0;
}

}  // namespace

Status step_down(const std::string& user)
{
    const auto* entry = ::getpwnam(user.c_str());
    if (entry == nullptr) return Error{"there is no user " + user};
    const auto uid = entry->pw_uid;
    const auto gid = entry->pw_gid;
    if (::initgroups(user.c_str(), gid) != 0 || ::setresgid(gid, gid, gid) != 0)
        return failure("cannot set the groups of " + user);
    if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || ::setresuid(uid, uid, uid) != 0)
        return failure("cannot become " + user);
    if (!keep_only_net_admin()) return failure("cannot keep CAP_NET_ADMIN as " + user);
    return Done{};
}

}  // namespace mailban::io
