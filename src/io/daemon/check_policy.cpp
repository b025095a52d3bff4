#include "io/daemon/check_policy.h"

#include "io/files/trusted_file.h"
#include "mailban/policy/asks.h"
#include "mailban/policy/attempt.h"
#include "mailban/words.h"

#include <functional>
#include <string>
#include <utility>

namespace mailban::io {

namespace {

using Grade = Finding::Grade;
using Words = std::vector<std::string>;

constexpr std::size_t kLongestCheckedKey = 1024;
constexpr std::size_t kMostOfAnError = 200;

// What the programs print, one after the other.
asio::awaitable<Result<std::string>> print_of(const ProcessRunner& run, std::vector<Words> programs)
{
    std::string all;
    for (const Words& words : programs) {
        const ProcessLimits limits;
        const auto ended = co_await run(words, limits);
        if (!ended) co_return ended.error();
        if (ended->exit_code != 0) co_return Error{describe_failure(words, *ended)};
        all += ended->output;
    }
    co_return all;
}

Result<std::string> settings_of(const ProcessRunner& run, std::vector<Words> programs)
{
    asio::io_context context;
    Result<std::string> settings = Error{"no answer"};
    const auto ask = [&]() -> asio::awaitable<void> {
        settings = co_await print_of(run, std::move(programs));
    };
    asio::co_spawn(context, ask, kOrEnd);
    context.run();
    return settings;
}

Finding finding_of(PolicyAsker asker, const Result<std::string>& settings,
                   const std::function<AskCheck(const std::string&)>& check)
{
    const std::string subject = "policy " + std::string(kPolicyAskerNames.of(asker));
    if (!settings)
        return {Grade::warning, subject,
                "cannot tell whether it asks (" +
                    settings.error().message.substr(0, kMostOfAnError) +
                    "); run `mailban check` as root where this server runs, and see if it has "
                    "asked in `mailban status`"};
    auto [asks, text] = check(*settings);
    return {asks ? Grade::well : Grade::warning, subject, std::move(text)};
}

// Empty where it cannot be read: `check` says that elsewhere.
std::string key_in(const std::string& file)
{
    const auto text = read_trusted(file, kLongestCheckedKey);
    return text ? std::string(trimmed(*text, " \t\r\n")) : std::string();
}

// Debian calls it exim4, others exim.
Words exim_config()
{
    const std::string name = "exim4";
    return {find_program(name) == name ? "exim" : name, "-bP", "config"};
}

}  // namespace

std::vector<Finding> check_policy(const Config& config, const ProcessRunner& run)
{
    const PolicySettings& policy = config.policy;
    std::vector<Finding> findings;
    if (policy.mode == PolicyMode::off) return findings;
    if (policy.dovecot)
        findings.push_back(finding_of(
            PolicyAsker::dovecot, settings_of(run, {Words{"doveconf", "-n"}}),
            [&](const std::string& settings) {
                return check_dovecot_asks(settings, *policy.dovecot, key_in(policy.key_file));
            }));
    if (policy.postfix)
        findings.push_back(
            finding_of(PolicyAsker::postfix,
                       settings_of(run, {Words{"postconf", "-nx"}, Words{"postconf", "-Px"}}),
                       [&](const std::string& settings) {
                           return check_postfix_asks(settings, *policy.postfix);
                       }));
    if (policy.exim)
        findings.push_back(finding_of(
            PolicyAsker::exim, settings_of(run, std::vector<Words>{exim_config()}),
            [&](const std::string& settings) { return check_exim_asks(settings, *policy.exim); }));
    return findings;
}

}  // namespace mailban::io
