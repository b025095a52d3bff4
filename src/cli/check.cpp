#include "io/daemon/check.h"

#include "cli/command.h"
#include "cli/config_file.h"
#include "cli/findings.h"
#include "io/daemon/step_down.h"
#include "io/daemon/systemctl.h"
#include "mailban/ascii_json.h"
#include "mailban/config/load.h"

#include <iostream>
#include <memory>

namespace mailban::cli {

namespace {

struct CheckOptions {
    std::string config = kDefaultConfig;
    std::string user{};  // empty: whoever asks
    bool json = false;
};

void print_json(const std::vector<io::Finding>& findings)
{
    static constexpr std::array<const char*, 3> kGrades{"ok", "warning", "wrong"};
    auto list = nlohmann::ordered_json::array();
    for (const auto& [grade, subject, text] : findings) {
        list.push_back({{"grade", kGrades[static_cast<std::size_t>(grade)]},
                        {"subject", subject},
                        {"text", text}});
    }
    std::cout << ascii_json(list) << '\n';
}

// The unit's sandbox counts where the service is asked about: its user, or its configuration.
std::optional<Sandbox> sandbox_for(const CheckOptions& options)
{
    auto sandbox = io::read_sandbox();
    if (!sandbox) return std::nullopt;
    const bool is_its_user = !options.user.empty() && options.user == sandbox->user();
    const bool is_its_config = options.user.empty() && options.config == kDefaultConfig;
    if (!is_its_user && !is_its_config) return std::nullopt;
    return sandbox;
}

int check(const CheckOptions& options)
{
    const auto sandbox = sandbox_for(options);
    if (!options.user.empty()) {
        const auto down = io::step_down(options.user);
        if (!down) return fail(kFailed, down.error().message);
    }
    const auto config = read_config(options.config);
    if (!config) return kWrongUsage;
    const auto findings = io::check_machine(*config, options.config, sandbox);
    if (options.json) {
        print_json(findings);
    } else {
        print_findings(findings);
    }
    const bool wrong = std::any_of(findings.begin(), findings.end(), [](const auto& finding) {
        return finding.grade == io::Finding::Grade::wrong;
    });
    return wrong ? kFailed : kDone;
}

}  // namespace

void add_check(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand(
        "check", "Test the configuration, logs, clock and firewall of this machine");
    auto options = std::make_shared<CheckOptions>();
    command->add_option("--config", options->config, "The configuration file")
        ->type_name("FILE")
        ->capture_default_str();
    command
        ->add_option("--as", options->user,
                     "Test as this user with CAP_NET_ADMIN only, in the unit's sandbox, as the "
                     "service runs; needs root")
        ->type_name("USER");
    command->add_flag("--json", options->json, "Print one line of JSON, for programs");
    command->callback([options, &action] { action = [options] { return check(*options); }; });
}

}  // namespace mailban::cli
