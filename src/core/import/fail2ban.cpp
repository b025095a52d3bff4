#include "mailban/import/fail2ban.h"

#include "mailban/import/ini.h"
#include "mailban/utf8.h"
#include "mailban/words.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "fail2ban_filters.h"

namespace mailban {

namespace {

using Fate = ImportNote::Fate;

constexpr double kLongestSpan = 100 * 365.25 * 86400;

bool is_true(std::string_view text)
{
    return is_one_of(lower_case(trimmed(text)), {"1", "on", "true", "yes"});
}

// "postfix[mode=auth, x="a,b"]" is postfix.
std::string name_of_filter(std::string_view text)
{
    auto name = trimmed(text.substr(0, text.find('[')));
    const auto slash = name.rfind('/');
    if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
    if (name.ends_with(".conf")) name.remove_suffix(5);
    return std::string(name);
}

std::string mode_of_filter(std::string_view text)
{
    auto at = text.find("mode=");
    while (at != std::string_view::npos && at > 0 && !contains("[, \t\n", text.substr(at - 1, 1)))
        at = text.find("mode=", at + 1);
    if (at == std::string_view::npos) return {};
    const auto value = text.substr(at + 5);
    return std::string(trimmed(value.substr(0, value.find_first_of(",]")), " \t\"'"));
}

// Lines of a value; a line break between brackets ends none.
std::vector<std::string> actions_of(std::string_view text)
{
    std::vector<std::string> names;
    int depth = 0;
    std::string name;
    for (const char c : std::string(text) + "\n") {
        if (c == '[') ++depth;
        const bool is_end = c == '\n' && depth == 0;
        if (is_end && !trimmed(name).empty()) names.emplace_back(trimmed(name));
        if (is_end) name.clear();
        if (!is_end && depth == 0) name += c;
        if (c == ']') depth = std::max(depth - 1, 0);
    }
    return names;
}

bool is_firewall_action(std::string_view name)
{
    return begins_with_any(
        name, {"iptables", "nftables", "firewallcmd", "ufw", "shorewall", "ipfw", "bsd-ipfw", "pf",
               "npf", "route", "ipset", "apf", "hostsdeny", "osx-", "dummy", "symbiosis", "%("});
}

// "/var/log/mail.log tail" reads from the end.
std::vector<std::string> logs_of(std::string_view text)
{
    std::vector<std::string> logs;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto path = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        for (const std::string_view word : {" tail", " head"})
            if (path.ends_with(word)) path = trimmed(path.substr(0, path.size() - word.size()));
        if (path.starts_with('/')) logs.emplace_back(path);
    }
    return logs;
}

EventKinds without_passwords(const EventKinds& kinds)
{
    EventKinds others;
    for (std::size_t index = 0; index < kEventKinds; ++index) {
        const auto kind = static_cast<EventKind>(index);
        if (kind != EventKind::auth_failure && kinds.contains(kind)) others.insert(kind);
    }
    return others;
}

class JailsReader {
public:
    explicit JailsReader(const Fail2banFiles& files) : files_(files) {}

    Result<Fail2ban> read()
    {
        std::vector<std::string> absent;
        const auto names = reading_order(files_, "jail", absent);
        if (names.empty())
            return Error{"there is no jail.conf, no jail.local and nothing in jail.d"};
        for (const auto& name : names)
            jails_.add(files_.find(name)->second);
        for (const auto& name : absent)
            note(Fate::not_carried, name, "included, but there is no such file here");
        for (const auto& name : jails_.sections())
            if (is_true(jails_.get(name, "enabled").value_or(""))) read_jail(name);
        note_others();
        read_server();
        return std::move(result_);
    }

private:
    void note(Fate fate, std::string subject, std::string text)
    {
        const ImportNote made{fate, std::move(subject), std::move(text)};
        auto& notes = result_.imported.notes;
        if (std::find(notes.begin(), notes.end(), made) == notes.end()) notes.push_back(made);
    }

    std::string value(const std::string& jail, std::string_view option)
    {
        auto text = jails_.get(jail, option);
        const auto missing = jails_.missing(jail, option);
        if (!missing.empty())
            note(
                Fate::not_carried, jail,
                std::string(option) + " names '" + printable(missing) + "', which nothing defines");
        return text.value_or("");
    }

