#include "io/setup/check_as.h"

#include "io/daemon/step_down.h"
#include "io/daemon/systemctl.h"
#include "io/source/descriptor.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <nlohmann/json.hpp>

namespace mailban::io {

namespace {

nlohmann::json answer_as(const std::string& user, const Config& config,
                         const std::string& config_path)
{
    const auto sandbox = read_sandbox();
    const auto down = step_down(user);
    if (!down) return {{"error", down.error().message}};
    const bool is_its_user = sandbox && sandbox->user() == user;
    nlohmann::json findings = nlohmann::json::array();
    for (const auto& [grade, subject, text] :
         check_machine(config, config_path, is_its_user ? sandbox : std::nullopt))
        findings.push_back({static_cast<int>(grade), subject, text});
    return {{"findings", std::move(findings)}};
}

// Ends the process in any case: it is a copy that must not run the caller's code.
[[noreturn]] void answer_and_end(const Descriptor& into, const std::string& user,
                                 const Config& config, const std::string& config_path)
{
    int code = 1;
    try {
        const auto text = answer_as(user, config, config_path)
                              .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        std::size_t done = 0;
        while (done < text.size()) {
            const auto more = ::write(into.get(), text.data() + done, text.size() - done);
            if (more <= 0) break;
            done += static_cast<std::size_t>(more);
        }
        code = done == text.size() ? 0 : 1;
    } catch (const std::exception&) {
        code = 1;
    }
    ::_exit(code);
}

std::string read_to_end(const Descriptor& from)
{
    std::string text;
    std::array<char, 4096> part{};
    while (true) {
        const auto more = ::read(from.get(), part.data(), part.size());
        if (more < 0 && errno == EINTR) continue;
        if (more <= 0) return text;
        text.append(part.data(), static_cast<std::size_t>(more));
    }
}

Result<std::vector<Finding>> findings_in(const std::string& text)
{
    const auto answer = nlohmann::json::parse(text, nullptr, false);
    if (answer.is_object() && answer.contains("error"))
        return Error{answer["error"].get<std::string>()};
    if (!answer.is_object() || !answer.contains("findings"))
        return Error{"the check as another user ended without an answer"};
    std::vector<Finding> findings;
    for (const auto& entry : answer["findings"])
        findings.push_back({static_cast<Finding::Grade>(entry.at(0).get<int>()),
                            entry.at(1).get<std::string>(), entry.at(2).get<std::string>()});
    return findings;
}

}  // namespace

Result<std::vector<Finding>> check_machine_as(const std::string& user, const Config& config,
                                              const std::string& config_path)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return Error{std::string("cannot make a pipe: ") + std::strerror(errno)};
    const Descriptor from(ends[0]);
    Descriptor into(ends[1]);
    const pid_t child = ::fork();
    if (child < 0) return Error{std::string("cannot start a process: ") + std::strerror(errno)};
    if (child == 0) answer_and_end(into, user, config, config_path);
    into = Descriptor();
    const auto text = read_to_end(from);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    return findings_in(text);
}

}  // namespace mailban::io
