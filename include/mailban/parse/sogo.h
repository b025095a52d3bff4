// SOGo: sogo.log, or the same through syslog.
//
// Read in SOGo 5.8's UI/MainUI/SOGoRootPage.m (connectAction) and in SOPE's WOHttpTransaction and
// NGLogEventDetailedFormatter. One process serves one request at a time, and ends it with an access
// line:
//
//     sogod [1234]: SOGoRootPage Login from '192.0.2.7' for user 'bob' might not have worked -
//         password policy: 65535  grace: -1  expire: -1  bound: 0
//     sogod [1234]: SOGoRootPage successful login from '192.0.2.7' for user 'bob' - expire = -1 …
//     sogod [1234]: 192.0.2.7 "POST /SOGo/connect HTTP/1.1" 403 34/81 0.015 - - 2M - 12
//     sogod [1234]: <0x0x55a2ed[SOGoDAVAuthenticator]> tried wrong password for user 'bob'!
//     sogod [1234]: 192.0.2.7 "PROPFIND /SOGo/dav/bob/ HTTP/1.1" 401 12/0 0.000 - - 0 - 12
//
// The address is the header x-webobjects-remote-host. Any client may send it, and no line shows who
// did, so that without `trusted_front_end` no line is believed. It may be a chain of forwarded
// addresses (forwarded_for.h).
//
// The account is raw. A line feed in it ends the line, and what follows may imitate any number of
// lines. Such text stands between the first line of a process's request and its access line, and no
// client knows the number of that process. So a login counts where both lines are of one process
// and name one address, and as long as one process is in the midst of a request, lines count only
// of processes that were seen to end a request at another time. Too many lines of unknown processes
// meanwhile are somebody's guessing: then nothing counts for a while.
//
// A syslog daemon names the process in front of each line, whoever wrote it; there,
// `escaped_line_feeds` is needed, too.
//
// What is left: a client that hits the process's number with one of its first kMostStrangers
// guesses, or knows it, can write a login of its own making; and its guessing makes this parser
// deaf for kDeafness, at the price of a failure of its own (by HTTP Basic, at none). The web
// server's own access log has neither fault.
#pragma once

#include "mailban/parse/assurances.h"
#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"
#include "mailban/parse/parse_result.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace mailban {

class SogoParser {
public:
    static constexpr MailServer kServer = MailServer::sogo;
    // So many processes are in the midst of a request, or known, at once.
    static constexpr std::size_t kMostProcesses = 256;
    // Lines of unknown processes within one request.
    static constexpr unsigned kMostStrangers = 16;
    // A login's answer is sent at once; later, nothing that the account holds is still to come.
    static constexpr Duration kLongestRequest = std::chrono::seconds(10);
    static constexpr Duration kDeafness = std::chrono::seconds(30);

    explicit SogoParser(Assurances assured = {}) : assured_(std::move(assured)) {}

    static bool may_matter(const LineHeader& header) noexcept;
    ParseResult read(const LogMessage& message);

private:
    // What a process has said of the login that it answers.
    struct Login {
        EventKind kind = EventKind::auth_failure;
        std::optional<IpAddress> ip{};  // none by HTTP Basic: the access line alone tells it
        std::optional<std::string> account{};
    };
    struct Request {
        std::uint32_t pid = 0;
        Timestamp begun{};
        std::optional<Login> login{};
    };

    std::optional<Login> read_login(std::string_view text) const;
    std::optional<Login> read_page_login(std::string_view text) const;
    ParseResult read_line(std::uint32_t pid, std::string_view text, Timestamp at);
    std::optional<Event> end_request(std::uint32_t pid, std::string_view text);
    void go_on(std::uint32_t pid, std::string_view text, Timestamp at);
    ParseResult go_deaf(Timestamp at);
    void end_overdue(Timestamp at);
    bool is_known(std::uint32_t pid) const noexcept;
    void remember(std::uint32_t pid);

    Assurances assured_;
    std::vector<Request> requests_{};     // that have begun, the oldest first
    std::vector<std::uint32_t> known_{};  // processes, the one longest known first
    unsigned strangers_ = 0;              // lines of unknown processes since the oldest request
    std::optional<Timestamp> deaf_until_{};
};

}  // namespace mailban
