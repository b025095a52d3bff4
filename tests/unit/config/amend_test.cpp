#include "mailban/config/amend.h"

#include "mailban/config/config_text.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <random>

namespace mailban::amend_test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string shipped_config_text()
{
    std::ifstream file(std::string(MAILBAN_SOURCE_DIR) + "/config/mailban.yaml");
    return {std::istreambuf_iterator<char>(file), {}};
}

Rule amending_rule(const std::string& name, std::uint32_t limit, Duration within,
                   std::optional<Duration> ban)
{
    Rule rule;
    rule.name = name;
    rule.limit = limit;
    rule.within = within;
    rule.ban = ban;
    return rule;
}

Amendment whole_amendment()
{
    Amendment amendment;
    amendment.rules = {amending_rule("password-guessing", 3, 1h, std::nullopt),
                       amending_rule("fail2ban-dovecot", 20, 2h, 3h)};
    amendment.rules[1].ports = PortSet{false, {25, 80}};
    amendment.allow = {{*Prefix::parse("192.0.2.0/24"), *Prefix::parse("2001:db8::1")},
                       {"/etc/mailban/allow.list"},
                       {"office.example.net"}};
    amendment.files = {"/srv/mail/exim main.log"};
    amendment.escalation_factor = 1;
    amendment.escalation_max = 48h;
    amendment.backend = Backend::dry_run;
    return amendment;
}

Config config_in(const std::string& text)
{
    const auto loaded = load_config(text, "mailban.yaml");
    const auto* config = std::get_if<Config>(&loaded);
    EXPECT_NE(config, nullptr) << text;
    return config != nullptr ? *config : Config();
}

std::string amended_text(const std::string& text, const Amendment& amendment)
{
    const auto after = amend(text, "mailban.yaml", {}, amendment);
    EXPECT_TRUE(after.ok()) << (after.ok() ? "" : after.error().message);
    return after.ok() ? *after : std::string();
}

// Lines of `text` that are not in `other`.
std::vector<std::string> lines_missing_in(const std::string& text, const std::string& other)
{
    std::vector<std::string> lines;
    std::string line;
    for (const char c : text) {
        if (c != '\n') {
            line += c;
            continue;
        }
        if (other.find(line + '\n') == std::string::npos) lines.push_back(line);
        line.clear();
    }
    return lines;
}

TEST(AnAmendment, OfTheShippedFileTouchesOnlyTheLinesThatChange)
{
    const auto before = shipped_config_text();
    const auto after = amended_text(before, whole_amendment());
    EXPECT_EQ(config_in(after), amended(config_in(before), whole_amendment()));
    EXPECT_THAT(
        lines_missing_in(before, after),
        ::testing::ElementsAre(
            "sources: auto", "    limit: 5",
            "    ban: 1h                           # duration of the first ban, or: forever",
            "allow: []",
            "  factor: 2                           # each ban lasts twice as long as the one "
            "before,",
            "  max: 30d                            # but not longer than this", "  backend: auto"));
    EXPECT_THAT(after, HasSubstr("    ban: forever                      # duration of the first"));
    EXPECT_THAT(after, HasSubstr("sources:\n  - auto\n  - file: \"/srv/mail/exim main.log\"\n"));
}

TEST(AnAmendment, SaysWhereMailServersAsk)
{
    Amendment door;
    door.policy.emplace();
    door.policy->mode = PolicyMode::observe;
    door.policy->dovecot = ListenAddress::parse("127.0.0.1:4001");
    door.policy->key_file = "/etc/mailban/policy.key";
    door.policy->exim = ListenAddress::parse("127.0.0.1:4003");
    for (const std::string& before : {shipped_config_text(), std::string("sources: auto\n")}) {
        const auto after = amended_text(before, door);
        EXPECT_EQ(config_in(after).policy, *door.policy);
        EXPECT_EQ(amended_text(after, door), after);
    }
    EXPECT_THAT(to_yaml(door),
                HasSubstr("policy:\n  mode: observe\n  dovecot: {listen: 127.0.0.1:4001, "));
}

TEST(AnAmendment, NamesTheDayUntilWhichBansAreOnlyWatched)
{
    Amendment watch;
    watch.backend = Backend::dry_run;
    watch.watch_until = std::chrono::sys_days(std::chrono::year(2026) / 12 / 6);
    for (const std::string& before :
         {shipped_config_text(), std::string("sources: auto\n"),
          std::string("firewall: {backend: nftables, watch_until: 2026-12-01}\n")}) {
        const auto after = amended_text(before, watch);
        EXPECT_THAT(after, HasSubstr("watch_until: 2026-12-06"));
        EXPECT_EQ(config_in(after).firewall.watch_until, watch.watch_until);
        EXPECT_EQ(amended_text(after, watch), after);
        Amendment enforce;
        enforce.ends_watch = true;
        const auto ended = amended_text(after, enforce);
        EXPECT_THAT(ended, ::testing::Not(HasSubstr("watch_until")));
        EXPECT_EQ(amended_text(ended, enforce), ended);
    }
    EXPECT_EQ(to_yaml(watch), "firewall: {backend: dry-run, watch_until: 2026-12-06}\n");
}

