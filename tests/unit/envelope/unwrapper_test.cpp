// What stands around a line is taken off, from the outside to the inside, and nothing else is.
#include "mailban/envelope/unwrapper.h"

#include <gtest/gtest.h>

#include <string>

namespace mailban::unwrapper_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

bool is_server(const LineHeader& header) noexcept
{
    return header.program.starts_with("postfix") || header.program == "dovecot" ||
           (header.program.empty() && header.message.starts_with("INFO "));
}

class AnUnwrapper : public ::testing::Test {
protected:
    // "layer … time|host|program|pid|message"
    std::string open(std::string_view line)
    {
        return told(unwrapper_.open(line, {zone_, kNow, is_live_}));
    }

    std::string told(const Envelope& envelope) const
    {
        std::string text;
        for (const auto& layer : envelope.layers) {
            text += to_string(layer.wrapping);
            if (!layer.name.empty()) text += "(" + std::string(layer.name) + ")";
            text += " ";
        }
        if (envelope.is_piece) return text + "piece";
        if (!envelope.header) return text + "none";
        const auto& header = *envelope.header;
        const auto time = header_time(header, zone_, kNow);
        return text + (time ? format_timestamp(*time) : "no time") + "|" +
               std::string(header.host) + "|" + std::string(header.program) + "|" +
               (header.pid ? std::to_string(*header.pid) : "-") + "|" + std::string(header.message);
    }

    Zone zone_ = Zone::fixed(std::chrono::hours(1));
    bool is_live_ = false;
    Unwrapper unwrapper_{is_server};
};

constexpr const char* kLine = "Nov 23 22:30:58 mail postfix/smtpd[152]: x";

TEST_F(AnUnwrapper, LeavesAPlainLineAsItIs)
{
    EXPECT_EQ(open(kLine), "2026-11-23T21:30:58Z|mail|postfix/smtpd|152|x");
    EXPECT_EQ(open("x"), "none");
    EXPECT_EQ(open(""), "none");
}

TEST_F(AnUnwrapper, TakesOffWhatContainerEnginesPrint)
{
    const std::string line = kLine;
    const std::string inner = "2026-11-23T21:30:58Z|mail|postfix/smtpd|152|x";
    const std::string outer = "2026-11-23T21:31:00.123456Z|mail|postfix/smtpd|152|x";
    EXPECT_EQ(open("mailserver  | " + line), "service-prefix(mailserver) " + inner);
    EXPECT_EQ(open("mail.1.x2y3z@node    | " + line), "service-prefix(mail.1.x2y3z@node) " + inner);
    EXPECT_EQ(open("\x1b[36mmail-1  |\x1b[0m " + line), "service-prefix(mail-1) " + inner);
    EXPECT_EQ(open("2026-11-23T21:31:00.123456789Z " + line), "docker-time " + outer);
    EXPECT_EQ(open("mail-1  | 2026-11-23T21:31:00.123456789Z " + line),
              "service-prefix(mail-1) docker-time " + outer);
    EXPECT_EQ(open("2026-11-23T22:31:00.123456789+01:00 stdout F " + line), "cri " + outer);
    EXPECT_EQ(open("[pod/mail-0/postfix] " + line), "pod-prefix(mail-0/postfix) " + inner);
    EXPECT_EQ(open(R"({"log":"Nov 23 22:30:58 mail postfix/smtpd[152]: x\r\n","stream":"stdout",)"
                   R"("time":"2026-11-23T21:31:00.123456789Z"})"),
              "docker-json " + outer);
    EXPECT_EQ(open(R"({"log":"postfix/smtpd[152]: \u003cx\u003e\n","stream":"stdout",)"
                   R"("attrs":{"time":"x","log":"y"},"time":"2026-11-23T21:31:00Z"})"),
              "docker-json 2026-11-23T21:31:00Z||postfix/smtpd|152|<x>");
}

TEST_F(AnUnwrapper, TakesOffWhatLoggersOfServicesPrint)
{
    EXPECT_EQ(open("@400000006b04beac075bca00 postfix/smtpd[152]: x"),
              "tai64n 2026-11-23T22:30:58.123456Z||postfix/smtpd|152|x");
    EXPECT_EQ(open("2026-11-23 22:30:58.123456789  postfix/smtpd[152]: x"),
              "wall-clock 2026-11-23T21:30:58.123456Z||postfix/smtpd|152|x");
    EXPECT_EQ(open("2026-11-23 22:30:59.123456789 " + std::string(kLine)),
              "wall-clock 2026-11-23T21:30:58Z|mail|postfix/smtpd|152|x");
}

