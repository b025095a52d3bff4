#include "io/source/matching_logs.h"

#include "io/source/rotation.h"

#include <glob.h>
#include <sys/stat.h>

namespace mailban::io {

bool is_glob(const std::string& pattern) { return pattern.find_first_of("*?[") != std::string::npos; }

std::vector<std::string> matching_logs(const std::string& pattern)
{
    if (!is_glob(pattern)) return {pattern};
    std::vector<std::string> logs;
    glob_t found = {};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
        for (std::size_t i = 0; i < found.gl_pathc; ++i) {
            const std::string path = found.gl_pathv[i];
            struct stat st = {};
            const bool is_file = ::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode);
            const auto name = std::string_view(path).substr(path.rfind('/') + 1);
            if (is_file && !has_rotation_suffix(name)) logs.push_back(path);
        }
    }
    ::globfree(&found);
    return logs;
}

}  // namespace mailban::io