    void read_jail(const std::string& name)
    {
        const auto filter_text = value(name, "filter");
        Fail2banJail jail;
        jail.name = name;
        jail.filter = filter_text.empty() ? name : name_of_filter(filter_text);
        jail.mode = mode_of_filter(filter_text);
        const auto filter = fail2ban_filter(jail.filter, jail.mode);
        jail.is_mail = filter.is_mail;
        if (jail.filter == "recidive") {
            note(Fate::covered, name,
                 "repeated bans: each further ban of a client lasts longer (escalation)");
        } else if (!filter.is_mail) {
            others_.push_back(name);
        } else {
            read_mail_jail(jail, filter);
        }
        result_.jails.push_back(std::move(jail));
    }

    void read_mail_jail(Fail2banJail& jail, const Fail2banFilter& filter)
    {
        read_logs(jail, filter);
        read_allow(jail.name);
        read_increment(jail.name);
        read_actions(jail);
        if (!filter.is_read)
            return note(Fate::not_carried, jail.name,
                        "filter " + jail.filter + ": " + filter.instead);
        if (read_threshold(jail)) add_rules(jail, filter.kinds);
    }

    // Passwords apart from the rest: mailban judges them with what it knows of users.
    void add_rules(const Fail2banJail& jail, const EventKinds& kinds)
    {
        const auto others = without_passwords(kinds);
        Rule rule = jail.rule;
        rule.name = "fail2ban-" + plain_import_name(jail.name);
        if (kinds.contains(EventKind::auth_failure)) {
            rule.on = {EventKind::auth_failure};
            result_.imported.rules.push_back({rule, jail.name});
            rule.name += "-other";
        }
        if (others.empty()) return;
        rule.on = others;
        result_.imported.rules.push_back({rule, jail.name});
        if (kinds.contains(EventKind::auth_failure))
            note(Fate::carried, jail.name,
                 "wrong passwords and other refusals count apart from each other");
    }

    std::optional<Duration> span(const std::string& jail, std::string_view option)
    {
        const auto text = value(jail, option);
        const auto seconds = fail2ban_seconds(text);
        if (seconds && *seconds >= 1 && *seconds <= kLongestSpan)
            return std::chrono::seconds(static_cast<std::int64_t>(*seconds + 0.5));
        note(Fate::not_carried, jail,
             std::string(option) + " is '" + printable(text) + "', which is no span of time");
        return std::nullopt;
    }

    bool read_threshold(Fail2banJail& jail)
    {
        const auto text = value(jail.name, "maxretry");
        std::uint32_t limit = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
        constexpr std::uint32_t kMostFailures = 100'000;
        const bool is_limit = error == std::errc() && end == text.data() + text.size() &&
                              limit >= 1 && limit <= kMostFailures;
        if (!is_limit)
            note(Fate::not_carried, jail.name,
                 "maxretry is '" + printable(text) + "', which is no number of failures");
        jail.rule.limit = limit;
        const auto within = span(jail.name, "findtime");
        if (within) jail.rule.within = *within;
        const auto ban = fail2ban_seconds(value(jail.name, "bantime"));
        jail.is_forever = ban && *ban < 0;
        if (jail.is_forever) {
            jail.rule.ban.reset();
            return is_limit && within;
        }
        const auto length = span(jail.name, "bantime");
        if (length) jail.rule.ban = *length;
        return is_limit && within && length;
    }

    void read_logs(Fail2banJail& jail, const Fail2banFilter& filter)
    {
        const auto backend = lower_case(value(jail.name, "backend"));
        jail.reads_journal = backend.starts_with("systemd");
        if (jail.reads_journal)
            return note(Fate::covered, jail.name,
                        "backend systemd: 'sources: auto' follows mail servers' units in the "
                        "journal");
        jail.logs = logs_of(value(jail.name, "logpath"));
        if (!filter.is_read) return;
        auto& logs = result_.imported.logs;
        for (const auto& path : jail.logs) {
            const bool is_new = std::none_of(logs.begin(), logs.end(),
                                             [&](const auto& log) { return log.path == path; });
            if (is_new) logs.push_back({path, jail.name, filter.needs_assurance});
        }
    }

    void read_allow(const std::string& jail)
    {
        const auto text = value(jail, "ignoreip");
        std::string word;
        for (const char c : text + " ") {
            if (!contains(", \t\n", std::string_view(&c, 1))) {
                word += c;
                continue;
            }
            if (!word.empty()) allow(jail, std::exchange(word, {}));
        }
        if (!trimmed(value(jail, "ignorecommand")).empty())
            note(Fate::not_carried, jail,
                 "ignorecommand: mailban runs no program for this; add addresses, files or host "
                 "names to allow");
        if (jails_.says(jail, "ignoreself") && !is_true(value(jail, "ignoreself")))
            note(Fate::not_carried, jail,
                 "ignoreself = false: mailban never bans this machine's own addresses");
    }

