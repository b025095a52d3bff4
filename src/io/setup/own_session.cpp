#include "io/setup/own_session.h"

#include "io/setup/change_files.h"

#include <unistd.h>

#include <charconv>
#include <cstdlib>

namespace mailban::io {

namespace {

constexpr int kMostParents = 32;
constexpr std::size_t kMostOfEnvironment = 4U << 20U;

std::string file_of_process(pid_t process, const char* name)
{
    const auto text =
        read_if_there("/proc/" + std::to_string(process) + "/" + name, kMostOfEnvironment);
    return text && *text ? **text : std::string();
}

// The fourth field of stat(5); the second may hold anything, in brackets.
pid_t parent_of(pid_t process)
{
    const auto stat = file_of_process(process, "stat");
    const auto behind = stat.rfind(") ");
    constexpr std::size_t kStateAndBlanks = 4;
    if (behind == std::string::npos || behind + kStateAndBlanks >= stat.size()) return 0;
    pid_t parent = 0;
    std::from_chars(stat.data() + behind + kStateAndBlanks, stat.data() + stat.size(), parent);
    return parent;
}

}  // namespace

std::string variable_in(const std::string& environment, const std::string& name)
{
    const std::string wanted = '\0' + name + '=';
    const std::string text = '\0' + environment;
    const auto at = text.find(wanted);
    if (at == std::string::npos) return {};
    const auto begin = at + wanted.size();
    return text.substr(begin, text.find('\0', begin) - begin);
}

std::string ssh_connection()
{
    if (const char* own = std::getenv("SSH_CONNECTION"); own != nullptr && *own != '\0') return own;
    pid_t process = ::getppid();
    for (int step = 0; step < kMostParents && process > 1; ++step) {
        auto connection = variable_in(file_of_process(process, "environ"), "SSH_CONNECTION");
        if (!connection.empty()) return connection;
        process = parent_of(process);
    }
    return {};
}

}  // namespace mailban::io