TEST_F(AnUnwrapper, OpensTheLogOfAContainerInAHeader)
{
    const std::string line = kLine;
    const std::string inner = "2026-11-23T21:30:58Z|mail|postfix/smtpd|152|x";
    for (const std::string tag : {"mailserver[881]", "3f2a1b9c0d1e[881]", "docker/mail[881]"}) {
        const auto name = tag.substr(0, tag.find('['));
        EXPECT_EQ(open("Nov 23 22:30:59 dock " + tag + ": " + line),
                  "container-log(dock " + name + ") " + inner);
    }
    // The header around it says which instant it is.
    EXPECT_EQ(open("2026-11-23T22:30:59+01:00 dock mx[881]: " + line),
              "container-log(dock mx) 2026-11-23T21:30:59Z|mail|postfix/smtpd|152|x");
    EXPECT_EQ(open("<30>1 2026-11-23T22:30:59+01:00 dock mx 881 mx - " + line),
              "container-log(dock mx) 2026-11-23T21:30:59Z|mail|postfix/smtpd|152|x");
    EXPECT_EQ(open("Nov 23 22:30:59 dock mx[881]: 2026-11-23 22:30:58 y"),
              "container-log(dock mx) 2026-11-23T21:30:58Z|||-|y");
    EXPECT_EQ(open("Nov 23 22:30:59 dock mx[881]: postfix/smtpd[152]: y"),
              "container-log(dock mx) 2026-11-23T21:30:59Z||postfix/smtpd|152|y");
    EXPECT_EQ(open("Nov 23 22:30:59 dock dovecot[881]: Nov 23 22:30:58 mail dovecot: y"),
              "container-log(dock dovecot) 2026-11-23T21:30:58Z|mail|dovecot|-|y");
}

TEST_F(AnUnwrapper, OpensNothingInTheMessageOfAServer)
{
    for (const std::string text : {kLine, "2026-11-23 22:30:58 y", "postfix/smtpd[1]: y",
                                   "2026-11-23T22:30:58Z stdout F y", "mail  | y"}) {
        EXPECT_EQ(open("Nov 23 22:30:58 mail postfix/smtpd[152]: " + text),
                  "2026-11-23T21:30:58Z|mail|postfix/smtpd|152|" + text);
        EXPECT_EQ(open("Nov 23 22:30:58 mail sshd[152]: " + text),
                  "2026-11-23T21:30:58Z|mail|sshd|152|" + text);
        EXPECT_EQ(open("Nov 23 22:30:58 mail mx[152]: y " + text),
                  "2026-11-23T21:30:58Z|mail|mx|152|y " + text);
    }
    // Only once.
    EXPECT_EQ(open("Nov 23 22:30:58 a mx[1]: Nov 23 22:30:58 b my[2]: " + std::string(kLine)),
              "container-log(a mx) 2026-11-23T21:30:58Z|b|my|2|" + std::string(kLine));
}

TEST_F(AnUnwrapper, TakesOffWhatStandsAtTheEnd)
{
    for (const std::string end : {"\r", " ", "#015", " \r", "\r\r", "#015 "})
        EXPECT_EQ(open(kLine + end), "2026-11-23T21:30:58Z|mail|postfix/smtpd|152|x");
    EXPECT_EQ(open("Nov 23 22:30:58 mail exim[1]: [1/2] x  "),
              "2026-11-23T21:30:58Z|mail|exim|1|[1/2] x  ");
}

TEST_F(AnUnwrapper, ReadsSyslogWithABlankInItsStamp)
{
    EXPECT_EQ(open("2026-11-23 22:30:58 mail postfix/smtpd[152]: x"),
              "2026-11-23T21:30:58Z|mail|postfix/smtpd|152|x");
    EXPECT_EQ(open("2026-11-23 22:30:58.123456 +0000 mail dovecot: x"),
              "2026-11-23T22:30:58.123456Z|mail|dovecot|-|x");
    // A server's own log.
    for (const std::string text : {"H=x [192.0.2.7] y", "login authenticator failed for x",
                                   "1tABCd-000000001AB-0abc dovecot: y", "mail other[1]: y"})
        EXPECT_EQ(open("2026-11-23 22:30:58 " + text), "2026-11-23T21:30:58Z|||-|" + text);
}

TEST_F(AnUnwrapper, GivesALineWithoutStampTheTimeOfItsArrival)
{
    EXPECT_EQ(open("postfix/smtpd[152]: x"), "no time||postfix/smtpd|152|x");
    is_live_ = true;
    EXPECT_EQ(open("postfix/smtpd[152]: x"), "2026-11-24T00:00:00Z||postfix/smtpd|152|x");
    EXPECT_EQ(open("[  12.345678] mail postfix/smtpd[152]: x"),
              "2026-11-24T00:00:00Z|mail|postfix/smtpd|152|x");
    EXPECT_EQ(open("other[152]: x"), "none");
}

