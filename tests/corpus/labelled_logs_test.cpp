// The parsers against every labelled log; tests/corpus/README.md has the rules.
#include "mailban/envelope/line_end.h"
#include "mailban/envelope/line_header.h"
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <iomanip>
#include <iostream>
#include <set>
#include <sstream>

#include "corpus/labelled_log.h"

namespace mailban::labelled_logs_test {
namespace {

using test::Label;
using test::LabelledLog;

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

bool is_decoy(const IpAddress& ip)
{
    static const std::set<std::string> kDecoys{"8.8.8.8", "1.1.1.1", "9.9.9.9", "203.0.113.99",
                                               "2001:db8:dead::1"};
    return kDecoys.contains(ip.to_string());
}

// A malformed or abandoned AUTH may be called either; Sendmail tells it by the SASL result.
bool may_be_abuse(const Label& label)
{
    static const std::set<std::string> kSendmail{
        "sendmail-AUTH-failure-1", "sendmail-AUTH-failure-3", "sendmail-AUTH-failure-5"};
    return kSendmail.contains(label.kind) || label.kind.find("501") != std::string::npos ||
           label.kind.find("cancelled") != std::string::npos ||
           label.kind.find("protocol") != std::string::npos;
}

// The independent opinion on whether an Exim line can be read in two ways, as plain as can be: two
// places of the form `) [ip]…: 535 Incorrect authentication data` at which the HELO name may have
// ended, or a line that syslog has cut, of which nobody knows where its HELO name ended.
bool is_undecidable_for_exim(const std::string& line)
{
    if (line.find("]: [1/") != std::string::npos) return line.find("failed for") != line.npos;
    const std::string answer = ": 535 Incorrect authentication data";
    const auto helo = line.find('(', line.find(" authenticator failed for "));
    int ends = 0;
    for (auto at = line.find(") [", helo); at != line.npos; at = line.find(") [", at + 1)) {
        auto next = line.find("]", at);
        next = line.find_first_not_of("0123456789:I=[.]abcdef ", next);
        const auto answered =
            line.rfind(answer, next) > at && line.rfind(answer, next) != line.npos;
        if (answered) ++ends;
    }
    return ends > 1;
}

bool is_undecidable(const std::string& line)
{
    return line.find(" authenticator failed for ") != line.npos && is_undecidable_for_exim(line);
}

// The labels are text: a byte that is none of UTF-8's stands there as "\\xff".
bool is_account(const std::string& account, const std::string& labelled)
{
    // Blanks at the end of a line are no part of it.
    if (account == labelled || account == without_line_end(labelled)) return true;
    std::ostringstream escaped;
    for (const char c : account) {
        const auto byte = static_cast<unsigned>(static_cast<unsigned char>(c));
        if (byte < 0x80) {
            escaped << c;
        } else {
            escaped << "\\x" << std::hex << byte;
        }
    }
    return escaped.str() == labelled;
}

struct Score {
    int failures = 0, found = 0, undecided = 0, missed = 0;
    int wrong = 0, fooled = 0, false_alarms = 0;
    int successes = 0, successes_found = 0;
    int other_account = 0, other_port = 0, other_attempts = 0;
    std::vector<std::string> complaints{};

