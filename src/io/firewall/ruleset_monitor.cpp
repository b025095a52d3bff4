#include "io/firewall/ruleset_monitor.h"

#include "io/netlink/netlink_socket.h"

#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

namespace mailban::io {

namespace {

// Ten thousand bans made at once are some two megabytes of messages.
constexpr int kReceiveBuffer = 8 * 1024 * 1024;
// Of the kernel: a name that it tells is at most this long, with its NUL.
constexpr std::size_t kCommLength = 16;
// The attribute that names the table has this number in every message about something inside of one
// (NFTA_CHAIN_TABLE, NFTA_RULE_TABLE, NFTA_SET_TABLE, NFTA_SET_ELEM_LIST_TABLE).
constexpr std::uint16_t kTableName = NFTA_TABLE_NAME;

bool takes_away(unsigned message) noexcept
{
    constexpr std::array<unsigned, 5> kRemovals{NFT_MSG_DELTABLE, NFT_MSG_DELCHAIN, NFT_MSG_DELRULE,
                                                NFT_MSG_DELSET, NFT_MSG_DELSETELEM};
    return std::find(kRemovals.begin(), kRemovals.end(), message) != kRemovals.end();
}

// The attribute `wanted` of a message of nftables, or nullptr.
const nlattr* attribute(const nlmsghdr* message, std::uint16_t wanted)
{
    const auto* const end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(message));
    const auto* at =
        static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(message, sizeof(nfgenmsg)));
    while (mnl_attr_ok(at, static_cast<int>(end - reinterpret_cast<const char*>(at)))) {
        if (mnl_attr_get_type(at) == wanted) return at;
        at = mnl_attr_next(at);
    }
    return nullptr;
}

std::string text_of(const nlattr* attribute)
{
    if (attribute == nullptr) return {};
    const std::string_view text(mnl_attr_get_str(attribute), mnl_attr_get_payload_len(attribute));
    return std::string(text.substr(0, text.find('\0')));
}

// By name as well: in a container the kernel tells another process id than our own. Threads of ours
// bear the program's name.
bool is_ours(const RulesetMonitor::Loss& loss)
{
    return loss.pid == static_cast<std::uint32_t>(::getpid()) ||
           loss.program ==
               std::string_view(program_invocation_short_name).substr(0, kCommLength - 1);
}

Result<NetlinkSocket> open_socket()
{
    auto socket = open_netlink(NETLINK_NETFILTER, SOCK_NONBLOCK, "netfilter's netlink");
    if (!socket) return socket;
    const int fd = mnl_socket_get_fd(socket->get());
    // May be refused; then more is lost when much happens at once, and the listener is told so.
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer);
    int group = NFNLGRP_NFTABLES;
    if (mnl_socket_setsockopt(socket->get(), NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0)
        return netlink_failure("listen for changes of the ruleset", errno);
    return socket;
}

}  // namespace

struct RulesetMonitor::Listener {
    Listener(const asio::any_io_executor& executor, NetlinkSocket opened, int fd)
        : socket(std::move(opened)), descriptor(executor, fd)
    {
    }

    static asio::awaitable<void> listen(std::unique_ptr<Listener> own);
    static int take(const nlmsghdr* message, void* listener);
    void take(const nlmsghdr* message);
    void read();
    void tell(const Loss& told) const
    {
        if (heard && !closed) heard(told);
    }

    NetlinkSocket socket;
    asio::posix::stream_descriptor descriptor;  // a duplicate: each closes its own
    std::vector<std::string> tables{};
    LossHandler heard{};
    std::optional<std::string> loss{};  // the table that the transaction at hand takes from
    bool closed = false;
};

int RulesetMonitor::Listener::take(const nlmsghdr* message, void* listener)
{
    static_cast<Listener*>(listener)->take(message);
    return MNL_CB_OK;
}

void RulesetMonitor::Listener::take(const nlmsghdr* message)
{
    if (NFNL_SUBSYS_ID(message->nlmsg_type) != NFNL_SUBSYS_NFTABLES) return;
    const unsigned kind = NFNL_MSG_TYPE(message->nlmsg_type);
    if (takes_away(kind)) {
        auto table = text_of(attribute(message, kTableName));
        if (std::find(tables.begin(), tables.end(), table) != tables.end()) loss = std::move(table);
        return;
    }
    if (kind != NFT_MSG_NEWGEN) return;
    const auto table = std::exchange(loss, std::nullopt);
    if (!table) return;
    const auto* const pid = attribute(message, NFTA_GEN_PROC_PID);
    const Loss told{*table, text_of(attribute(message, NFTA_GEN_PROC_NAME)),
                    pid != nullptr ? ntohl(mnl_attr_get_u32(pid)) : 0};
    if (!is_ours(told)) tell(told);
}

void RulesetMonitor::Listener::read()
{
    alignas(nlmsghdr) std::array<char, 64 * 1024> buffer;  // NOLINT: not zeroed, recv() fills it
    for (;;) {
        const auto size = mnl_socket_recvfrom(socket.get(), buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && errno == ENOBUFS) {
            loss.reset();
            tell({});
            continue;
        }
        if (size <= 0) return;
        mnl_cb_run(buffer.data(), static_cast<std::size_t>(size), 0, 0, take, this);
    }
}

asio::awaitable<void> RulesetMonitor::Listener::listen(std::unique_ptr<Listener> own)
{
    while (!own->closed) {
        co_await own->descriptor.async_wait(asio::posix::stream_descriptor::wait_read, kNoThrow);
        if (!own->closed) own->read();
    }
}

Result<RulesetMonitor> RulesetMonitor::open(const asio::any_io_executor& executor,
                                            std::vector<std::string> tables, LossHandler heard)
{
    auto socket = open_socket();
    if (!socket) return socket.error();
    const int fd = ::fcntl(mnl_socket_get_fd(socket->get()), F_DUPFD_CLOEXEC, 0);
    if (fd < 0) return netlink_failure("watch netfilter's netlink", errno);
    auto own = std::make_unique<Listener>(executor, std::move(*socket), fd);
    own->tables = std::move(tables);
    own->heard = std::move(heard);
    RulesetMonitor watch(own.get());
    auto listening = Listener::listen(std::move(own));
    asio::co_spawn(executor, std::move(listening), asio::detached);
    return watch;
}

RulesetMonitor::RulesetMonitor(RulesetMonitor&& other) noexcept
    : listener_(std::exchange(other.listener_, nullptr))
{
}

RulesetMonitor& RulesetMonitor::operator=(RulesetMonitor&& other) noexcept
{
    close();
    listener_ = std::exchange(other.listener_, nullptr);
    return *this;
}

RulesetMonitor::~RulesetMonitor()
{
    close();
}

void RulesetMonitor::close() noexcept
{
    if (listener_ == nullptr) return;
    listener_->closed = true;
    listener_->heard = nullptr;
    listener_->descriptor.cancel();
    listener_ = nullptr;
}

void RulesetMonitor::forget()
{
    if (listener_ == nullptr) return;
    const auto heard = std::exchange(listener_->heard, nullptr);
    listener_->read();
    listener_->loss.reset();
    listener_->heard = heard;
}

std::string to_string(const RulesetMonitor::Loss& loss)
{
    if (loss.table.empty()) return "the kernel changed too many rules at once";
    const std::string who = loss.program.empty()
                                ? "another program"
                                : loss.program + " (process " + std::to_string(loss.pid) + ")";
    return who + " removed something from the table " + loss.table;
}

}  // namespace mailban::io
