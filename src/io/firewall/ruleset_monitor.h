// RulesetMonitor: hears of whoever takes something out of the kernel's nftables rules.
//
// The kernel tells every change to those who listen (netlink group NFNLGRP_NFTABLES), each
// transaction ending with the process that made it. What this process does itself is not told, nor
// are additions, nor tables that nobody asked about. It is a hint and no promise: whoever is told
// looks for himself.
#pragma once

#include "io/asio.h"
#include "mailban/result.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace mailban::io {

class RulesetMonitor {
public:
    struct Loss {
        std::string table{};    // from which something was taken
        std::string program{};  // who did it; empty where the kernel does not tell
        std::uint32_t pid = 0;
    };
    using LossHandler = std::function<void(const Loss&)>;

    // Listens for losses from `tables` of any family, as long as the object lives. `heard` is also
    // called, without a program, when the kernel had more to tell than could be read.
    static Result<RulesetMonitor> open(const asio::any_io_executor& executor,
                                       std::vector<std::string> tables, LossHandler heard);
    RulesetMonitor(RulesetMonitor&& other) noexcept;
    RulesetMonitor& operator=(RulesetMonitor&& other) noexcept;
    ~RulesetMonitor();

    // Whatever happened until now is not told any more.
    void forget();

private:
    struct Listener;
    explicit RulesetMonitor(Listener* listener) : listener_(listener) {}
    void close() noexcept;

    // Owned by its own coroutine, which outlives this object until it has noticed.
    Listener* listener_ = nullptr;
};

// "nft (process 4711) took something out of the table mailban"
std::string to_string(const RulesetMonitor::Loss& loss);

}  // namespace mailban::io
