// Every envelope with every server's lines in it: what is read is what the plain line says.
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <iomanip>
#include <iostream>

#include "corpus/labelled_log.h"
#include "corpus/told_lines.h"
#include "unit/envelope/envelope_writer.h"

namespace mailban::envelope_cross_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);
constexpr std::size_t kLinesOfEach = 500;

struct Server {
    std::string name{};
    std::string log{};      // a labelled log of tests/corpus; empty: the told lines of the server
    std::string program{};  // whose own log it is; empty: it comes through syslog
};

const std::vector<Server> kServers{
    {"exim", "exim/default.main", "exim"},     {"postfix", "postfix/cyrus-syslog-trad", ""},
    {"dovecot", "dovecot/postfix", "dovecot"}, {"sendmail", "sendmail/syslog-trad", ""},
    {"courier", "courier/syslog-trad", ""},    {"cyrus", "cyrus/syslog-iso", ""},
    {"opensmtpd", "opensmtpd/syslog-iso", ""}, {"stalwart", "", "stalwart"}};

std::vector<test::ServerLine> lines_of(const Server& server)
{
    const std::string folder = MAILBAN_SOURCE_DIR "/tests/corpus/";
    std::vector<std::string> texts;
    if (server.log.empty()) {
        for (const auto& line : test::read_told_lines(folder + server.name + ".txt"))
            texts.push_back(line.text);
    } else {
        const auto name = server.log.substr(server.log.find('/') + 1);
        for (const auto& log : test::read_labelled_logs(folder + server.name)) {
            if (log.name == name) texts = log.lines;
        }
    }
    std::vector<test::ServerLine> lines;
    for (const auto& text : texts) {
        if (auto line = test::server_line(text, server.program)) lines.push_back(std::move(*line));
        if (lines.size() == kLinesOfEach) break;
    }
    return lines;
}

std::string told(const std::optional<Event>& event)
{
    if (!event) return "nothing";
    return std::string(to_string(event->kind)) + " " + event->ip.to_string() + " x" +
           std::to_string(event->attempts) + " " + event->account.value_or("-");
}

// What does not come out of a form, and cannot.
std::string reason_against(const std::string& form, const Server& server)
{
    if (form == "metalog" && server.name == "postfix")
        return "no process id: what Cyrus SASL says of a client is told by nothing else";
    if (form.starts_with("json-file") && server.name == "courier")
        return "Docker keeps no bytes that are not UTF-8: one account is another";
    return "";
}

struct Score {
    int events = 0, found = 0;
};

void judge(const test::EnvelopeForm& form, const std::vector<test::ServerLine>& lines, Score& score)
{
    LogParser plain;
    LogParser wrapped;
    for (const auto& line : lines) {
        const auto wanted = plain.parse(line.own, kNow);
        std::optional<Event> event;
        int events = 0;
        for (const auto& text : form.print(line)) {
            auto one = wrapped.parse_live(text, kNow);
            if (!one) continue;
            ++events;
            event = std::move(one);
        }
        EXPECT_LE(events, 1) << line.own;
        if (wanted) ++score.events;
        if (wanted && told(event) == told(wanted)) ++score.found;
        if (event) {
            ASSERT_TRUE(wanted) << form.name << ": " << line.own;
            EXPECT_EQ(event->ip.to_string(), wanted->ip.to_string()) << form.name << line.own;
            EXPECT_EQ(event->kind, wanted->kind) << form.name << line.own;
        }
    }
}

TEST(EveryEnvelope, HasEveryServersEventsInIt)
{
    std::cout << std::left << std::setw(28) << "envelope" << std::right;
    std::vector<std::vector<test::ServerLine>> logs;
    std::vector<std::string> reasons;
    for (const auto& server : kServers) {
        std::cout << std::setw(12) << server.name;
        logs.push_back(lines_of(server));
        ASSERT_FALSE(logs.back().empty()) << server.name;
    }
    std::cout << "\n";
    for (const auto& form : test::envelope_forms()) {
        std::cout << std::left << std::setw(28) << form.name << std::right;
        for (std::size_t at = 0; at < kServers.size(); ++at) {
            Score score;
            judge(form, logs[at], score);
            std::cout << std::setw(12)
                      << (std::to_string(score.found) + "/" + std::to_string(score.events));
            EXPECT_GT(score.events, 0) << kServers[at].name;
            const auto reason = reason_against(form.name, kServers[at]);
            if (!reason.empty())
                reasons.push_back(form.name + ", " + kServers[at].name + ": " + reason);
            if (reason.empty()) {
                EXPECT_EQ(score.found, score.events) << form.name << ", " << kServers[at].name;
            }
        }
        std::cout << "\n";
    }
    for (const auto& reason : reasons)
        std::cout << reason << "\n";
}

}  // namespace
}  // namespace mailban::envelope_cross_test
