// Asks a daemon as mail servers do: questions over connections that are kept, as many a second as
// it is told, and how long each answer takes. An answer counts from the moment at which its
// question was due, so that a daemon that stops cannot make the figures better.
//
//     policy_load dovecot|postfix PORT CONNECTIONS RATE SECONDS [KEY]
//
// RATE 0: the next question of a connection follows each answer at once. tests/bench/policy.py runs
// it beside a log that grows.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Micros = std::chrono::duration<double, std::micro>;

struct Line {
    int socket = -1;
    Clock::time_point due{};
    std::string heard{};
};

class Load {
public:
    Load(bool is_dovecot, std::uint16_t port, std::size_t connections, std::string key)
        : is_dovecot_(is_dovecot), port_(port), key_(std::move(key)), lines_(connections)
    {
        for (std::size_t at = 0; at < connections; ++at) {
            connect(at);
            idle_.push_back(at);
        }
    }

    void run(double rate, double seconds)
    {
        const auto begin = Clock::now();
        const auto end = begin + std::chrono::duration_cast<Clock::duration>(
                                     std::chrono::duration<double>(seconds));
        std::size_t asked = 0;
        while (Clock::now() < end) {
            const auto now = Clock::now();
            if (rate == 0) {
                while (!idle_.empty())
                    ask(now);
            }
            // What is due waits where no connection is free.
            auto until = end;
            while (rate > 0) {
                const auto due =
                    begin + std::chrono::duration_cast<Clock::duration>(
                                std::chrono::duration<double>(static_cast<double>(asked) / rate));
                if (!idle_.empty()) until = std::min(until, due);
                if (due > now || idle_.empty()) break;
                ask(due);
                ++asked;
                until = end;
            }
            hear(until - Clock::now());
        }
        print(std::chrono::duration<double>(Clock::now() - begin).count());
    }

private:
    void connect(std::size_t at)
    {
        Line& line = lines_[at];
        line.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_port = htons(port_);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int at_once = 1;
        ::setsockopt(line.socket, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
        if (::connect(line.socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            std::perror("connect");
            std::exit(1);
        }
        line.heard.clear();
        epoll_event event = {};
        event.events = EPOLLIN;
        event.data.u64 = at;
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, line.socket, &event);
    }

    std::string question()
    {
        const std::string number = std::to_string(++asked_);
        const std::string ip = "10." + std::to_string(asked_ % 7) + "." +
                               std::to_string(asked_ % 251) + "." + std::to_string(asked_ % 241);
        const std::string account = "user" + std::to_string(asked_ % 5003) + "@example.com";
        if (!is_dovecot_)
            return "request=smtpd_access_policy\nprotocol_state=CONNECT\nprotocol_name=ESMTP\n"
                   "helo_name=\nqueue_id=\nsender=\nrecipient=\nrecipient_count=0\n"
                   "client_address=" +
                   ip + "\nclient_name=unknown\nreverse_client_name=unknown\ninstance=" + number +
                   ".6a1b.0\nsasl_method=\nsasl_username=\nsasl_sender=\nsize=0\n"
                   "server_address=203.0.113.1\nserver_port=587\n\n";
        const std::string body = R"({"device_id":"","login":")" + account +
                                 R"(","mech":"PLAIN","protocol":"imap","pwhash":"00ab",)"
                                 R"("remote":")" +
                                 ip + R"(","session_id":"S)" + number +
                                 R"(","local_port":"993","tls":"TLSv1.3"})";
        return "POST /?command=allow HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: " + key_ +
               "\r\nContent-Type: application/json\r\nUser-Agent: dovecot/auth-policy-client\r\n"
               "Connection: Keep-Alive\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body;
    }

    void ask(Clock::time_point due)
    {
        Line& line = lines_[idle_.front()];
        idle_.pop_front();
        line.due = due;
        const std::string text = question();
        if (::send(line.socket, text.data(), text.size(), MSG_NOSIGNAL) < 0) ++lost_;
    }

    void hear(std::chrono::nanoseconds patience)
    {
        std::array<epoll_event, 128> events{};
        patience = std::clamp(patience, std::chrono::nanoseconds(0),
                              std::chrono::nanoseconds(999'999'999));
        timespec limit = {};
        limit.tv_nsec = patience.count();
        const int count =
            ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &limit, nullptr);
        for (int i = 0; i < count; ++i)
            hear(events[static_cast<std::size_t>(i)].data.u64);
    }

    void hear(std::size_t at)
    {
        Line& line = lines_[at];
        std::array<char, 1024> buffer{};
        const auto got = ::recv(line.socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got <= 0) {
            ++lost_;
            ::close(line.socket);
            connect(at);
            idle_.push_back(at);
            return;
        }
        line.heard.append(buffer.data(), static_cast<std::size_t>(got));
        if (!line.heard.ends_with(is_dovecot_ ? "\"\"}" : "\n\n")) return;
        line.heard.clear();
        taken_.push_back(Micros(Clock::now() - line.due).count());
        idle_.push_back(at);
    }

    void print(double seconds)
    {
        std::ranges::sort(taken_);
        const auto share = [&](double part) {
            if (taken_.empty()) return 0.0;
            return taken_[static_cast<std::size_t>(part * static_cast<double>(taken_.size() - 1))] /
                   1000;
        };
        std::printf(
            "{\"answers\": %zu, \"a_second\": %.0f, \"lost\": %zu, \"median_ms\": %.3f, "
            "\"p99_ms\": %.3f, \"worst_ms\": %.3f}\n",
            taken_.size(), static_cast<double>(taken_.size()) / seconds, lost_, share(0.5),
            share(0.99), share(1));
    }

    bool is_dovecot_;
    std::uint16_t port_;
    std::string key_;
    int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    std::vector<Line> lines_;
    std::deque<std::size_t> idle_{};
    std::vector<double> taken_{};
    std::size_t asked_ = 0;
    std::size_t lost_ = 0;
};

}  // namespace

int main(int count, char** words)
{
    constexpr int kLeast = 6;
    if (count < kLeast) {
        std::puts("policy_load dovecot|postfix PORT CONNECTIONS RATE SECONDS [KEY]");
        return 2;
    }
    const bool is_dovecot = std::string_view(words[1]) == "dovecot";
    Load load(is_dovecot, static_cast<std::uint16_t>(std::atoi(words[2])),
              static_cast<std::size_t>(std::atoi(words[3])), count > kLeast ? words[kLeast] : "");
    load.run(std::atof(words[4]), std::atof(words[5]));
}
