#include "io/daemon/pages.h"

#include "mailban/page/metrics.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace mailban::io {

namespace {

constexpr ListenerLimits kPageLimits{.sessions = 16, .patience = std::chrono::minutes(2)};
constexpr std::size_t kLongestPageRequest = 4096;
constexpr std::size_t kLongestHealth = 4096;

}  // namespace

void Pages::configure(const std::optional<ListenAddress>& address)
{
    if (address == address_) return;
    close();
    address_ = address;
    open();
}

void Pages::open()
{
    if (!address_ || listener_) return;
    const auto serve = [this](Session& session) -> asio::awaitable<void> {
        const HttpHandler handler = [this](const HttpRequest& request) { return answer(request); };
        co_await serve_http(session, handler, kLongestPageRequest);
    };
    auto listener = std::make_unique<Listener>(context_, serve, kPageLimits);
    auto listening = listener->listen(*address_, "http.listen");
    if (!listening) {
        spdlog::warn("{}", listening.error().message);
        return;
    }
    listener_ = std::move(listener);
}

void Pages::look_after()
{
    std::erase_if(retired_, [](const auto& listener) { return listener->is_done(); });
    open();
}

void Pages::close()
{
    address_.reset();
    if (!listener_) return;
    listener_->close();
    retired_.push_back(std::move(listener_));
}

HttpResponse Pages::answer(const HttpRequest& request) const
{
    constexpr unsigned kNotFound = 404;
    constexpr unsigned kMethodNotAllowed = 405;
    constexpr unsigned kUnavailable = 503;
    const bool is_metrics = request.target == "/metrics";
    if (!is_metrics && request.target != "/health") return {kNotFound, "text/plain", {}};
    if (request.method != "GET") return {kMethodNotAllowed, "text/plain", {}};
    const StatusReport report = reports_.status(clock_());
    if (is_metrics) return {200, kMetricsType, metrics_text(report)};
    std::string text(to_string(report.health.grade));
    const std::string summary = summary_of(report.health, kLongestHealth);
    if (!summary.empty()) text += ": " + summary;
    const bool is_critical = report.health.grade >= HealthGrade::critical;
    return {is_critical ? kUnavailable : 200, "text/plain; charset=utf-8", text + "\n"};
}

}  // namespace mailban::io