TEST(AnAmendment, ThatSaysNothingNewLeavesEveryByte)
{
    const auto before = shipped_config_text();
    Amendment same;
    same.rules = {default_rules()[0]};
    same.backend = Backend::automatic;
    same.escalation_factor = 2;
    EXPECT_EQ(amended_text(before, same), before);
    EXPECT_EQ(amended_text(before, {}), before);
    const auto once = amended_text(before, whole_amendment());
    EXPECT_EQ(amended_text(once, whole_amendment()), once);
}

TEST(AnAmendment, ChangesTextsOfManyStyles)
{
    for (const std::string text : {
             "sources: auto\n",
             "sources: auto  # all",
             "sources: [auto]\nallow: [192.0.2.0/24]\n",
             "sources:\n- auto\n- file: /var/log/x\nallow:\n- 198.51.100.1 # office\n\nlog: "
             "{level: info}\n",
             "allow: [ \"198.51.100.1\",\n  198.51.100.2  # two\n  ]\nfirewall: {}\n",
             "allow: [198.51.100.1,]\nescalation: {factor: 3}\nfirewall: {ports: [25]}\n",
             "rules:\n  - {name: password-guessing, on: auth_failure, by: ip, limit: 5, within: "
             "10m}\n",
             "rules: [{name: \"password-guessing\", limit: 5, ban: forever}]\nsources: auto\n",
             "# first\nescalation:\n    max: 3d   # three\n    factor: 2\nsources: 'auto'\n",
             "sources: auto\r\nallow: []\r\n",
             "log:\n  level: info\n# the end",
         }) {
        const auto after = amended_text(text, whole_amendment());
        EXPECT_EQ(config_in(after), amended(config_in(text), whole_amendment())) << after;
    }
}

TEST(AnAmendment, KeepsACommentInItsColumn)
{
    EXPECT_EQ(amended_text("escalation:\n  factor: 2   # twice\n  max: 30d # most\n",
                           [] {
                               Amendment one;
                               one.escalation_factor = 1.5;
                               one.escalation_max = 1000 * 24h;
                               return one;
                           }()),
              "escalation:\n  factor: 1.5 # twice\n  max: 1000d # most\n");
}

TEST(AnAmendment, OfATextThatItCannotChangeSaysWhatToAddByHand)
{
    for (const std::string text : {
             "{sources: auto, allow: []}\n",
             "sources: auto\nrules:\n  - name: >-\n      password-guessing\n    limit: 4\n",
         }) {
        Amendment one;
        one.rules = {amending_rule("password-guessing", 3, 1h, 1h)};
        one.allow.prefixes = {*Prefix::parse("192.0.2.1")};
        const auto after = amend(text, "mailban.yaml", {}, one);
        if (after) {
            EXPECT_EQ(config_in(*after), amended(config_in(text), one));
            continue;
        }
        EXPECT_THAT(after.error().message, HasSubstr("add this by hand:"));
        EXPECT_THAT(after.error().message, HasSubstr("allow: [192.0.2.1]"));
    }
    EXPECT_FALSE(amend("{sources: auto}\n", "mailban.yaml", {}, whole_amendment()).ok());
}

TEST(AnAmendment, OfATextWithMistakesNamesThem)
{
    const auto after = amend("sourcs: auto\n", "mailban.yaml", {}, whole_amendment());
    ASSERT_FALSE(after.ok());
    EXPECT_THAT(after.error().message, HasSubstr("mailban.yaml:1:1: unknown key 'sourcs'"));
}

TEST(AnAmendment, OfRulesThatOnlyTheDefaultHasWritesAllOfThem)
{
    Amendment one;
    one.rules = {amending_rule("password-guessing", 3, 1h, 1h)};
    const auto after = amended_text("sources: auto\n", one);
    EXPECT_EQ(config_in(after).rules.size(), default_rules().size());
    EXPECT_EQ(config_in(after), amended(config_in("sources: auto\n"), one));
}

// Any text with its lines cut and shuffled: either it says what it should then, or it stays.
TEST(AnAmendment, NeverWritesAnythingElse)
{
    std::mt19937 random(7);
    const auto shipped = shipped_config_text();
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < shipped.size();) {
        const auto end = shipped.find('\n', at);
        lines.push_back(shipped.substr(at, end - at + 1));
        at = end + 1;
    }
    std::size_t changed = 0;
    for (int round = 0; round < 60; ++round) {
        std::string text;
        for (const auto& line : lines)
            if (random() % 12 != 0) text += line;
        const auto loaded = load_config(text, "mailban.yaml");
        const auto* before = std::get_if<Config>(&loaded);
        const auto after = amend(text, "mailban.yaml", {}, whole_amendment());
        if (!after) continue;
        ASSERT_NE(before, nullptr);
        EXPECT_EQ(config_in(*after).rules, amended(*before, whole_amendment()).rules);
        ++changed;
    }
    EXPECT_GT(changed, 0U);
}

TEST(ConfigText, SaysWhichKeyItCannotChange)
{
    ConfigText text("trust: off\nrules: nonsense\n");
    EXPECT_THAT(text.set("trust", "keep", "1d").error().message, HasSubstr("'trust.keep'"));
    EXPECT_THAT(text.set_in_rule("x", "limit", "1").error().message, HasSubstr("'rules'"));
    EXPECT_EQ(text.text(), "trust: off\nrules: nonsense\n");
}

}  // namespace
}  // namespace mailban::amend_test
