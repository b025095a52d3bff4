// NameServer: a DNS server on loopback, over UDP and TCP, that answers as a test says.
#pragma once

#include "io/asio.h"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mailban::io {

inline constexpr std::uint16_t kTypeA = 1;
inline constexpr std::uint16_t kTypeCname = 5;
inline constexpr std::uint16_t kTypeAaaa = 28;

inline std::string be16(unsigned value)
{
    return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xffU)};
}

// "a.example" as it stands in a message.
inline std::string dns_name(const std::string& name)
{
    std::string wire;
    for (std::size_t at = 0; at < name.size();) {
        const auto dot = std::min(name.find('.', at), name.size());
        wire += static_cast<char>(dot - at) + name.substr(at, dot - at);
        at = dot + 1;
    }
    return wire + '\0';
}

inline std::string dns_record(const std::string& name, std::uint16_t type, unsigned ttl,
                              const std::string& data)
{
    return dns_name(name) + be16(type) + be16(1) + be16(ttl >> 16U) + be16(ttl & 0xffffU) +
           be16(static_cast<unsigned>(data.size())) + data;
}

inline std::string dns_address(const std::string& name, const std::string& address, unsigned ttl)
{
    const auto ip = asio::ip::make_address(address);
    if (ip.is_v4()) {
        const auto bytes = ip.to_v4().to_bytes();
        return dns_record(name, kTypeA, ttl, std::string(bytes.begin(), bytes.end()));
    }
    const auto bytes = ip.to_v6().to_bytes();
    return dns_record(name, kTypeAaaa, ttl, std::string(bytes.begin(), bytes.end()));
}

struct DnsReply {
    std::vector<std::string> records{};
    unsigned code = 0;          // 2: SERVFAIL, 3: NXDOMAIN
    bool is_truncated = false;  // over UDP; over TCP it is whole
    bool is_silent = false;
    bool is_garbage = false;
};

class NameServer {
public:
    // The reply to a question for this type of record.
    using Replies = std::function<DnsReply(const std::string& name, std::uint16_t type)>;

    explicit NameServer(asio::io_context& context)
        : udp_(context, {asio::ip::address_v4::loopback(), 0}),
          tcp_(context, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(),
                                                udp_.local_endpoint().port())),
          peer_(context)
    {
        receive();
        accept();
    }

    std::string address() const
    {
        return "127.0.0.1:" + std::to_string(udp_.local_endpoint().port());
    }

    Replies replies{};
    std::size_t questions = 0;  // over UDP
    std::size_t over_tcp = 0;

private:
    void receive()
    {
        udp_.async_receive_from(asio::buffer(buffer_), client_,
                                [this](boost::system::error_code ec, std::size_t size) {
                                    if (ec) return;
                                    ++questions;
                                    const std::string reply = answer({buffer_.data(), size}, false);
                                    if (!reply.empty()) udp_.send_to(asio::buffer(reply), client_);
                                    receive();
                                });
    }

    void accept()
    {
        tcp_.async_accept(peer_, [this](boost::system::error_code ec) {
            if (!ec) read_length();
        });
    }

    void read_length()
    {
        asio::async_read(peer_, asio::buffer(stream_, 2),
                         [this](boost::system::error_code ec, std::size_t) {
                             if (ec) return again();
                             const auto high = static_cast<unsigned char>(stream_[0]);
                             const auto low = static_cast<unsigned char>(stream_[1]);
                             read_question(high * 256U + low);
                         });
    }

    void read_question(std::size_t size)
    {
        asio::async_read(peer_, asio::buffer(stream_, size),
                         [this](boost::system::error_code ec, std::size_t read) {
                             if (ec) return again();
                             ++over_tcp;
                             const auto reply = answer({stream_.data(), read}, true);
                             const auto framed = be16(static_cast<unsigned>(reply.size())) + reply;
                             asio::write(peer_, asio::buffer(framed), ec);
                             read_length();
                         });
    }

    void again()
    {
        peer_.close();
        accept();
    }

    std::string answer(const std::string& question, bool is_tcp) const
    {
        std::string name;
        std::size_t at = 12;
        while (at < question.size() && question[at] != 0) {
            const auto size = static_cast<std::size_t>(question[at]);
            name += (name.empty() ? "" : ".") + question.substr(at + 1, size);
            at += size + 1;
        }
        const auto type =
            static_cast<std::uint16_t>(static_cast<unsigned char>(question.at(at + 2)));
        const DnsReply reply = replies(name, type);
        if (reply.is_silent) return {};
        if (reply.is_garbage) return question.substr(0, 2) + "\x81\x80 no message at all";
        const bool is_cut = reply.is_truncated && !is_tcp;
        const unsigned flags = 0x8180U | reply.code | (is_cut ? 0x0200U : 0U);
        const auto count = is_cut ? 0 : static_cast<unsigned>(reply.records.size());
        std::string message = question.substr(0, 2) + be16(flags) + be16(1) + be16(count) +
                              be16(0) + be16(0) + question.substr(12, at + 5 - 12);
        for (unsigned i = 0; i < count; ++i)
            message += reply.records[i];
        return message;
    }

    asio::ip::udp::socket udp_;
    asio::ip::tcp::acceptor tcp_;
    asio::ip::tcp::socket peer_;
    asio::ip::udp::endpoint client_{};
    std::array<char, 4096> buffer_{};
    std::array<char, 65536> stream_{};
};

}  // namespace mailban::io
