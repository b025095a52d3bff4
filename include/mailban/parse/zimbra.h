// Zimbra: audit.log and mailbox.log of its mail store.
//
// Not run; read in zm-mailbox 8 to 10: ZimbraLog (context and attributes), AuthListener, imap's
// ImapHandler, TrustedNetwork.
//
//     2026-11-23 22:30:58,123 WARN  [ImapSSLServer-7] [ip=10.0.0.1;oip=192.0.2.7;via=…;ua=…;]
//         security - cmd=Auth; account=bob; protocol=imap; error=authentication failed for [bob],
//         invalid password;
//     2026-11-23 22:30:58,123 INFO  [ImapServer-7] [ip=192.0.2.7;cid=7;] imap - authentication
//         failed for [bob] (invalid password)
//
// In the context and in what `security` prints, a semicolon within a value is doubled, so that each
// field ends where it ends, whatever the user agent says. `ip` is the peer; `oip` is whom the peer
// says it speaks for. Over HTTP the server takes that from trusted peers only; over IMAP and POP3
// any client may say so (ID X-ORIGINATING-IP, XOIP). So there `oip` counts if the peer is of a
// private network, or known from HTTP to be trusted; else, where the two differ, nobody is named.
//
// mailbox.log repeats what audit.log has; events of the former are the back end's.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"

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
    std::optional<Event> read(const LogMessage& message);

private:
    static constexpr std::size_t kMostProxies = 32;

    // What a peer says of whom it speaks for.
    enum class Origin : std::uint8_t { checked, claimed };

    std::optional<IpAddress> client_of(const ZimbraContext& context, Origin origin);
    std::optional<Event> read_audit_line(std::string_view text, const ZimbraContext& context);
    std::optional<Event> read_mailbox_line(std::string_view text, const ZimbraContext& context);
    void remember_proxy(const IpAddress& ip);

    std::vector<IpAddress> proxies_{};  // peers that the server trusts
};

}  // namespace mailban
