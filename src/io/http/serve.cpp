#include "io/http/serve.h"

#include <utility>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace mailban::io {

namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t kLongestHeader = 8192;

using Parser = http::request_parser<http::string_body>;
using Response = http::response<http::string_body>;

std::string_view view_of(boost::beast::string_view text) noexcept
{
    return {text.data(), text.size()};
}

HttpRequest request_of(const http::request<http::string_body>& message)
{
    HttpRequest request;
    request.method = view_of(message.method_string());
    request.target = view_of(message.target());
    const auto key = message.find("X-API-Key");
    if (key != message.end()) request.key = view_of(key->value());
    request.body = message.body();
    return request;
}

Response message_of(HttpResponse response, unsigned version, bool keep_alive)
{
    Response message(http::int_to_status(response.status), version);
    message.set(http::field::content_type, response.type);
    message.keep_alive(keep_alive);
    message.body() = std::move(response.body);
    message.prepare_payload();
    return message;
}

}  // namespace

asio::awaitable<void> serve_http(Session& session, const HttpHandler& handler, std::size_t longest)
{
    boost::beast::flat_buffer buffer(kLongestHeader + longest);
    while (true) {
        Parser parser;
        parser.header_limit(kLongestHeader);
        parser.body_limit(longest);
        const auto [broken, got] =
            co_await http::async_read(session.socket(), buffer, parser, kNoThrow);
        if (broken) co_return;
        session.touch();
        const auto& message = parser.get();
        auto response = handler(request_of(message));
        if (!response) co_return;
        Response answer = message_of(std::move(*response), message.version(), message.keep_alive());
        const auto [ec, sent] = co_await http::async_write(session.socket(), answer, kNoThrow);
        if (ec || !answer.keep_alive()) co_return;
    }
}

}  // namespace mailban::io