TEST_F(AnUnwrapper, JoinsThePiecesOfALine)
{
    const std::string stamp = "2026-11-23T21:31:00Z ";
    EXPECT_EQ(open(stamp + "stdout P Nov 23 22:30:58 mail postfix/smtpd[152]: a "), "cri piece");
    // Another stream goes on in between.
    EXPECT_EQ(open(stamp + "stderr F " + kLine),
              "cri 2026-11-23T21:31:00Z|mail|postfix/smtpd|152|x");
    EXPECT_EQ(open(stamp + "stdout P " + kLine), "cri piece");
    EXPECT_EQ(open(stamp + "stdout F b"),
              "cri 2026-11-23T21:31:00Z|mail|postfix/smtpd|152|a " + std::string(kLine) + "b");
    EXPECT_EQ(open(stamp + "stdout F " + kLine),
              "cri 2026-11-23T21:31:00Z|mail|postfix/smtpd|152|x");
    const std::string end = R"(","stream":"stdout","time":"2026-11-23T21:31:00Z"})";
    EXPECT_EQ(open(R"({"log":"Nov 23 22:30:58 mail postfix/smtpd[152]: a )" + end),
              "docker-json piece");
    EXPECT_EQ(open(R"({"log":")" + std::string(kLine) + R"(\n)" + end),
              "docker-json 2026-11-23T21:31:00Z|mail|postfix/smtpd|152|a " + std::string(kLine));
}

TEST_F(AnUnwrapper, LeavesOutALineOfTooManyPieces)
{
    const std::string stamp = "2026-11-23T21:31:00Z ";
    const std::string piece(16'384, 'x');
    for (int count = 0; count < 10; ++count)
        EXPECT_EQ(open(stamp + "stdout P " + piece), "cri piece");
    EXPECT_EQ(open(stamp + "stdout F " + kLine), "cri piece");
    EXPECT_EQ(open(stamp + "stdout F " + kLine),
              "cri 2026-11-23T21:31:00Z|mail|postfix/smtpd|152|x");
}

TEST_F(AnUnwrapper, BelievesNoMessageBehindOneThatMayHaveBeenCut)
{
    const std::string head = "Nov 23 22:30:59 dock mx[881]: ";
    const auto whole = "container-log(dock mx) 2026-11-23T21:30:58Z|mail|postfix/smtpd|152|x";
    EXPECT_EQ(open(head + kLine), whole);
    open(head + "Nov 23 22:30:58 mail postfix/smtpd[152]: " + std::string(16'384, 'y'));
    EXPECT_EQ(open(head + kLine), "2026-11-23T21:30:59Z|dock|mx|881|" + std::string(kLine));
    EXPECT_EQ(open(head + kLine), whole);
}

TEST_F(AnUnwrapper, ReadsTheJournalAsJson)
{
    const std::string time = R"("__REALTIME_TIMESTAMP":"1795473058123456",)";
    const std::string sender =
        R"("_HOSTNAME":"mail","SYSLOG_IDENTIFIER":"postfix/smtpd","_PID":"152")";
    const auto read = "journal-json 2026-11-23T22:30:58.123456Z|mail|postfix/smtpd|152|x";
    EXPECT_EQ(open("{" + time + R"("MESSAGE":"x",)" + sender + "}"), read);
    EXPECT_EQ(open("{ " + time + R"("MESSAGE" : [120],)" + sender + "}"), read);
    EXPECT_EQ(open("data: {" + time + R"("MESSAGE":["x","y"],)" + sender + "}"), read);
    EXPECT_EQ(open("\x1e{" + time + R"("MESSAGE":"x",)" + sender + "}"), read);
    EXPECT_EQ(open("{" + time + R"("MESSAGE":[1,300],)" + sender + "}"), "none");
    EXPECT_EQ(open("{" + time + R"("MESSAGE":null,)" + sender + "}"), "none");
    EXPECT_EQ(open("{" + time + R"("MESSAGE":"x",)" + sender), "none");
    EXPECT_EQ(
        open("{" + time +
             R"("_HOSTNAME":"dock","_COMM":"dockerd","CONTAINER_NAME":"mx","MESSAGE":")" + kLine +
             R"("})"),
        "journal-json container-log(mx) 2026-11-23T22:30:58.123456Z|mail|postfix/smtpd|152|x");
}

TEST_F(AnUnwrapper, OpensAContainersEntryOfTheJournal)
{
    const JournalMessage entry{.time = kNow,
                               .host = "dock",
                               .program = "dovecot",
                               .pid = 1,
                               .text = kLine,
                               .container = "mx"};
    auto other = entry;
    const LogClock clock{zone_, kNow};
    EXPECT_EQ(told(unwrapper_.open(entry, clock)),
              "container-log(mx) 2026-11-24T00:00:00Z|mail|postfix/smtpd|152|x");
    // A service of the machine's own.
    other.container = {};
    other.program = "postfix/smtpd";
    EXPECT_EQ(told(unwrapper_.open(other, clock)),
              "2026-11-24T00:00:00Z|dock|postfix/smtpd|1|" + std::string(kLine));
    auto piece = entry;
    piece.is_unfinished = true;
    EXPECT_EQ(told(unwrapper_.open(piece, clock)), "piece");
    EXPECT_EQ(
        told(unwrapper_.open(entry, clock)),
        "container-log(mx) 2026-11-24T00:00:00Z|mail|postfix/smtpd|152|x" + std::string(kLine));
}

}  // namespace
}  // namespace mailban::unwrapper_test
