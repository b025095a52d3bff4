#include "io/daemon/check_journal.h"

#include "io/source/journal_fixture.h"

#include <gmock/gmock.h>

namespace mailban::io::check_journal_test {
namespace {

using ::testing::HasSubstr;

class CheckingAJournal : public ::testing::Test {
protected:
    Finding check(std::string unit, MailServers parser = MailServers::any())
    {
        SourceConfig source;
        source.directory = journal.path();
        source.units = {std::move(unit)};
        source.parser = parser;
        auto findings = check_journal(source);
        EXPECT_EQ(findings.size(), 1U);
        return findings.at(0);
    }

    JournalDirectory journal{};
};

TEST_F(CheckingAJournal, CountsWhatIsUnderstood)
{
    journal.write("a", std::vector<std::string>{
                           "a remark",
                           "login authenticator failed for (x) [192.0.2.7]: 535 Incorrect "
                           "authentication data"});
    const auto finding = check("exim4");
    EXPECT_EQ(finding.grade, Finding::Grade::well);
    EXPECT_EQ(finding.subject, "journal " + journal.path() + " unit exim4.service");
    EXPECT_EQ(finding.text, "readable; 1 event in the last 2 entries");
    EXPECT_EQ(check("exim*").text, finding.text);
    EXPECT_EQ(check("exim4", MailServers(MailServer::dovecot)).text,
              "readable; 0 events in the last 2 entries");
}

TEST_F(CheckingAJournal, LooksAtTheLastEntriesOfMany)
{
    std::vector<std::string> many(2'500,
                                  "login authenticator failed for (x) [192.0.2.7]: 535 "
                                  "Incorrect authentication data");
    journal.write("a", many);
    const auto finding = check("exim4");
    EXPECT_EQ(finding.text, "readable; 1999 events in the last 1999 entries");
    EXPECT_EQ(finding.grade, Finding::Grade::well);
}

TEST_F(CheckingAJournal, WarnsOfAUnitThatSaidNothingAndOfNoJournal)
{
    journal.write("a", std::vector<std::string>{"a remark"});
    EXPECT_EQ(check("dovecot").grade, Finding::Grade::warning);
    EXPECT_THAT(check("dovecot").text, HasSubstr("no such entry"));
    std::filesystem::remove_all(journal.path());
    EXPECT_EQ(check("exim4").grade, Finding::Grade::wrong);
    EXPECT_THAT(check("exim4").text, HasSubstr("there is no journal in"));
}

}  // namespace
}  // namespace mailban::io::check_journal_test
