// Resolver: asks name servers for the addresses of names, through c-ares, and waits for several
// answers at once. Names in /etc/hosts count as the system's settings say; domains to search do
// not.
#pragma once

#include "io/asio.h"
#include "io/source/descriptor.h"
#include "mailban/ban/resolved_name.h"

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <string>

struct ares_channeldata;
struct ares_addrinfo;

namespace mailban::io {

struct ResolverOptions {
    std::string servers{};  // "127.0.0.1:5353"; empty: those of the system
    std::chrono::milliseconds timeout = std::chrono::seconds(3);  // of the first try
    int tries = 3;
};

class Resolver {
public:
    using OnAnswer = std::function<void(const std::string& name, const NameAnswer& answer)>;

    // `on_answer` is called from wait(), once for each question.
    Resolver(asio::io_context& context, OnAnswer on_answer, ResolverOptions options = {});
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    void ask(const std::string& name);
    // Until answers come, for `limit` at most, or until interrupt().
    asio::awaitable<void> wait(std::chrono::milliseconds limit);
    void interrupt();

private:
    struct Question;
    // One family's part of a question; what c-ares hands back.
    struct Half {
        Question* question = nullptr;
        Lookup NameAnswer::*part = nullptr;
    };
    struct Question {
        std::string name{};
        NameAnswer answer{};
        int missing = 2;
        Half v4{};
        Half v6{};
    };
    struct Destroy {
        void operator()(ares_channeldata* channel) const noexcept;
    };

    static void take_half(void* half, int status, int timeouts, ares_addrinfo* result);
    static void watch_socket(void* resolver, int fd, int readable, int writable);
    bool open_channel(std::string& problem);
    void set_timer(std::chrono::milliseconds limit);
    void process();
    bool hand_out();  // false: there was nothing

    OnAnswer on_answer_;
    ResolverOptions options_;
    Descriptor timer_;
    asio::posix::stream_descriptor sockets_;  // an epoll of the timer and of c-ares' sockets
    std::list<Question> questions_{};
    std::unique_ptr<ares_channeldata, Destroy> channel_{};  // ends before its questions
    bool is_interrupted_ = false;
};

}  // namespace mailban::io
