#include "mailban/import/imported.h"

#include <gmock/gmock.h>

#include "unit/import/import_notes.h"

namespace mailban::plan_import_test {
namespace {

using namespace std::chrono_literals;
using test::note_of;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Fate = ImportNote::Fate;

ImportedRule imported_rule(const std::string& from, std::uint32_t limit, Duration within,
                           std::optional<Duration> ban, EventKinds on = {EventKind::auth_failure})
{
    Rule rule;
    rule.name = "fail2ban-" + from;
    rule.on = on;
    rule.limit = limit;
    rule.within = within;
    rule.ban = ban;
    return {rule, from};
}

Config shipped_defaults()
{
    const auto loaded = load_config("sources: auto\n", "mailban.yaml");
    return std::get<Config>(loaded);
}

ImportPlan import_plan_of(const Imported& imported, LogState state = LogState::followed)
{
    return plan_import(imported, shipped_defaults(), [state](const std::string&) { return state; });
}

TEST(AnImport, PutsTheQuickestRuleInPlaceOfTheShippedOne)
{
    const auto plan = import_plan_of({.rules = {imported_rule("slow", 10, 24h, 1h * 24 * 7),
                                                imported_rule("dovecot", 3, 10min, 1h)}});
    ASSERT_EQ(plan.amendment.rules.size(), 2U);
    EXPECT_EQ(plan.amendment.rules[0].name, "password-guessing");
    EXPECT_EQ(plan.amendment.rules[0].limit, 3U);
    EXPECT_EQ(plan.amendment.rules[1].name, "fail2ban-slow");
    EXPECT_THAT(plan.notes, Contains(note_of(Fate::carried, "dovecot",
                                             "(before: 5 failures within 10m, ban 1h)")));
}

TEST(AnImport, LeavesOutWhatAnotherRuleDoesAnyway)
{
    const auto plan = import_plan_of({.rules = {imported_rule("dovecot", 5, 10min, 10min),
                                                imported_rule("sasl", 3, 1h, std::nullopt),
                                                imported_rule("same", 3, 1h, std::nullopt)}});
    ASSERT_EQ(plan.amendment.rules.size(), 1U);
    EXPECT_EQ(plan.amendment.rules[0].limit, 3U);
    EXPECT_THAT(plan.notes, Contains(note_of(Fate::covered, "dovecot", "the rule of sasl")));
    EXPECT_THAT(plan.notes, Contains(note_of(Fate::covered, "same", "the rule of sasl")));
}

TEST(AnImport, LeavesOutWhatAShippedRuleDoes)
{
    const auto plan = import_plan_of(
        {.rules = {imported_rule("dovecot", 3, 10min, 1h), imported_rule("slow", 10, 24h, 24h)}});
    EXPECT_EQ(plan.amendment.rules.size(), 1U);
    EXPECT_THAT(plan.notes, Contains(note_of(Fate::covered, "slow", "the rule slow-guessing")));
}

TEST(AnImport, KeepsRulesOfOtherKindsApart)
{
    const auto plan =
        import_plan_of({.rules = {imported_rule("postfix", 5, 10min, 10min,
                                                {EventKind::relay_denied, EventKind::rejected})}});
    ASSERT_EQ(plan.amendment.rules.size(), 1U);
    EXPECT_EQ(plan.amendment.rules[0].name, "fail2ban-postfix");
}

TEST(AnImport, SaysWhichShippedRuleIsStricterThanAllThatWereCarried)
{
    const auto plan = import_plan_of({.rules = {imported_rule("dovecot", 20, 10min, 1h)}});
    EXPECT_THAT(plan.notes, Contains(note_of(Fate::covered, "dovecot", "the rule slow-guessing")));
    const auto strict = import_plan_of({.rules = {imported_rule("dovecot", 5, 10min, 1h)}});
    EXPECT_THAT(strict.notes,
                ::testing::Not(Contains(note_of(Fate::covered, "dovecot", "stricter"))));
}

TEST(AnImport, AddsOnlyWhatIsNew)
{
    Imported imported;
    imported.allow.prefixes = {*Prefix::parse("192.0.2.1"), *Prefix::parse("192.0.2.2")};
    auto config = shipped_defaults();
    config.allow.prefixes = {*Prefix::parse("192.0.2.1")};
    const auto plan =
        plan_import(imported, config, [](const std::string&) { return LogState::followed; });
    EXPECT_THAT(plan.amendment.allow.prefixes, ElementsAre(*Prefix::parse("192.0.2.2")));
}

TEST(AnImport, AddsALogThatNobodyFollows)
{
    Imported imported;
    imported.logs = {{"/srv/exim.log", "exim", false}};
    EXPECT_THAT(import_plan_of(imported).amendment.files, IsEmpty());
    EXPECT_THAT(import_plan_of(imported, LogState::unfollowed).amendment.files,
                ElementsAre("/srv/exim.log"));
    const auto absent = import_plan_of(imported, LogState::absent);
    EXPECT_THAT(absent.amendment.files, IsEmpty());
    EXPECT_THAT(absent.notes, Contains(note_of(Fate::not_carried, "exim", "no such file")));
    imported.logs[0].needs_assurance = true;
    const auto open = import_plan_of(imported, LogState::unfollowed);
    EXPECT_THAT(open.amendment.files, IsEmpty());
    EXPECT_THAT(open.notes, Contains(note_of(Fate::not_carried, "exim", "clients can write")));
}

TEST(AnImport, SaysPortsOnlyWhereTheyAreMoreThanMail)
{
    auto quick = imported_rule("dovecot", 3, 10min, 1h);
    quick.rule.ports = FirewallConfig().ports;
    EXPECT_EQ(import_plan_of({.rules = {quick}}).amendment.rules[0].ports, std::nullopt);
    quick.rule.ports = PortSet{false, {993, 8081}};
    EXPECT_EQ(import_plan_of({.rules = {quick}}).amendment.rules[0].ports,
              (PortSet{false, {25, 110, 143, 465, 587, 993, 995, 4190, 8081}}));
    // Jails of other mail ports are the same to a ban that closes all of them.
    auto other = imported_rule("sasl", 5, 10min, 1h);
    other.rule.ports = PortSet{false, {25}};
    EXPECT_EQ(import_plan_of({.rules = {quick, other}}).amendment.rules.size(), 1U);
    quick.rule.ports = PortSet{true, {}};
    EXPECT_EQ(import_plan_of({.rules = {quick}}).amendment.rules[0].ports, quick.rule.ports);
}

TEST(PortNames, AreReadWithNumbersAndRanges)
{
    std::vector<std::string> unknown;
    EXPECT_EQ(read_port_names("smtp, 465\tsubmission imap2,0,70000,1:9", unknown),
              (PortSet{false, {25, 143, 465, 587}}));
    EXPECT_THAT(unknown, ElementsAre("0", "70000", "1:9"));
    EXPECT_TRUE(read_port_names("25,0:65535", unknown).all);
}

TEST(Blocks, AreReadWithHostBitsAndNetmasks)
{
    EXPECT_EQ(read_block("192.0.2.7/24"), Prefix::parse("192.0.2.0/24"));
    EXPECT_EQ(read_block("10.1.2.3/255.255.0.0"), Prefix::parse("10.1.0.0/16"));
    EXPECT_EQ(read_block("10.1.2.3/255.255.255.255"), Prefix::parse("10.1.2.3"));
    for (const auto* text : {"10.0.0.0/255.0.255.0", "::1/255.0.0.0", "10.0.0.0/33", "x", ""})
        EXPECT_EQ(read_block(text), std::nullopt) << text;
}

}  // namespace
}  // namespace mailban::plan_import_test
