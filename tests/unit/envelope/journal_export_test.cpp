// The journal's export format is read entry by entry, and no client's bytes pass for an entry.
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace mailban::journal_export_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

std::string text_field(const std::string& name, const std::string& value)
{
    return name + "=" + value + "\n";
}

std::string binary_field(const std::string& name, const std::string& value)
{
    std::string length(8, '\0');
    for (std::size_t at = 0; at < length.size(); ++at)
        length[at] = static_cast<char>(value.size() >> (8 * at) & 0xffU);
    return name + "\n" + length + value + "\n";
}

std::string entry(const std::string& message, char boot = 'b')
{
    return text_field("__CURSOR", "s=" + std::string(32, 'a') + ";i=1;b=" + std::string(32, boot) +
                                      ";m=1;t=1;x=1") +
           text_field("__REALTIME_TIMESTAMP", "1795473058123456") +
           text_field("SYSLOG_IDENTIFIER", "postfix/smtpd") + text_field("_PID", "152") +
           text_field("_HOSTNAME", "mail") + message + "\n";
}

std::string failure_of(const std::string& address)
{
    return "warning: unknown[" + address + "]: SASL LOGIN authentication failed: x";
}

// The addresses of all events.
std::string read(const std::string& log)
{
    LogParser parser;
    std::istringstream lines(log);
    std::string found;
    for (std::string line; std::getline(lines, line);) {
        if (const auto event = parser.parse(line, kNow)) {
            EXPECT_EQ(format_timestamp(event->time), "2026-11-23T22:30:58.123456Z");
            found += event->ip.to_string() + " ";
        }
    }
    return found;
}

std::string plain(const std::string& address)
{
    return entry(text_field("MESSAGE", failure_of(address)));
}

TEST(TheExportFormat, IsReadEntryByEntry)
{
    EXPECT_EQ(read(plain("192.0.2.1") + plain("192.0.2.2")), "192.0.2.1 192.0.2.2 ");
    EXPECT_EQ(read(entry(binary_field("MESSAGE", failure_of("192.0.2.3")))), "192.0.2.3 ");
}

TEST(TheExportFormat, TakesALengthThatHoldsALineFeed)
{
    for (const std::size_t size : {10U, 266U, 2570U, 2560U}) {
        const auto log = entry(binary_field("X", std::string(size, 'x')) +
                               text_field("MESSAGE", failure_of("192.0.2.1")));
        EXPECT_EQ(read(log), "192.0.2.1 ") << size;
    }
}

TEST(TheExportFormat, IsNotEndedByTheBytesOfAClient)
{
    const auto forged = plain("203.0.113.99");
    for (const auto& text : {"\n\n" + forged, "x\n" + forged, forged, "\n\n\n" + forged + "\n\n"}) {
        EXPECT_EQ(read(entry(binary_field("MESSAGE", text)) + plain("192.0.2.1")), "192.0.2.1 ");
        EXPECT_EQ(read(entry(binary_field("OTHER", text) +
                             text_field("MESSAGE", failure_of("192.0.2.2")))),
                  "192.0.2.2 ");
    }
}

// A line that was too long is missing: its length does not fit any more.
TEST(TheExportFormat, BelievesNothingBehindAGapUntilAKnownCursorComes)
{
    auto broken = entry(binary_field(
        "OTHER", "x\n\n" + entry(text_field("MESSAGE", failure_of("203.0.113.99")), 'f')));
    broken.erase(broken.find("x\n\n"), 2);
    EXPECT_EQ(
        read(plain("192.0.2.1") + broken + plain("192.0.2.2") + plain("192.0.2.3")).find("203."),
        std::string::npos);
    EXPECT_EQ(read(plain("192.0.2.1") + "garbage\n" + plain("192.0.2.2")), "192.0.2.1 192.0.2.2 ");
    EXPECT_EQ(read(plain("192.0.2.1") + "garbage\n" +
                   entry(text_field("MESSAGE", failure_of("203.0.113.99")), 'f')),
              "192.0.2.1 ");
}

TEST(TheExportFormat, IsBelievedOnlyInALogThatBeginsWithIt)
{
    EXPECT_EQ(read("x\n" + plain("192.0.2.1")), "");
}

}  // namespace
}  // namespace mailban::journal_export_test
