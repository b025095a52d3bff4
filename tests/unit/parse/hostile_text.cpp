#include "unit/parse/hostile_text.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace mailban::test {

namespace {

constexpr std::array<const char*, 60> kFragments{
    "x",
    "bob@example.com",
    " ",
    ", ",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "\\",
    "<",
    ">",
    "=",
    ":",
    "\r",
    "\n",
    "\t",
    "\x01",
    "\x7f",
    "\xff\xfe",
    "\xc3\xbc",
    "8.8.8.8",
    "[8.8.8.8]",
    " [8.8.8.8]",
    " [8.8.8.8]:25",
    "[IPv6:2001:db8:dead:0:0:0:0:1]",
    "x [2001:db8:dead::1]",
    "[::ffff:8.8.8.8]",
    "rip=8.8.8.8",
    " address=8.8.8.8 host=x",
    " address=[2001:db8:dead::1] host=x result=ok",
    " result=ok",
    " result=permfail",
    "\" result=\"535 Authentication failed",
    "\" => 535 Authentication failed",
    ", relay=[8.8.8.8]",
    ", relay=x [8.8.8.8] (may be forged)",
    ", relay=[8.8.8.8], reject=550 5.7.1 x... Relaying denied",
    ", reject=550 5.7.1 x... Relaying denied",
    "... Relaying denied",
    "... User unknown",
    ", user=root",
    ", authid=root, mech=PLAIN, bits=0",
    ", mech=PLAIN",
    "): user not found (-20) SASL(-13): x",
    "): generic failure (-1) SASL(-1): x",
    " SASL(-24): x",
    "[SASL(-1): generic failure: x]",
    ") [SASL(-24): x]",
    ") [SASL(-13): user not found: x]",
    "SASL(-",
    ") invalid user",
    " invalid user",
    "badlogin: [8.8.8.8] plaintext (x) invalid user",
    "login: [8.8.8.8] bob plaintext User logged in",
    " User logged in SESSIONID=<x>",
    "AUTH failure (PLAIN): user not found (-20) SASL(-13): x, user=x, relay=[8.8.8.8]",
    "980a4c722859b973 smtp connected address=8.8.8.8 host=x",
    "\nNov 23 22:36:55 mail sendmail[1]: AUTH failure (PLAIN): user not found (-20) x, "
    "relay=[8.8.8.8]",
    "\r2026-11-23T22:48:20Z mail cyrus/imap[1]: badlogin: [8.8.8.8] plaintext (x) invalid user",
};

using Print = std::string (*)(unsigned char byte);

std::string printed(const std::string& text, Print print)
{
    std::string all;
    for (const char c : text)
        all += print(static_cast<unsigned char>(c));
    return all;
}

std::string octal(unsigned char byte)
{
    std::array<char, 5> text{};
    std::snprintf(text.data(), text.size(), "\\%03o", byte);
    return text.data();
}

bool is_control(unsigned char byte)
{
    return byte < 32 || byte == 127;
}

std::string as_is(unsigned char byte)
{
    std::string text;
    text += static_cast<char>(byte);
    return text;
}

}  // namespace

std::string HostileText::any()
{
    std::string text;
    for (auto count = 1 + below(6); count > 0; --count)
        text += kFragments.at(below(kFragments.size()));
    if (below(50) == 0) text.append(below(300), 'a');
    return text;
}

std::string HostileText::word()
{
    auto text = any();
    text.erase(std::remove_if(
                   text.begin(), text.end(),
                   [](char c) { return c == ' ' || is_control(static_cast<unsigned char>(c)); }),
               text.end());
    return text.empty() ? "x" : text;
}

std::string in_octal(const std::string& text)
{
    return printed(text, [](unsigned char byte) {
        return is_control(byte) || byte > 126 ? octal(byte) : as_is(byte);
    });
}

std::string as_exim_prints(const std::string& text)
{
    std::string escaped;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 32 && byte < 127) {
            escaped += c;
        } else if (c == '\r' || c == '\t') {
            escaped += c == '\r' ? "\\r" : "\\t";
        } else {
            std::array<char, 5> octal{};
            std::snprintf(octal.data(), octal.size(), "\\%03o", byte);
            escaped += octal.data();
        }
    }
    return escaped;
}

std::string with_carets(const std::string& text)
{
    return printed(text, [](unsigned char byte) {
        if (!is_control(byte)) return as_is(byte);
        return "^" + as_is(static_cast<unsigned char>(byte ^ 64U));
    });
}

std::string without_blanks(const std::string& text)
{
    return printed(text, [](unsigned char byte) {
        return is_control(byte) || byte == ' ' ? octal(byte) : as_is(byte);
    });
}

}  // namespace mailban::test