    void complain(std::size_t number, std::string_view what, const std::string& line)
    {
        std::ostringstream text;
        text << number << ": " << what << ": " << line.substr(0, 400);
        complaints.push_back(text.str());
    }
};

void judge_event(const Event& event, const Label& label, std::size_t number,
                 const std::string& line, Score& score)
{
    if (is_decoy(event.ip)) {
        ++score.fooled;
        score.complain(number, "fooled", line);
    } else if (label.ip && event.ip != *label.ip) {
        ++score.wrong;
        score.complain(number, "wrong address " + event.ip.to_string(), line);
    }
    if (event.kind == EventKind::auth_failure && label.label != "auth_failure") {
        ++score.false_alarms;
        score.complain(number, "false alarm", line);
    }
}

void judge_failure(const std::optional<Event>& event, const Label& label, std::size_t number,
                   const std::string& line, Score& score)
{
    ++score.failures;
    const bool found = event && (event->kind == EventKind::auth_failure ||
                                 (event->kind == EventKind::abuse && may_be_abuse(label)));
    if (!found) {
        ++(is_undecidable(line) ? score.undecided : score.missed);
        if (!is_undecidable(line)) score.complain(number, "missed", line);
        return;
    }
    ++score.found;
    if (label.account && event->account && !is_account(*event->account, *label.account))
        ++score.other_account;
    if (label.client_port && event->client_port && *event->client_port != *label.client_port)
        ++score.other_port;
    if (label.attempts && event->attempts != *label.attempts) ++score.other_attempts;
}

// Logs that one folder has, read by the parser that its configuration would name, or by all.
struct Folder {
    std::string name{};
    MailServers servers{};
    std::size_t logs = 0;
    // Of a log that servers share, the lines of programs with this name are to be found; none of
    // any program may be misread.
    std::string program{};
};

bool is_to_be_found(const Folder& folder, const std::string& line)
{
    if (folder.program.empty()) return true;
    const auto header = read_line_header(line);
    return header && header->program.starts_with(folder.program);
}

Score judge(const LabelledLog& log, const Folder& folder)
{
    Score score;
    LogParser parser(folder.servers);
    for (std::size_t number = 1; number <= log.lines.size(); ++number) {
        const auto& line = log.lines[number - 1];
        const auto& label = log.label_of(number);
        const auto event = parser.parse(line, kNow);
        if (event) judge_event(*event, label, number, line, score);
        if (!is_to_be_found(folder, line)) continue;
        // saslauthd, PAM and the SASL library tell of attempts, but not whose.
        const bool is_somebodys = label.ip.has_value();
        if (label.label == "auth_failure" && is_somebodys)
            judge_failure(event, label, number, line, score);
        if (label.label == "auth_success") {
            ++score.successes;
            if (event && event->kind == EventKind::auth_success) ++score.successes_found;
        }
    }
    return score;
}

void print_heading()
{
    std::cout << std::left << std::setw(20) << "log" << std::right;
    for (const auto* column : {"failures", "found", "2-ways", "missed", "wrong", "fooled", "false",
                               "success", "found", "account", "port"})
        std::cout << std::setw(9) << column;
    std::cout << "\n";
}

void print(const std::string& name, const Score& score)
{
    std::cout << std::left << std::setw(20) << name << std::right;
    for (const auto value : {score.failures, score.found, score.undecided, score.missed,
                             score.wrong, score.fooled, score.false_alarms, score.successes,
                             score.successes_found, score.other_account, score.other_port})
        std::cout << std::setw(9) << value;
    std::cout << "\n";
}

class EveryLabelledLog : public ::testing::TestWithParam<Folder> {};

TEST_P(EveryLabelledLog, IsReadWithoutAWrongAddressAndCompletely)
{
    const auto logs =
        test::read_labelled_logs(MAILBAN_SOURCE_DIR "/tests/corpus/" + GetParam().name);
    ASSERT_EQ(logs.size(), GetParam().logs);
    print_heading();
    for (const auto& log : logs) {
        const auto score = judge(log, GetParam());
        print(log.name, score);
        SCOPED_TRACE(log.name);
        for (const auto& complaint : score.complaints)
            ADD_FAILURE() << complaint;
        EXPECT_EQ(score.wrong, 0);
        EXPECT_EQ(score.fooled, 0);
        EXPECT_EQ(score.false_alarms, 0);
        EXPECT_EQ(score.missed, 0);
        EXPECT_EQ(score.successes_found, score.successes);
        EXPECT_EQ(score.other_account, 0);
        EXPECT_EQ(score.other_port, 0);
        EXPECT_EQ(score.other_attempts, 0);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Of, EveryLabelledLog,
    ::testing::Values(
        Folder{"exim", MailServers::any(), 12}, Folder{"exim", MailServers(MailServer::exim), 12},
        Folder{"postfix", MailServers::any(), 6},
        Folder{"postfix", MailServers(MailServer::postfix), 6, "postfix"},
        Folder{"dovecot", MailServers::any(), 3},
        Folder{"dovecot", MailServers(MailServer::dovecot), 3},
        Folder{"sendmail", MailServers::any(), 1}, Folder{"cyrus", MailServers::any(), 1},
        Folder{"opensmtpd", MailServers::any(), 1},
        Folder{"opensmtpd", MailServers(MailServer::opensmtpd), 1},
        Folder{"courier", MailServers::any(), 1}, Folder{"haraka", MailServers::any(), 1},
        Folder{"haraka", MailServers(MailServer::haraka), 1}),
    [](const auto& folder) {
        return folder.param.name + (folder.param.servers.only() ? "ByName" : "");
    });

}  // namespace
}  // namespace mailban::labelled_logs_test
