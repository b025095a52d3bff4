// HTTP/1.1 for programs of this machine (RFC 9112): requests of bounded size, one after the other
// over one connection. Boost.Beast reads and writes it; only serve.cpp knows.
#pragma once

#include "io/http/listener.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mailban::io {

struct HttpRequest {
    std::string_view method{};
    std::string_view target{};  // "/?command=allow"
    std::string_view key{};     // of the header X-API-Key; empty: there is none
    std::string_view body{};
};

struct HttpResponse {
    unsigned status = 200;
    std::string type = "application/json";
    std::string body{};
};

// Nullopt: the connection is closed without an answer.
using HttpHandler = std::function<std::optional<HttpResponse>(const HttpRequest&)>;

// Answers requests until the connection ends, or one is longer than `longest` bytes or no HTTP.
asio::awaitable<void> serve_http(Session& session, const HttpHandler& handler, std::size_t longest);

}  // namespace mailban::io
