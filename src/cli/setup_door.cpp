#include "cli/setup_door.h"

#include "cli/command.h"
#include "cli/config_change.h"
#include "io/setup/change_files.h"
#include "io/setup/programs.h"
#include "mailban/setup/door_texts.h"
#include "mailban/words.h"

#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <iostream>
#include <utility>

namespace mailban::cli {

namespace {

constexpr const char* kDovecotFile = "/etc/dovecot/conf.d/95-mailban.conf";
constexpr const char* kPostfixFile = "/etc/postfix/main.cf";
constexpr const char* kEximMacros = "/etc/exim4/exim4.conf.localmacros";
constexpr const char* kEximSplit = "/etc/exim4/conf.d/main/00_mailban";
constexpr const char* kEximSettings = "/etc/exim4/update-exim4.conf.conf";
constexpr const char* kKeyFile = "/etc/mailban/policy.key";

bool is_there(const char* path)
{
    return ::access(path, F_OK) == 0;
}

// 32 hexadecimal digits, drawn by the kernel.
Result<std::string> secret_word()
{
    std::array<unsigned char, 16> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        return Error{"the kernel gives no random bytes"};
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string word;
    for (const auto byte : bytes) {
        word += kHex[byte >> 4U];
        word += kHex[byte & 15U];
    }
    return word;
}

ListenAddress loopback(std::uint16_t port)
{
    return *ListenAddress::parse("127.0.0.1:" + std::to_string(port));
}

Status add_key(DoorPlan& plan)
{
    if (plan.policy.key_file.empty()) plan.policy.key_file = kKeyFile;
    const auto standing = io::read_if_there(plan.policy.key_file);
    if (!standing) return standing.error();
    if (*standing) {
        plan.key = std::string(trimmed(**standing, " \t\r\n"));
        return Done{};
    }
    auto key = secret_word();
    if (!key) return key.error();
    plan.key = std::move(*key);
    plan.is_key_new = true;
    return Done{};
}

// Whether Dovecot is here and will ask.
Result<bool> add_dovecot(DoorPlan& plan)
{
    if (!is_there("/etc/dovecot/conf.d")) return false;
    const auto version = io::run_and_wait({"dovecot", "--version"});
    const auto release = version ? dovecot_release(*version) : std::nullopt;
    if (!release) {
        plan.remarks.push_back(
            "Dovecot is left as it is: this is written for Dovecot 2.3 and 2.4; docs/policy.md has "
            "the settings");
        return false;
    }
    if (const auto key = add_key(plan); !key) return key.error();
    const auto nonce = secret_word();
    if (!nonce) return nonce.error();
    plan.policy.dovecot = loopback(kDovecotDoorPort);
    const auto before = io::read_if_there(kDovecotFile);
    if (!before) return before.error();
    if (*before) return true;  // it asks already
    constexpr unsigned kSecret = 0600;
    plan.files.push_back({.server = "Dovecot",
                          .path = kDovecotFile,
                          .after = dovecot_door(*release, plan.key, *nonce),
                          .mode = kSecret,
                          .checks = {{"doveconf", "-n"}},
                          // Of "auth_policy_server_url"; 2.4 shows a common beginning only once.
                          .must_show = "server_url = http://127.0.0.1:4001/",
                          .reload = {{"doveadm", "reload"}}});
    return true;
}

Status add_postfix(DoorPlan& plan, bool dovecot_asks)
{
    if (!is_there(kPostfixFile)) return Done{};
    const auto type = io::run_and_wait({"postconf", "-h", "smtpd_sasl_type"});
    if (dovecot_asks && type && trimmed(*type, " \n") == "dovecot") {
        plan.remarks.emplace_back("Postfix asks through Dovecot, which compares its passwords");
        return Done{};
    }
    const auto before = io::read_if_there(kPostfixFile);
    if (!before) return before.error();
    auto after = postfix_door(before->value_or(""));
    if (!after) return after.error();
    plan.policy.postfix = loopback(kPostfixDoorPort);
    if (*before == *after) return Done{};
    plan.files.push_back(
        {.server = "Postfix",
         .path = kPostfixFile,
         .before = *before,
         .after = std::move(*after),
         .checks = {{"postfix", "check"}, {"postconf", "-h", "smtpd_client_restrictions"}},
         .must_show = "check_policy_service { inet:127.0.0.1:4002",
         .reload = {{"postfix", "reload"}}});
    return Done{};
}

Status add_exim(DoorPlan& plan)
{
    const auto settings = io::read_if_there(kEximSettings);
    if (!settings) return settings.error();
    if (!*settings) return Done{};
    const bool is_split = contains(**settings, "dc_use_split_config='true'");
    const char* const path = is_split ? kEximSplit : kEximMacros;
    const auto before = io::read_if_there(path);
    if (!before) return before.error();
    plan.policy.exim = loopback(kEximDoorPort);
    if (*before && contains(**before, exim_door())) return Done{};
    std::string after = before->value_or("");
    if (!after.empty() && after.back() != '\n') after += '\n';
    plan.files.push_back(
        {.server = "Exim",
         .path = path,
         .before = *before,
         .after = after + exim_door(),
         .checks = {{"update-exim4.conf"}, {"exim4", "-bV"}, {"exim4", "-bP", "acl_smtp_connect"}},
         .must_show = "readsocket{inet:127.0.0.1:4003}",
         .reload = {{"systemctl", "reload", "exim4"}}});
    return Done{};
}

Status check(const DoorFile& file)
{
    std::string said;
    for (const auto& words : file.checks) {
        auto done = io::run_and_wait(words);
        if (!done) return done.error();
        said = std::move(*done);
    }
    if (contains(said, file.must_show)) return Done{};
    return Error{mailban::joined(file.checks.back(), " ") + " does not show " + file.must_show};
}

// False: the file was taken back.
Result<bool> write_one(const DoorFile& file, const std::string& record_path)
{
    io::NewFile rights;
    rights.mode = file.mode;
    const auto written = io::change_file(record_path, file.path, file.before, file.after, rights);
    if (!written) return written.error();
    const auto checked = check(file);
    if (checked) return true;
    if (const auto reverted = io::revert_file(file.path, file.before); !reverted)
        return reverted.error();
    // Exim's file is made of the others.
    if (file.checks.front().size() == 1) (void)io::run_and_wait(file.checks.front());
    std::cout << file.server << "'s own check refuses the change, so it was taken back: "
              << checked.error().message << '\n';
    return false;
}

void reload(const DoorFile& file, const std::function<bool(const std::string&)>& ask)
{
    for (const auto& words : file.reload) {
        if (!ask("Run `" + mailban::joined(words, " ") + "`, so that " + file.server +
                 " reads it?")) {
            std::cout << "Later: " << mailban::joined(words, " ") << '\n';
            return;
        }
        const auto done = io::run_and_wait(words);
        if (!done) std::cout << done.error().message << '\n';
    }
}

}  // namespace

Result<DoorPlan> plan_door(const Config& config)
{
    DoorPlan plan;
    plan.policy = config.policy;
    if (plan.policy.mode == PolicyMode::off) plan.policy.mode = PolicyMode::observe;
    const auto dovecot_asks = add_dovecot(plan);
    if (!dovecot_asks) return dovecot_asks.error();
    if (const auto added = add_postfix(plan, *dovecot_asks); !added) return added.error();
    if (const auto added = add_exim(plan); !added) return added.error();
    const bool is_any = plan.policy.dovecot || plan.policy.postfix || plan.policy.exim;
    if (!is_any) plan.policy.mode = config.policy.mode;
    return plan;
}

int write_door(const DoorPlan& plan, const std::string& record_path,
               const std::function<bool(const std::string&)>& ask)
{
    int code = kDone;
    for (const auto& file : plan.files) {
        print_change({file.path, file.before, file.after});
        if (!ask("Write " + file.path + "?")) continue;
        const auto kept = write_one(file, record_path);
        if (!kept) return fail(kFailed, kept.error().message);
        if (*kept)
            reload(file, ask);
        else
            code = kFailed;
    }
    return code;
}

std::vector<std::string> door_reloads(const std::vector<std::string>& paths)
{
    std::vector<std::string> commands;
    for (const auto& path : paths) {
        if (path == kDovecotFile) commands.emplace_back("doveadm reload");
        if (path == kPostfixFile) commands.emplace_back("postfix reload");
        if (path == kEximMacros || path == kEximSplit)
            commands.emplace_back("update-exim4.conf && systemctl reload exim4");
    }
    return commands;
}

}  // namespace mailban::cli
