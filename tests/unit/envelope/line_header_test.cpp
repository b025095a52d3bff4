#include "mailban/envelope/line_header.h"

#include "mailban/time/time.h"

#include <gtest/gtest.h>

namespace mailban::line_header_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

std::string told(std::string_view line)
{
    const auto header = read_line_header(line);
    if (!header) return "none";
    const auto time = header_time(*header, Zone(), kNow);
    return (time ? format_timestamp(*time) : "no time") + "|" + std::string(header->host) + "|" +
           std::string(header->program) + "|" + (header->pid ? std::to_string(*header->pid) : "-") +
           "|" + std::string(header->message);
}

TEST(ALineHeader, OfTraditionalSyslogIsRead)
{
    EXPECT_EQ(told("Nov 23 22:30:58 mail exim[152]: hello [1] world"),
              "2026-11-23T22:30:58Z|mail|exim|152|hello [1] world");
    EXPECT_EQ(told("Nov  3 22:30:58 mail exim: hello"), "2026-11-03T22:30:58Z|mail|exim|-|hello");
    EXPECT_EQ(told("<22>Nov 23 22:30:58 - exim4-in[7]:hello"),
              "2026-11-23T22:30:58Z|-|exim4-in|7|hello");
}

TEST(ALineHeader, MayLackTheHost)
{
    EXPECT_EQ(told("Nov 23 22:30:58 exim[152]: hello"), "2026-11-23T22:30:58Z||exim|152|hello");
}

TEST(ALineHeader, MayHaveAnIsoStamp)
{
    EXPECT_EQ(told("2026-11-23T22:31:54.312279+01:00 mail exim[151]: hello"),
              "2026-11-23T21:31:54.312279Z|mail|exim|151|hello");
}

TEST(ALineHeader, MayBeThatOfRfc5424)
{
    EXPECT_EQ(told("<22>1 2026-11-23T22:31:54.003Z mail exim 4711 - - hello"),
              "2026-11-23T22:31:54.003Z|mail|exim|4711|hello");
    EXPECT_EQ(
        told("<22>1 2026-11-23T22:31:54Z - - - ID7 [a@1 b=\"]\\\"] \" c=\"\"][d] \xef\xbb\xbfhi"),
        "2026-11-23T22:31:54Z|-|-|-|hi");
}

TEST(ALineHeader, EndsWhereItsFieldsEnd)
{
    EXPECT_EQ(told("Nov 23 22:30:58 mail a b exim[1]: x"),
              "2026-11-23T22:30:58Z|||-|mail a b exim[1]: x");
    EXPECT_EQ(told("Nov 23 22:30:58 mail exim[1]: Nov 23 22:30:58 mail2 exim[2]: x"),
              "2026-11-23T22:30:58Z|mail|exim|1|Nov 23 22:30:58 mail2 exim[2]: x");
    EXPECT_EQ(told("<22>1 2026-11-23T22:31:54Z mail exim 4711 - [a b=\"never closed] x"), "none");
}

TEST(ALineHeader, IsNotMadeOfANameThatAServersOwnLogShowsInParentheses)
{
    EXPECT_EQ(
        told("Nov 23 22:30:58 auth(bob,192.0.2.7,sasl:plain)<x>: Info: sql: unknown user"),
        "2026-11-23T22:30:58Z|||-|auth(bob,192.0.2.7,sasl:plain)<x>: Info: sql: unknown user");
    EXPECT_EQ(told("Nov 23 22:30:58 auth(a exim: b,192.0.2.7)<x>: Info: sql: unknown user"),
              "2026-11-23T22:30:58Z|||-|auth(a exim: b,192.0.2.7)<x>: Info: sql: unknown user");
    EXPECT_EQ(told("Nov 23 22:30:58 auth-worker(4711): Info: hello"),
              "2026-11-23T22:30:58Z|||-|auth-worker(4711): Info: hello");
}

TEST(ALineHeader, IsNotSeenWhereThereIsNone)
{
    for (const auto* line :
         {"", "x", "Nov 23 22:30:58", "2026-11-23T22:30:58Z", "2026-11-23 22:30:58", "<22>1 ",
          "<22>1 -", " Nov 23 22:30:58 mail exim[1]: x", "<x>Nov 23 22:30:58 mail exim[1]: x"})
        EXPECT_EQ(told(line), "none") << line;
}