    void allow(const std::string& jail, const std::string& word)
    {
        if (!allowed_.insert(word).second) return;
        auto& list = result_.imported.allow;
        if (word.starts_with("file:/")) {
            list.files.push_back(word.substr(5));
            return note(Fate::carried, jail, "ignoreip " + word + ": added to allow");
        }
        const auto block = read_block(word);
        if (block && block->base().is_loopback())
            return note(Fate::covered, jail, "ignoreip " + word + ": mailban never bans loopback");
        if (!add_allowed(word, list))
            return note(Fate::not_carried, jail,
                        "ignoreip '" + printable(word) + "' is no address, prefix or host name");
        note(Fate::carried, jail, "ignoreip " + word + ": in allow, for all rules");
    }

    void read_increment(const std::string& jail)
    {
        auto& imported = result_.imported;
        if (!jails_.says(jail, "bantime.increment")) return;
        const bool is_on = is_true(value(jail, "bantime.increment"));
        const double factor = is_on ? 2 : 1;
        if (imported.escalation_factor && *imported.escalation_factor != factor)
            return note(Fate::not_carried, jail,
                        "bantime.increment differs from that of another jail; mailban has one "
                        "escalation for all rules");
        if (imported.escalation_factor) return;
        imported.escalation_factor = factor;
        note(Fate::carried, jail,
             std::string("bantime.increment: escalation.factor is ") + (is_on ? "2" : "1"));
        if (is_on) read_increase(jail);
    }

    // The formula that fail2ban has where nothing else is said doubles each further ban.
    void read_increase(const std::string& jail)
    {
        for (const std::string_view option :
             {"bantime.formula", "bantime.multipliers", "bantime.factor", "bantime.rndtime"})
            if (jails_.says(jail, option) && !trimmed(value(jail, option)).empty())
                note(Fate::not_carried, jail,
                     std::string(option) + ": in mailban each further ban lasts " +
                         "escalation.factor times as long as the one before");
        if (!jails_.says(jail, "bantime.maxtime") || value(jail, "bantime.maxtime").empty()) return;
        const auto most = span(jail, "bantime.maxtime");
        if (!most) return;
        result_.imported.escalation_max = *most;
        note(Fate::carried, jail, "bantime.maxtime: escalation.max is " + format_duration(*most));
    }

    void read_actions(Fail2banJail& jail)
    {
        bool bans_all = false;
        for (const auto& action : actions_of(value(jail.name, "action"))) {
            const auto name = name_of_filter(action);
            if (contains(name, "allports")) bans_all = true;
            if (!is_firewall_action(name) && noted_actions_.insert(name).second)
                note(Fate::not_carried, jail.name,
                     "action " + printable(name) +
                         ": a hook can run a program at each ban (docs/configuration.md, Hooks)");
        }
        std::vector<std::string> unknown;
        auto ports = read_port_names(value(jail.name, "port"), unknown);
        for (const auto& name : unknown)
            note(Fate::not_carried, jail.name,
                 "port '" + printable(name) + "': name it in firewall.ports by its number");
        if (bans_all) ports = {true, {}};
        if (ports.all || !ports.ports.empty()) jail.rule.ports = std::move(ports);
    }

    void note_others()
    {
        if (others_.empty()) return;
        note(Fate::not_carried, joined(others_),
             "not of mail servers; keep " + std::string(others_.size() == 1 ? "it" : "them") +
                 " in fail2ban");
    }

    void read_server()
    {
        std::vector<std::string> absent;
        IniFiles server;
        for (const auto& name : reading_order(files_, "fail2ban", absent))
            server.add(files_.find(name)->second);
        // Its options stand in DEFAULT since 1.0, in Definition before.
        result_.database = server.get("Definition", "dbfile").value_or("");
        result_.pid_file = server.get("Definition", "pidfile").value_or("");
    }

    const Fail2banFiles& files_;
    IniFiles jails_{};
    Fail2ban result_{};
    std::vector<std::string> others_{};
    std::set<std::string> allowed_{};
    std::set<std::string> noted_actions_{};
};

}  // namespace

Result<Fail2ban> read_fail2ban(const Fail2banFiles& files)
{
    return JailsReader(files).read();
}

}  // namespace mailban
