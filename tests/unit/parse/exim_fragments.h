// Of these a client makes what it sends to mislead a reader of Exim's log.
#pragma once

#include <array>

namespace mailban::test {

inline constexpr std::array<const char*, 44> kEximFragments{
    ") [8.8.8.8]",
    ": 535 Incorrect authentication data",
    " (set_id=",
    ")",
    "(",
    " [8.8.8.8]:25",
    " I=[8.8.8.8]:25",
    "x",
    "\r",
    "\t",
    "\x01",
    "\xff\xfe",
    "\xc3\xbc",
    "\"",
    "\\",
    "<",
    ">",
    " ",
    "rip=8.8.8.8",
    "H=(x) [8.8.8.8]",
    " H=8.8.8.8 [8.8.8.8]",
    "user <8.8.8.8>",
    "login authenticator failed for [8.8.8.8]: 535 Incorrect authentication data",
    "2026-11-23 22:26:28 login authenticator failed for (x) [8.8.8.8]: 535 Incorrect "
    "authentication data (set_id=bob)",
    "\r2026-11-23 22:26:28 login authenticator failed for [8.8.8.8]: 535 Incorrect authentication "
    "data",
    "Nov 23 22:26:28 mail exim[4]: 2026-11-23 22:26:28 login authenticator failed for [8.8.8.8]: "
    "535 Incorrect authentication data",
    "[2001:db8:dead::1]",
    ") [2001:db8:dead::1]:465",
    " P=esmtpa A=login:bob S=1",
    ") [8.8.8.8] P=esmtpa A=login:bob S=1",
    " F=<a> rejected RCPT <b>: relay not permitted",
    ") [8.8.8.8] F=<a> rejected RCPT <b>: relay not permitted",
    " rejected AUTH LOGIN",
    " U=y",
    " Ci=7",
    ": 435 Unable to authenticate at present: ",
    ": 501 Invalid base64 data",
    "no host name found for IP address 8.8.8.8",
    " dropped: too many ",
    " DN=\"",
    " X=y",
    "[::ffff:8.8.8.8]",
    "134744072",
    "[1/2] "};

}  // namespace mailban::test
