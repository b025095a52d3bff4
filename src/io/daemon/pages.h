// Pages: what monitoring reads over HTTP, on a port of the loopback interface (`http`).
//
// GET /metrics is for Prometheus, GET /health for whoever wants a word: 200 and the first line of
// `mailban health`, 503 where that is CRITICAL. Nobody changes anything here.
#pragma once

#include "io/asio.h"
#include "io/daemon/reports.h"
#include "io/http/listener.h"
#include "io/http/serve.h"
#include "mailban/policy/settings.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

class Pages {
public:
    using Clock = std::function<Timestamp()>;

    Pages(asio::io_context& context, const Reports& reports, Clock clock)
        : context_(context), reports_(reports), clock_(std::move(clock))
    {
    }
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;

    // An address that cannot be had is logged, and tried again by look_after().
    void configure(const std::optional<ListenAddress>& address);
    // Once a minute.
    void look_after();
    void close();

private:
    void open();
    HttpResponse answer(const HttpRequest& request) const;

    asio::io_context& context_;
    const Reports& reports_;
    Clock clock_;
    std::optional<ListenAddress> address_{};
    std::unique_ptr<Listener> listener_{};
    std::vector<std::unique_ptr<Listener>> retired_{};
};

}  // namespace mailban::io
