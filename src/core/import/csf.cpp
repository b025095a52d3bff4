#include "mailban/import/csf.h"

#include "mailban/characters.h"
#include "mailban/plural.h"
#include "mailban/utf8.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "csf_lists.h"

namespace mailban {

namespace {

using Fate = ImportNote::Fate;
using CsfKeys = std::map<std::string, std::string, std::less<>>;

constexpr std::int64_t kMostSeconds = 3'155'760'000;  // a hundred years
constexpr std::size_t kMostNotesOfList = 20;

// KEY = "value"
CsfKeys read_csf_keys(std::string_view text)
{
    CsfKeys keys;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = trimmed(text.substr(0, end), " \t\r");
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto equals = line.find('=');
        if (line.starts_with('#') || equals == std::string_view::npos) continue;
        auto value = trimmed(line.substr(equals + 1));
        if (value.starts_with('"')) {
            value.remove_prefix(1);
            value = value.substr(0, value.find('"'));
        }
        keys[std::string(trimmed(line.substr(0, equals)))] = value;
    }
    return keys;
}

std::optional<std::int64_t> whole(std::string_view text)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    return is_number ? std::optional(number) : std::nullopt;
}

struct CsfTrigger {
    std::string_view key{};
    EventKind kind = EventKind::auth_failure;
    std::string_view log{};  // the key that names its log
};
constexpr std::array<CsfTrigger, 4> kTriggers{{
    {"LF_SMTPAUTH", EventKind::auth_failure, "SMTPAUTH_LOG"},
    {"LF_POP3D", EventKind::auth_failure, "POP3D_LOG"},
    {"LF_IMAPD", EventKind::auth_failure, "IMAPD_LOG"},
    {"LF_EXIMSYNTAX", EventKind::abuse, "SMTPAUTH_LOG"},
}};

struct CsfCovered {
    std::string_view key{};
    Fate fate = Fate::covered;
    std::string_view text{};
};
constexpr std::array<CsfCovered, 10> kOtherKeys{{
    {"LF_DISTATTACK", Fate::covered, "many addresses at one account: rule account-under-attack"},
    {"LF_DISTSMTP", Fate::covered,
     "logins to one account from many networks: reported (hijack), nobody is banned"},
    {"LF_NETBLOCK", Fate::covered, "many addresses of one network: rules hopping, block-guessing"},
    {"LF_PERMBLOCK", Fate::covered,
     "repeated bans: each lasts longer than the one before "
     "(escalation)"},
    {"LT_POP3D", Fate::not_carried, "mailban does not count successful logins"},
    {"LT_IMAPD", Fate::not_carried, "mailban does not count successful logins"},
    {"RT_AUTHRELAY_LIMIT", Fate::not_carried, "mailban does not count sent messages"},
    {"RT_RELAY_LIMIT", Fate::not_carried, "mailban does not count sent messages"},
    {"CC_DENY", Fate::not_carried, "mailban does not ban countries"},
    {"SMTP_BLOCK", Fate::not_carried, "mailban does not filter outgoing connections"},
}};

class CsfReader {
public:
    CsfReader(const CsfFiles& files, Timestamp now) : files_(files), now_(now) {}

    Result<Imported> read()
    {
        const auto conf = files_.find("csf.conf");
        if (conf == files_.end()) return Error{"there is no csf.conf"};
        keys_ = read_csf_keys(conf->second);
        for (const auto& trigger : kTriggers)
            read_trigger(trigger);
        for (const auto& [key, fate, text] : kOtherKeys)
            if (is_on(key)) note(fate, std::string(key), std::string(text));
        if (is_on("LF_SELECT"))
            note(Fate::not_carried, "LF_SELECT",
                 "a ban closes all mail ports; name other ports in the rule's 'ports'");
        for (const char* list : {"csf.ignore", "csf.allow", "csf.dyndns"})
            read_allow_list(list);
        read_deny_list();
        read_temporary("csf.tempallow", [this](const auto& row) { allow_for_a_time(row); });
        read_temporary("csf.tempban", [this](const auto& row) { ban_for_a_time(row); });
        return std::move(result_);
    }

private:
    void note(Fate fate, std::string subject, std::string text)
    {
        result_.notes.push_back({fate, std::move(subject), std::move(text)});
    }

    std::string value(std::string_view key) const
    {
        const auto found = keys_.find(key);
        return found != keys_.end() ? found->second : std::string();
    }

    bool is_on(std::string_view key) const
    {
        const auto text = value(key);
        return !text.empty() && text != "0";
    }

    // 1 is for ever, more are seconds.
    std::optional<Duration> ban_length(const std::string& key) const
    {
        const auto length = whole(value(key));
        if (!length || *length <= 1) return std::nullopt;
        return std::chrono::seconds(std::min(*length, kMostSeconds));
    }

