// Zimbra: audit.log of its mail store.
//
// Read in zm-mailbox 8 to 10: ZimbraLog (context and attributes), AuthListener, imap's ImapHandler,
// RemoteIP, TrustedNetwork.
//
//     2026-11-23 22:30:58,123 WARN  [ImapSSLServer-7] [ip=10.0.0.1;oip=192.0.2.7;via=…;ua=…;]
//         security - cmd=Auth; account=bob; protocol=imap; error=authentication failed for [bob],
//         invalid password;
//
// In the context and in what `security` prints, a semicolon within a value is doubled and a line
// feed becomes a blank, so that each field ends where it ends, whatever the user agent says. `ip`
// is the peer; `oip` is whom the peer says it speaks for, a chain of forwarded addresses
// (forwarded_for.h). Over HTTP the server takes that from trusted peers only (zimbraMailTrustedIP),
// and leaves out a peer that is itself. Over IMAP and POP3 any client may say so (ID
// X-ORIGINATING-IP, XOIP): there the peer counts, unless it may be a proxy. A proxy that the
// configuration names, and Zimbra's own on the same machine, are believed. Of others of a private
// network, or that have spoken for others over HTTP, nobody knows, and nobody is named.
//
// mailbox.log tells of the same attempts, but its messages are raw, and an account with a line feed
// begins a line of the client's own making. So a log with messages of others than `security`, which
// audit.log has not, is believed only with `escaped_line_feeds`. There SoapEngine says once more
// what `security` has said of an attempt; where `security` is silent, SoapEngine's line counts:
//
//     2026-11-23 22:30:58,123 INFO  [qtp1-4:https://…] [oip=192.0.2.7;…;] SoapEngine - handler
//         exception: authentication failed for [bob], account not found
#pragma once

#include "mailban/parse/assurances.h"
#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"
#include "mailban/parse/parse_result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailban {

struct ZimbraContext;

class ZimbraParser {
public:
    static constexpr MailServer kServer = MailServer::zimbra;

    explicit ZimbraParser(Assurances assured = {}) : assured_(std::move(assured)) {}

    static bool may_matter(const LineHeader& header) noexcept;
    ParseResult read(const LogMessage& message);

private:
    static constexpr std::size_t kMostProxies = 32;
    static constexpr std::size_t kMostTold = 64;
    // From the line of `security` to SoapEngine's: less than a second, where the machine is not
    // at its limits.
    static constexpr Duration kOneAttempt = std::chrono::seconds(5);

    // A failure that `security` has told, of which SoapEngine's line is still to come.
    struct Told {
        IpAddress ip{};
        std::string account{};
        Timestamp at{};
    };

    // Who it was, or why nobody can tell.
    struct Client {
        std::optional<IpAddress> ip{};
        std::optional<Concern> concern{};
    };

    Client client_over_http(const ZimbraContext& context);
    Client client_of_a_claim(const ZimbraContext& context) const;
    ParseResult read_audit_line(std::string_view text, const ZimbraContext& context);
    ParseResult read_soap_line(std::string_view text, const ZimbraContext& context, Timestamp at);
    void remember_proxy(const IpAddress& ip);
    void remember_failure(const Event& event, Timestamp at);
    bool take_told(const Event& event, Timestamp at);

    Assurances assured_;
    std::vector<IpAddress> proxies_{};  // peers that the server trusts
    bool is_mailbox_log_ = false;
    std::array<std::optional<Told>, kMostTold> told_{};  // the newest, round and round
    std::size_t next_told_ = 0;
};

}  // namespace mailban
