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
// is the peer; `oip` is whom the peer says it speaks for. Over HTTP the server takes that from
// trusted peers only, and leaves out a peer that is itself. Over IMAP and POP3 any client may say
// so (ID X-ORIGINATING-IP, XOIP): there the peer counts, unless it is of a private network or has
// spoken for others over HTTP. Such a peer may be a proxy or not, and nobody is named.
//
// mailbox.log tells of the same attempts, but its messages are raw, and an account with a line feed
// begins a line of the client's own making. So a log with messages of others than `security`, which
// audit.log has not, is not believed.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"
#include "mailban/parse/parse_result.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace mailban {

struct ZimbraContext;

class ZimbraParser {
public:
    static constexpr MailServer kServer = MailServer::zimbra;
    static bool may_matter(const LineHeader& header) noexcept;
    ParseResult read(const LogMessage& message);

private:
    static constexpr std::size_t kMostProxies = 32;

    // Who it was, or why nobody can tell.
    struct Client {
        std::optional<IpAddress> ip{};
        std::optional<Concern> concern{};
    };

    Client client_over_http(const ZimbraContext& context);
    Client client_of_a_claim(const ZimbraContext& context) const;
    ParseResult read_audit_line(std::string_view text, const ZimbraContext& context);
    void remember_proxy(const IpAddress& ip);

    std::vector<IpAddress> proxies_{};  // peers that the server trusts
    bool is_mailbox_log_ = false;
};

}  // namespace mailban
