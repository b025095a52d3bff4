#include "io/control/user_name.h"

#include "mailban/utf8.h"

#include <pwd.h>
#include <sys/types.h>

#include <cstdio>
#include <memory>

namespace mailban::io {

std::string user_name(std::uint32_t user)
{
    if (user == 0) return "root";
    std::string number = "uid " + std::to_string(user);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/etc/passwd", "re"),
                                                               &std::fclose);
    if (!file) return number;
    while (const auto* const entry = ::fgetpwent(file.get()))
        if (entry->pw_uid == user) return printable(entry->pw_name) + ", " + number;
    return number;
}

}  // namespace mailban::io
