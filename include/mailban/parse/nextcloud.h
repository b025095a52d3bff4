// Nextcloud: nextcloud.log, where the administrator has assured `trusted_front_end`.
//
// Read in lib/private/User/Session.php, lib/private/User/Manager.php,
// lib/private/Log/LogDetails.php and lib/private/AppFramework/Http/Request.php of 15 to 30:
//
//     {"reqId":"…","level":2,"time":"2026-11-23T22:30:58+00:00","remoteAddr":"192.0.2.7","user":"--",
//      "app":"core","method":"POST","url":"/login","message":"Login failed: bob (Remote IP:
//      192.0.2.7)","userAgent":"…","version":"28.0.1"}
//
// JSON escapes what clients send. But behind a proxy of `trusted_proxies`, older versions take the
// first address of X-Forwarded-For, which is whatever the client sent unless the proxy replaces it,
// and no line shows that.
#pragma once

#include "mailban/parse/assurances.h"
#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"
#include "mailban/parse/parse_result.h"

namespace mailban {

class NextcloudParser {
public:
    static constexpr MailServer kServer = MailServer::nextcloud;

    explicit NextcloudParser(Assurances assured = {}) : assured_(std::move(assured)) {}

    static bool may_matter(const LineHeader& header) noexcept;
    ParseResult read(const LogMessage& message) const;

private:
    Assurances assured_;
};

}  // namespace mailban
