#include "mailban/survey/line_shape.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <string>

#include "seed.h"

namespace mailban::line_shape_test {
namespace {

std::string shape(std::string_view message)
{
    return shape_of(message).text;
}

TEST(TheShapeOfALine, HasPlaceholdersForWhatDiffersFromLineToLine)
{
    EXPECT_EQ(shape("imap-login: Disconnected (auth failed, 3 attempts in 12 secs): user=<bob>, "
                    "method=PLAIN, rip=192.0.2.7, lip=2001:db8::1, TLS, session=<Ab12+/x>"),
              "imap-login: Disconnected (auth failed, {n} attempts in {n} secs): user=<{text}>, "
              "method={value}, rip={ip}, lip={ip}, TLS, session=<{text}>");
    EXPECT_EQ(shape("connect from mail.example.com[192.0.2.7]:40000"),
              "connect from {host}[{ip}]:{n}");
    EXPECT_EQ(shape("1xVcUm-000123-0v <= anna@example.com H=(pc) [192.0.2.7] P=esmtpsa S=377"),
              "{id} <= {account} H=({text}) [{ip}] P={value} S={n}");
    EXPECT_EQ(shape(R"({"level":"WARN","msg":"login failed","ip":"192.0.2.7","n":3})"),
              R"(("level":"{text}","msg":"{text}","ip":"{ip}","n":{n}))");
    EXPECT_EQ(shape("took 0.25s at 10:22:33 on 2026-11-23, 12%"),
              "took {n} at {n}:{n}:{n} on {n}, {n}");
}

TEST(TheShapeOfALine, HasNoNameThatIsToldToBeOne)
{
    EXPECT_EQ(shape("Invalid user admin from 192.0.2.7 port 22"),
              "Invalid user {name} from {ip} port {n}");
    EXPECT_EQ(shape("authentication failed for bob"), "authentication failed for {name}");
    EXPECT_EQ(shape("password mismatch for user info"), "password mismatch for user {name}");
    EXPECT_EQ(shape("user not found"), "user not found");
    EXPECT_EQ(shape("bad login (set_id=bob)"), "bad login (set_id={value})");
}

TEST(TheShapeOfALine, KeepsWordsThatHaveADigit)
{
    EXPECT_EQ(shape("pop3-login: TLSv1 with md5"), "pop{n}-login: TLSv{n} with md{n}");
    EXPECT_EQ(shape("id 5f3a9c aB1cD2 x1y22z333 aBcDeF"), "id {id} {id} {id} {id}");
    EXPECT_EQ(shape("SASL LOGIN authentication failed"), "SASL LOGIN authentication failed");
}

TEST(TheShapeOfALine, IsTheSameForAllLinesOfAKind)
{
    EXPECT_EQ(shape("a (ylmf-pc) [192.0.2.7] x"), shape("a (WIN-77.local) [2001:db8::7] x"));
    EXPECT_EQ(shape("\"GET / HTTP\" 404"), shape("\"POST /'x' HTTP\" 200"));
    EXPECT_EQ(shape("  two  blanks "), "two blanks");
    EXPECT_EQ(shape("it's 3 o'clock"), "it's {n} o'clock");
    EXPECT_EQ(shape(""), "");
}

TEST(TheShapeOfALine, SaysHowWellItMayTellOfAFailedLogin)
{
    const auto of = [](std::string_view message) { return shape_of(message).likelihood; };
    EXPECT_EQ(of("login failed for bob from 192.0.2.7"), Likelihood::likely);
    EXPECT_EQ(of("connect from unknown[192.0.2.7]"), Likelihood::unlikely);
    EXPECT_EQ(of("Login Failed for bob"), Likelihood::possible);
    EXPECT_EQ(of("Rejected 192.0.2.7"), Likelihood::possible);
    EXPECT_EQ(of("queue is empty"), Likelihood::unlikely);
}

// A shape is shown to others: it holds nothing of a client's that could be recognised as such, and
// steers no terminal.
TEST(TheShapeOfALine, IsShortPrintableAndWithoutADigitWhateverTheLineHolds)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const std::string_view pieces[] = {
        "<",         ">",    "\"",      "'",    "(",
        ")",         "=",    " ",       "[",    "]",
        "192.0.2.7", ":",    "user ",   "for ", "bob",
        "{ip}",      "\xff", "\x1b[2J", "a@b",  "::1",
        "77",        "/",    "%",       ".",    std::string_view("\0", 1)};
    for (int round = 0; round < 20'000; ++round) {
        std::string line;
        const auto count = random() % 40;
        for (std::size_t at = 0; at < count; ++at) {
            if (random() % 8 == 0) {
                line += static_cast<char>(random());
            } else {
                line += pieces[random() % std::size(pieces)];
            }
        }
        const auto found = shape_of(line);
        ASSERT_EQ(found, shape_of(line));
        ASSERT_LE(found.text.size(), kLongestShape);
        ASSERT_TRUE(std::ranges::all_of(found.text, [](char c) {
            return c >= ' ' && c <= '~' && (c < '0' || c > '9');
        })) << found.text;
    }
}

TEST(TheShapeOfALine, OfManyBytesIsFoundInTheFirstOfThem)
{
    for (const char c : {'x', '<', '(', '"', ' ', '7', ':', '=', '\0', '.'}) {
        const std::string line(std::size_t{64} * 1024, c);
        EXPECT_LE(shape(line).size(), kLongestShape);
    }
    EXPECT_EQ(shape(std::string(300, '[')).size(), kLongestShape);
}

}  // namespace
}  // namespace mailban::line_shape_test