    void read_trigger(const CsfTrigger& trigger)
    {
        const std::string key(trigger.key);
        const auto own = whole(value(key));
        if (!own || *own <= 0) return;
        // Of all services together, then each is only on or off.
        const auto total = whole(value("LF_TRIGGER"));
        const bool is_total = total && *total > 0;
        const std::string counted = is_total ? "LF_TRIGGER" : key;
        Rule rule;
        rule.name = "csf-" + lower_case(counted.substr(3));
        if (is_total && trigger.kind != EventKind::auth_failure) rule.name += "-other";
        rule.on = {trigger.kind};
        rule.limit =
            static_cast<std::uint32_t>(std::min<std::int64_t>(is_total ? *total : *own, 100'000));
        const auto interval = whole(value("LF_INTERVAL"));
        const bool has_interval = interval && *interval >= 1 && *interval <= kMostSeconds;
        rule.within = has_interval ? std::chrono::seconds(*interval) : std::chrono::seconds(3600);
        rule.ban = ban_length(counted + "_PERM");
        result_.rules.push_back({std::move(rule), is_total ? counted + ", " + key : key});
        add_log(key, value(trigger.log));
    }

    void add_log(const std::string& key, const std::string& path)
    {
        const bool is_new = std::none_of(result_.logs.begin(), result_.logs.end(),
                                         [&](const auto& log) { return log.path == path; });
        if (path.starts_with('/') && is_new) result_.logs.push_back({path, key, false});
    }

    std::vector<CsfEntry> entries(const std::string& list)
    {
        std::vector<std::string> absent;
        auto all = csf_entries(files_, list, absent);
        for (const auto& name : absent)
            note(Fate::not_carried, list, "includes " + printable(name) + ", which was not read");
        return all;
    }

    // Of a long list, the first ones are named.
    void note_entry(std::size_t& noted, const std::string& place, const std::string& text)
    {
        if (noted++ < kMostNotesOfList) note(Fate::not_carried, place, text);
    }

    void note_rest(std::size_t noted, const std::string& list)
    {
        if (noted > kMostNotesOfList)
            note(Fate::not_carried, list,
                 plural(noted - kMostNotesOfList, "more entry", "more entries") + " of this kind");
    }

    void read_allow_list(const std::string& list)
    {
        std::size_t noted = 0;
        std::size_t added = 0;
        for (const auto& entry : entries(list)) {
            const auto subject = read_csf_subject(entry.text);
            if (!subject.problem.empty()) {
                note_entry(noted, entry.place, printable(entry.text) + ": " + subject.problem);
            } else if (const auto block = read_block(subject.text);
                       block && block->base().is_loopback()) {
                continue;
            } else if (add_allowed(subject.text, result_.allow)) {
                ++added;
            } else {
                note_entry(noted, entry.place,
                           printable(entry.text) + " is no address, prefix or host name");
            }
        }
        note_rest(noted, list);
        if (added > 0) note(Fate::carried, list, plural(added, "entry", "entries") + ": in allow");
    }

    void read_deny_list()
    {
        std::size_t noted = 0;
        for (const auto& entry : entries("csf.deny")) {
            const auto subject = read_csf_subject(entry.text);
            const auto block = read_block(subject.text);
            if (!subject.problem.empty()) {
                note_entry(noted, entry.place, printable(entry.text) + ": " + subject.problem);
            } else if (!block) {
                note_entry(noted, entry.place, printable(entry.text) + " is no address or prefix");
            } else {
                result_.bans.push_back({*block, {}, "csf:csf.deny", entry.comment});
            }
        }
        note_rest(noted, "csf.deny");
    }

    struct TemporaryRow {
        Prefix prefix{};
        Timestamp end{};
        std::string message{};
    };

    // time|ip|port|inout|timeout|message
    template <class Take>
    void read_temporary(const std::string& list, const Take& take)
    {
        for (const auto& entry : entries(list)) {
            std::array<std::string_view, 6> fields{};
            std::string_view rest = entry.text;
            for (std::size_t at = 0; at < fields.size(); ++at) {
                const auto end = at + 1 < fields.size() ? rest.find('|') : std::string_view::npos;
                fields[at] = trimmed(rest.substr(0, end));
                rest.remove_prefix(
                    std::min(end == std::string_view::npos ? end : end + 1, rest.size()));
            }
            const auto since = whole(fields[0]);
            const auto length = whole(fields[4]);
            const auto prefix = read_block(fields[1]);
            const bool is_row = since && length && prefix && *since >= 0 && *length >= 0 &&
                                *since <= 100'000'000'000 && *length <= kMostSeconds;
            if (!is_row) continue;
            const auto end = Timestamp(std::chrono::seconds(*since + *length));
            const bool is_general = fields[2].empty() || fields[2] == "*";
            const bool is_mail = is_general || read_csf_subject("d=" + std::string(fields[2]) +
                                                                "|s=" + std::string(fields[1]))
                                                   .problem.empty();
            if (end > now_ && is_mail && fields[3] != "out")
                take(TemporaryRow{*prefix, end, std::string(fields[5])});
        }
    }

    void ban_for_a_time(const TemporaryRow& row)
    {
        result_.bans.push_back({row.prefix, row.end, "csf:csf.tempban", row.message});
    }

    void allow_for_a_time(const TemporaryRow& row)
    {
        note(Fate::not_carried, "csf.tempallow",
             row.prefix.to_string() + ": run `mailban allow " + row.prefix.to_string() + " --for " +
                 format_duration(row.end - now_) + "`");
    }

    const CsfFiles& files_;
    Timestamp now_;
    CsfKeys keys_{};
    Imported result_{};
};

}  // namespace

Result<Imported> read_csf(const CsfFiles& files, Timestamp now)
{
    return CsfReader(files, now).read();
}

}  // namespace mailban
