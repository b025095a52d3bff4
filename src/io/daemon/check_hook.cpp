#include "io/daemon/check_hook.h"

#include "io/process/process.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace mailban::io {

namespace {

namespace fs = std::filesystem;
using Grade = Finding::Grade;

constexpr std::size_t kLongestScript = 64UL * 1024;

// Programs that hand a mail over by a helper with set-user-ID or set-group-ID.
bool is_mailer(std::string_view name)
{
    constexpr std::array<std::string_view, 9> kMailers{
        "sendmail", "mail", "mailx", "s-nail", "bsd-mailx", "mutt", "exim", "exim4", "postdrop"};
    return std::find(kMailers.begin(), kMailers.end(), name) != kMailers.end();
}

bool has_set_id(const std::string& path)
{
    struct ::stat st = {};
    return ::stat(path.c_str(), &st) == 0 && (st.st_mode & (S_ISUID | S_ISGID)) != 0;
}

// The first word of a script that names such a program; empty: none, or it is no script.
std::string mailer_in(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::string text(kLongestScript, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (!text.starts_with("#!")) return {};
    constexpr std::string_view kBetween = " \t\n\r;|&()`'\"=";
    for (std::size_t from = text.find('\n'); from < text.size();) {
        from = text.find_first_not_of(kBetween, from);
        if (from == std::string::npos) break;
        if (text[from] == '#') {
            from = text.find('\n', from);
            continue;
        }
        const auto end = std::min(text.find_first_of(kBetween, from), text.size());
        std::string word = text.substr(from, end - from);
        from = end;
        // "mail" alone is a word of too many texts.
        const bool is_path = word.starts_with('/');
        const auto name = fs::path(word).filename().string();
        if (is_mailer(name) && (is_path || name != "mail")) return word;
    }
    return {};
}

// Which program of the hook needs rights that the service cannot get.
std::string needs_set_id(const HookConfig& hook)
{
    for (const auto& word : hook.run) {
        const bool is_program = &word == &hook.run.front();
        if (!is_program && !word.starts_with('/')) continue;
        std::string path = is_program ? find_program(word) : word;
        if (is_mailer(fs::path(path).filename().string()) || has_set_id(path)) return path;
        if (auto mailer = mailer_in(path); !mailer.empty()) return mailer;
    }
    return {};
}

}  // namespace

std::vector<Finding> check_hook(const HookConfig& hook, const std::optional<Sandbox>& sandbox)
{
    const std::string subject = "hook " + hook.run.front();
    std::vector<Finding> findings;
    for (const auto& word : hook.run) {
        const std::string path = &word == &hook.run.front() ? find_program(word) : word;
        if (!path.starts_with('/') || path.find('{') != std::string::npos) continue;
        if (const auto hidden = hidden_text(path, sandbox))
            findings.push_back({Grade::wrong, subject, path + ": " + *hidden});
    }
    if (!findings.empty()) return findings;
    const std::string program = find_program(hook.run.front());
    if (::access(program.c_str(), X_OK) != 0)
        return {{Grade::wrong, subject, std::string("cannot be run: ") + std::strerror(errno)}};
    findings.push_back({Grade::well, subject, program + " can be run"});
    if (!sandbox || !sandbox->has_no_new_privileges()) return findings;
    if (const auto mailer = needs_set_id(hook); !mailer.empty()) {
        findings.push_back({Grade::warning, subject,
                            mailer +
                                " needs set-user-ID or set-group-ID, which "
                                "NoNewPrivileges=yes of " +
                                sandbox->unit() +
                                " prevents: it will fail or hang; send the mail by SMTP to "
                                "127.0.0.1 instead"});
    }
    return findings;
}

}  // namespace mailban::io
