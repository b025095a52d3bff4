#include "io/firewall/ufw_by_helper.h"

#include <sys/un.h>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace mailban::io {

namespace {

using asio::local::stream_protocol;

// A helper whose ufw has thousands of rules to put right takes its time; Enforcer waits no longer.
constexpr std::chrono::minutes kPatience{5};

Error no_answer(std::string message)
{
    return {std::move(message), std::string(kNoUfwAnswer)};
}

}  // namespace

asio::awaitable<Status> UfwByHelper::connect()
{
    if (helper_.is_open()) co_return Done{};
    if (path_.size() >= sizeof(sockaddr_un::sun_path))
        co_return Error{path_ + " is too long for a socket's path"};
    const stream_protocol::endpoint endpoint(path_);
    const auto [ec] = co_await helper_.async_connect(endpoint, kNoThrow);
    if (!ec) co_return Done{};
    boost::system::error_code ignored;
    helper_.close(ignored);
    co_return Error{"only root may use ufw, and the ufw helper cannot be reached (" + path_ + ": " +
                    ec.message() + "); run `systemctl enable --now mailban-ufw.socket`"};
}

asio::awaitable<UfwByHelper::Answer> UfwByHelper::exchange(std::string line)
{
    const auto bytes = asio::buffer(line);
    const auto [unsent, size] = co_await asio::async_write(helper_, bytes, kNoThrow);
    if (unsent) co_return no_answer("the ufw helper accepts no request: " + unsent.message());
    std::string reply;
    auto bounded = asio::dynamic_buffer(reply, kMaxUfwReply);
    const auto [ec, length] = co_await asio::async_read_until(helper_, bounded, '\n', kNoThrow);
    if (ec) co_return no_answer("the ufw helper does not answer: " + ec.message());
    co_return parse_ufw_reply(std::string_view(reply).substr(0, length - 1));
}

asio::awaitable<UfwByHelper::Answer> UfwByHelper::ask(UfwRequest request)
{
    using asio::experimental::awaitable_operators::operator||;
    // A helper that was restarted since is found anew.
    for (bool is_old = helper_.is_open();; is_old = false) {
        const auto connected = co_await connect();
        if (!connected) co_return connected.error();
        asio::steady_timer limit(helper_.get_executor(), kPatience);
        auto line = to_line(request);
        auto talk = exchange(std::move(line));
        auto too_long = limit.async_wait(asio::use_awaitable);
        auto either = std::move(talk) || std::move(too_long);
        auto first = co_await std::move(either);
        Answer answer = Error{"the ufw helper did not answer in time"};
        if (first.index() == 0) answer = std::get<0>(std::move(first));
        if (answer) co_return answer;
        // One that is at work for too long is not asked twice. What it refuses may be due to a
        // configuration that it reads anew for another connection;
        // what was cut off must not be taken for the answer to the next request.
        boost::system::error_code ignored;
        helper_.close(ignored);
        if (!is_old || answer.error().kind != kNoUfwAnswer) co_return answer;
    }
}

asio::awaitable<Status> UfwByHelper::alter(UfwRequest request)
{
    watch_.begin_change();
    const auto answer = co_await ask(request);
    watch_.end_change();
    if (!answer) co_return answer.error();
    co_return Done{};
}

asio::awaitable<Status> UfwByHelper::probe()
{
    // Where its files cannot be read, the helper will say so.
    if (!ufw_is_enabled()) co_return Error{"ufw is not enabled"};
    co_return co_await connect();
}

asio::awaitable<Status> UfwByHelper::prepare()
{
    watch_.listen(helper_.get_executor(), [this](std::string_view why) { notify_disturbed(why); });
    const UfwRequest request;
    const auto answer = co_await ask(request);
    if (!answer) co_return answer.error();
    co_return Done{};
}

asio::awaitable<Result<std::vector<Held>>> UfwByHelper::list(Timestamp)
{
    const UfwRequest request;
    const auto answer = co_await ask(request);
    if (!answer) co_return answer.error();
    co_return *answer;
}

asio::awaitable<Status> UfwByHelper::apply(Plan plan, Timestamp)
{
    Status first_failure = Done{};
    for (const auto& change : plan) {
        if (change.kind == Change::Kind::extend) continue;
        const bool is_add = change.kind == Change::Kind::add;
        const UfwRequest request{is_add ? UfwRequest::Verb::ban : UfwRequest::Verb::unban,
                                 change.prefix, change.group};
        const auto done = co_await alter(request);
        if (!done && first_failure) first_failure = done.error();
    }
    co_return first_failure;
}

asio::awaitable<Status> UfwByHelper::remove_all()
{
    const UfwRequest everything;
    const auto answer = co_await ask(everything);
    if (!answer) co_return answer.error();
    for (const auto& held : *answer) {
        const UfwRequest request{UfwRequest::Verb::unban, held.prefix, held.group};
        const auto removed = co_await alter(request);
        if (!removed) co_return removed.error();
    }
    co_return Done{};
}

asio::awaitable<Result<std::string>> UfwByHelper::describe()
{
    const UfwRequest request;
    const auto answer = co_await ask(request);
    if (!answer) co_return answer.error();
    std::string text;
    for (const auto& held : *answer)
        text += held.prefix.to_string() +
                (held.group == 0 ? "" : " ports group " + std::to_string(held.group)) + '\n';
    co_return text;
}

}  // namespace mailban::io
