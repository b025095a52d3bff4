#include "mailban/policy/asks.h"

#include "mailban/policy/dovecot.h"
#include "mailban/utf8.h"
#include "mailban/words.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace mailban {

namespace {

struct Setting {
    std::string name{};  // "smtpd_delay_reject", whatever service it is for
    std::string_view value{};
};

// Lines "name = value". Dovecot 2.4 prints what belongs together in braces, without the common
// beginning of the names: `auth_policy {`, `server_url = …`, `}`.
std::vector<Setting> settings_in(std::string_view text)
{
    std::vector<Setting> all;
    std::vector<std::string> sections;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const auto words = trimmed(line, " \t\r");
        if (words == "}" && !sections.empty()) sections.pop_back();
        const auto equals = words.find('=');
        if (equals == std::string_view::npos) {
            if (words.ends_with('{'))
                sections.emplace_back(trimmed(words.substr(0, words.size() - 1), " \t"));
            continue;
        }
        auto name = trimmed(words.substr(0, equals), " \t");
        name.remove_prefix(name.rfind('/') == std::string_view::npos ? 0 : name.rfind('/') + 1);
        const std::string section = sections.empty() ? "" : sections.back() + "_";
        all.push_back({section + std::string(name), trimmed(words.substr(equals + 1), " \t")});
    }
    return all;
}

std::optional<std::string_view> value_of(const std::vector<Setting>& settings,
                                         std::string_view name)
{
    const auto found = std::ranges::find(settings, name, &Setting::name);
    if (found == settings.end()) return std::nullopt;
    return found->value;
}

// "127.0.0.1:4001", and as it may be written, too.
std::vector<std::string> names_of(const ListenAddress& listen)
{
    std::vector<std::string> names{listen.to_string()};
    if (listen.path.empty()) names.push_back("localhost:" + std::to_string(listen.port));
    return names;
}

// Whether the text has one of the names, and no digit or letter of a longer one behind it.
bool has_name(std::string_view text, const std::vector<std::string>& names)
{
    constexpr std::string_view kEnds = " \t,;}{/'\"?";
    return std::ranges::any_of(names, [&](const std::string& name) {
        for (auto at = text.find(name); at != std::string_view::npos;
             at = text.find(name, at + 1)) {
            const auto end = at + name.size();
            if (end == text.size() || kEnds.find(text[end]) != std::string_view::npos) return true;
        }
        return false;
    });
}

AskCheck asks_not(std::string text)
{
    return {false, std::move(text)};
}

bool is_off(const std::vector<Setting>& settings, std::string_view name)
{
    return value_of(settings, name) == "no";
}

}  // namespace

AskCheck check_dovecot_asks(std::string_view settings, const ListenAddress& listen,
                            std::string_view key)
{
    constexpr std::string_view kHeader = "X-API-Key:";
    const auto all = settings_in(settings);
    const auto url = value_of(all, "auth_policy_server_url");
    if (!url || url->empty())
        return asks_not(
            "Dovecot does not ask: its auth_policy_server_url is not set; see "
            "policy.md");
    if (!has_name(*url, names_of(listen)))
        return asks_not("Dovecot asks " + in_quotes(*url) + ", and mailban listens at " +
                        listen.to_string() +
                        "; make auth_policy_server_url and "
                        "policy.dovecot.listen the same");
    const auto header = value_of(all, "auth_policy_server_api_header").value_or("");
    if (!lower_case(header).starts_with(lower_case(kHeader)))
        return asks_not(
            "Dovecot asks, and mailban believes no request without the key; set "
            "auth_policy_server_api_header = X-API-Key: KEY");
    const auto sent = trimmed(header.substr(kHeader.size()), " \t");
    if (!key.empty() && !is_same_key(sent, key))
        return asks_not(
            "Dovecot sends another key than policy.dovecot.key_file has; correct "
            "auth_policy_server_api_header");
    if (is_off(all, "auth_policy_check_before_auth"))
        return asks_not(
            "Dovecot does not ask before it compares a password; remove "
            "auth_policy_check_before_auth = no");
    if (is_off(all, "auth_policy_report_after_auth"))
        return asks_not(
            "Dovecot asks, and does not report attempts; remove "
            "auth_policy_report_after_auth = no");
    return {true, "Dovecot asks at " + listen.to_string()};
}

AskCheck check_postfix_asks(std::string_view settings, const ListenAddress& listen)
{
    constexpr std::string_view kAsks = "check_policy_service";
    const auto all = settings_in(settings);
    const auto asking = std::ranges::find_if(all, [&](const Setting& one) {
        const auto at = one.value.find(kAsks);
        return at != std::string_view::npos && has_name(one.value.substr(at), names_of(listen));
    });
    if (asking == all.end())
        return asks_not("Postfix does not ask: no check_policy_service names " +
                        listen.to_string() + "; see policy.md");
    const auto usual =
        value_of(all, "smtpd_policy_service_default_action").value_or(std::string_view());
    if (asking->value.find("default_action=DUNNO") == std::string_view::npos && usual != "DUNNO")
        return asks_not(
            "Postfix asks, and without default_action=DUNNO it refuses every client "
            "while mailban is stopped; see policy.md");
    const auto is_for_clients = asking->name == "smtpd_client_restrictions";
    if (is_for_clients && !is_off(all, "smtpd_delay_reject"))
        return asks_not(
            "Postfix asks when a client names a recipient, after its login; set "
            "smtpd_delay_reject = no, see policy.md");
    return {true, "Postfix asks at " + listen.to_string() + " (" + asking->name + ")"};
}

AskCheck check_exim_asks(std::string_view settings, const ListenAddress& listen)
{
    constexpr std::string_view kAsks = "readsocket";
    const auto names = names_of(listen);
    for (auto at = settings.find(kAsks); at != std::string_view::npos;
         at = settings.find(kAsks, at + 1)) {
        const auto rest = settings.substr(at);
        // `${readsocket{inet:127.0.0.1:4003}{…`: the first braces have the address.
        const auto address = rest.substr(0, rest.find('}') + 1);
        if (has_name(address, names)) return {true, "Exim asks at " + listen.to_string()};
    }
    return asks_not("Exim does not ask: no readsocket names " + listen.to_string() +
                    "; see policy.md");
}

}  // namespace mailban
