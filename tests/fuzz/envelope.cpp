// Lines of servers whose texts are the fuzzer's, in every envelope: the true client or none. And
// the fuzzer's bytes as a log: no crash, no undefined behaviour, nothing grows.
#include "mailban/envelope/line_splitter.h"
#include "mailban/parse/log_parser.h"

#include <array>
#include <cstdlib>
#include <string>

#include "fields.h"

namespace {

using Lines = std::array<std::string, 14>;

std::string escaped(const std::string& text)
{
    std::string result;
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        if (static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f)
            result += c;
    }
    return result;
}

std::string in_json(const std::string& text, const char* end)
{
    return "{\"log\":\"" + escaped(text) + end +
           "\",\"stream\":\"stdout\",\"time\":\"2026-11-23T22:30:58Z\"}";
}

// `cut`: where the engine cuts the line, if it does.
Lines wrapped(const std::string& line, std::size_t cut)
{
    const std::string stamp = "2026-11-23T22:30:58.1Z ";
    const auto begin = line.substr(0, cut);
    const auto end = line.substr(begin.size());
    return {line,
            stamp + line,
            "mail-1  | " + line,
            "mail-1  | " + stamp + line,
            stamp + "stdout F " + line,
            stamp + "stdout P " + begin,
            stamp + "stdout F " + end,
            in_json(line, "\\n"),
            in_json(begin, ""),
            in_json(end, "\\r\\n"),
            "@400000006b04beac075bca00 " + line,
            "Nov 23 22:30:58 dock mx[881]: " + line,
            "2026-11-23T22:30:58Z dock 3f2a1b9c0d1e[881]: " + line + "#015",
            "<30>1 2026-11-23T22:30:58Z dock mx 881 mx -  " + line};
}

void read_lines_in_envelopes(const unsigned char* data, std::size_t size)
{
    const mailban::Timestamp now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
    const auto fields = mailban::fuzz::fields_of(data, size, 2);
    const auto& text = fields[0];
    const std::array<std::string, 4> lines{
        "Nov 23 22:30:58 mail postfix/smtpd[152]: warning: unknown[192.0.2.7]: SASL LOGIN "
        "authentication failed: (reason unavailable), sasl_username=" +
            text,
        "2026-11-23 22:30:58 login authenticator failed for (" + text +
            ") [192.0.2.7]: 535 Incorrect authentication data (set_id=" + fields[1] + ")",
        "Nov 23 22:30:58 imap-login: Info: Disconnected (auth failed, 1 attempts in 2 secs): "
        "user=<" +
            text + ">, method=PLAIN, rip=192.0.2.7, lip=198.51.100.1, session=<a>",
        "Nov 23 22:30:58 mail imapd: LOGIN FAILED, user=" + text + ", ip=[192.0.2.7]"};
    mailban::LogParser parser;
    for (const auto& line : lines) {
        for (const auto& one : wrapped(line, fields[1].size() * 7 % (line.size() + 1))) {
            const auto event = parser.parse_live(one, now);
            if (event && event->ip != mailban::IpAddress::v4(192, 0, 2, 7)) std::abort();
        }
    }
}

void read_any_log(std::string_view bytes)
{
    const mailban::Timestamp now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
    mailban::LogParser parser;
    mailban::LineSplitter splitter;
    splitter.feed(bytes);
    while (const auto line = splitter.next()) {
        const auto reading = parser.read_line(*line, now);
        if (reading.layers.size() > mailban::Layers::kMost) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    read_lines_in_envelopes(data, size);
    read_any_log({reinterpret_cast<const char*>(data), size});
    return 0;
}
