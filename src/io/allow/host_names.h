// HostNames: the host names of the allowlist, asked for again and again in the background.
#pragma once

#include "io/allow/resolver.h"
#include "io/asio.h"
#include "mailban/ban/allowlist.h"
#include "mailban/ban/resolved_name.h"

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mailban::io {

// Addresses by name.
using KnownAddresses = std::map<std::string, std::vector<IpAddress>>;

class HostNames {
public:
    // Called when a name stands for other addresses than before, or begins or ceases to fail.
    using OnChange = std::function<void(const ResolvedName& name)>;

    HostNames(asio::io_context& context, OnChange on_change, std::function<Timestamp()> clock,
              ResolverOptions options = {}, ResolvePace pace = {});

    // From now on these. What is known of a name that stays is kept; a new one begins with what
    // `known` has of it.
    void set(const std::vector<std::string>& names, const KnownAddresses& known);

    // Asks until stop(); this object has to live until then.
    asio::awaitable<void> run();
    void stop();

    std::vector<ResolvedName> names() const;

private:
    using Clock = std::chrono::steady_clock;
    struct Name {
        ResolvedName resolved;
        Clock::time_point due{};
        bool is_asked = false;
    };

    std::chrono::milliseconds ask_what_is_due();
    void take(const std::string& name, const NameAnswer& answer);

    Resolver resolver_;
    OnChange on_change_;
    std::function<Timestamp()> clock_;
    ResolvePace pace_;
    std::vector<Name> names_{};
    bool is_stopped_ = false;
};

// What the allowlist holds by this name.
std::vector<Allowed> allowed_by(const ResolvedName& name);

}  // namespace mailban::io