TEST(ALineHeader, NamesNoProgramWhereNoTagFollowsTheStamp)
{
    const std::string stamp = "Nov 23 22:30:58 ";
    for (const std::string message : {"", "mail", "mail exim", "mail exim[1", "mail exim[]: x",
                                      "mail exim[1x]: x", "mail [1]: x"}) {
        EXPECT_EQ(told(stamp + message), "2026-11-23T22:30:58Z|||-|" + message);
    }
    EXPECT_EQ(told("2026-11-23T22:30:58.5Z [INFO] [-] [core] x: y"),
              "2026-11-23T22:30:58.500Z|||-|[INFO] [-] [core] x: y");
}

TEST(ALineHeader, IsJustTheStampInALogOfTheServersOwn)
{
    EXPECT_EQ(told("2026-11-23 22:30:58 mail exim[1]: x"),
              "2026-11-23T22:30:58Z|||-|mail exim[1]: x");
    EXPECT_EQ(told("2026-11-23 22:30:58.578 +0100 [54] x"), "2026-11-23T21:30:58.578Z|||-|[54] x");
}

TEST(ALineHeader, MayBeAStampInBrackets)
{
    EXPECT_EQ(told("[23/Nov/2026 22:30:58] Failed IMAP login from 192.0.2.7"),
              "2026-11-23T22:30:58Z|||-|Failed IMAP login from 192.0.2.7");
    EXPECT_EQ(told("[23-Nov-2026 22:30:58 +0100]: <4f3a> x"), "2026-11-23T21:30:58Z|||-|<4f3a> x");
    for (const auto* line :
         {"[23/Nov-2026 22:30:58] x", "[23/Nov/2026 22:30:58", "[NOTICE] [x] y: z",
          "[23/Nov/2026 22:30:58]x", "[", "[x/Nov/2026 22:30:58] x"})
        EXPECT_EQ(told(line), "none") << line;
    EXPECT_EQ(told("[31/Nov/2026 22:30:58] x"), "no time|||-|x");
}

TEST(ALineHeader, MayHaveItsFractionBehindAComma)
{
    EXPECT_EQ(told("2026-11-23 22:30:58,123 WARN  [x] [] y"),
              "2026-11-23T22:30:58.123Z|||-|WARN  [x] [] y");
}

// "time|host|program|pid|message" of a failure that is the same in all.
TEST(ALineHeader, IsReadAsEverySyslogDaemonWritesIt)
{
    const std::string read = "2026-11-23T22:30:58Z|mail|postfix/smtpd|152|warning: x";
    for (const auto* line : {
             "Nov 23 22:30:58 mail postfix/smtpd[152]: warning: x",
             "<22>Nov 23 22:30:58 mail postfix/smtpd[152]: warning: x",
             "Nov 23 2026 22:30:58 mail postfix/smtpd[152]: warning: x",
             "2026 Nov 23 22:30:58 mail postfix/smtpd[152]: warning: x",
             "Nov 23 22:30:58 mail mail.warn postfix/smtpd[152]: warning: x",
             "Nov 23 22:30:58 <mail.warn> mail postfix/smtpd[152]: warning: x",
             "Nov 23 22:30:58 <2.4> mail postfix/smtpd[152]: warning: x",
             "Nov 23 22:30:58 mail postfix/smtpd[152]: [ID 197553 mail.warning] warning: x",
             "2026-11-23T22:30:58Z mail postfix/smtpd[152]: warning: x",
             "2026-11-23T22:30:58+0000 mail postfix/smtpd[152]: warning: x",
             "2026-11-23T22:30:58+00 mail postfix/smtpd[152]: warning: x",
             "2026-11-23T22:30:58z mail postfix/smtpd[152]: warning: x",
             "2026-11-23T22:30:58 mail postfix/smtpd[152]: warning: x",
             "Mon 2026-11-23 22:30:58 UTC mail postfix/smtpd[152]: warning: x",
             "Mon 2026-11-23 22:30:58 CET mail postfix@-.service[152]: warning: x",
             "Mon Nov 23 22:30:58 2026 mail postfix/smtpd[152]: warning: x",
             "1795473058 mail postfix/smtpd[152]: warning: x",
             "1795473058.000000 mail postfix/smtpd[152]: warning: x",
             "<20>1 2026-11-23T22:30:58Z mail postfix/smtpd 152 - - warning: x",
             "<20>1 2026-11-23T22:30:58Z mail postfix/smtpd 152 - -  warning: x",
             "<20>1 2026-11-23T22:30:58Z mail postfix/smtpd 152 - - \xef\xbb\xbfwarning: x",
             "1 2026-11-23T22:30:58Z mail postfix/smtpd 152 - -  warning: x",
             "2026-11-23T22:30:58Z mail postfix/smtpd 152 - -  warning: x",
             "2026-11-23T22:30:58Z mail postfix/smtpd 152 ID [a@1 b=\"]\"] warning: x",
         })
        EXPECT_EQ(told(line), read) << line;
    EXPECT_EQ(told("Nov 3 22:30:58 mail postfix/smtpd[152]: x"),
              "2026-11-03T22:30:58Z|mail|postfix/smtpd|152|x");
    EXPECT_EQ(told("Nov 23 22:30:58.123456 mail exim[1]: x"),
              "2026-11-23T22:30:58.123456Z|mail|exim|1|x");
    EXPECT_EQ(told("2026-11-23T22:30:58,123+01:00 mail exim[1]: x"),
              "2026-11-23T21:30:58.123Z|mail|exim|1|x");
    EXPECT_EQ(told("Nov 23 22:30:58 [192.0.2.1] exim[1]: x"),
              "2026-11-23T22:30:58Z|192.0.2.1|exim|1|x");
    EXPECT_EQ(told("[  123.456789] mail exim[1]: x"), "no time|mail|exim|1|x");
}

TEST(ALineHeader, MayHaveALevelButNoHost)
{
    const std::string read = "2026-11-23T22:30:58Z||postfix/smtpd|152|warning: x";
    for (const auto* line :
         {"Nov 23 22:30:58 mail.warn postfix/smtpd[152]: warning: x",
          "Mon Nov 23 22:30:58 2026 mail.warn postfix/smtpd[152]: warning: x",
          "Mon Nov 23 22:30:58 2026 [1795473058.123] mail.warn postfix/smtpd[152]: warning: x",
          "Nov 23 22:30:58 postfix/smtpd[152]: warning: x"})
        EXPECT_EQ(told(line), read) << line;
    EXPECT_EQ(told("Nov 23 22:30:58 [postfix/smtpd] warning: x"),
              "2026-11-23T22:30:58Z||postfix/smtpd|-|warning: x");
}

TEST(ALineHeader, TakesNoOtherWordForALevel)
{
    const std::string stamp = "Nov 23 22:30:58 ";
    for (const std::string message :
         {"mail mail.x postfix/smtpd[152]: y", "mail x.warn postfix/smtpd[152]: y",
          "mail mail.warn mail.warn postfix/smtpd[152]: y", "mail <mail.x> postfix/smtpd[152]: y",
          "[mail postfix/smtpd[152]: y", "[a b] c"})
        EXPECT_EQ(told(stamp + message), "2026-11-23T22:30:58Z|||-|" + message);
}

// Words of a server's own log, behind a stamp of ISO 8601.
TEST(ALineHeader, TakesNoWordsForFieldsOfRfc5424)
{
    const std::string stamp = "2026-11-23T22:30:58Z ";
    for (const std::string message :
         {"INFO Authentication failed (auth.failed) x - - y", "INFO a 1x - - y", "a b 1 c d"})
        EXPECT_EQ(told(stamp + message), "2026-11-23T22:30:58Z|||-|" + message);
}

// A log without host and tag may hold a client's text of that form behind its first blank.
TEST(ALineHeader, TakesNoStructuredTextForAHost)
{
    const std::string stamp = "2026-11-23T22:30:58Z ";
    for (const std::string message :
         {"{\"level\":\"NOTICE\",\"helo\":\"x exim[1]: y", "level=NOTICE exim[1]: y",
          "[NOTICE] exim[1]: y", "ip=192.0.2.7;x exim[1]: y", "(x) exim[1]: y", "<x> exim[1]: y"})
        EXPECT_EQ(told(stamp + message), "2026-11-23T22:30:58Z|||-|" + message);
    EXPECT_EQ(told(stamp + "2001:db8::1 exim[1]: y"), "2026-11-23T22:30:58Z|2001:db8::1|exim|1|y");
}

TEST(ALineHeader, HasNoTimeIfItsStampIsNone)
{
    EXPECT_EQ(told("Foo 23 22:30:58 mail exim[1]: x"), "no time|mail|exim|1|x");
    EXPECT_EQ(told("2026-13-23T22:30:58Z mail exim[1]: x"), "no time|mail|exim|1|x");
}

}  // namespace
}  // namespace mailban::line_header_test
