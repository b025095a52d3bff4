// UfwHelper: answers the typed requests of a daemon without root's rights by working ufw.
//
// A request names a prefix and nothing else. Ports, and whom nobody may shut out, are the
// configuration's; a taken-over daemon can change neither. Only rules that mailban made are ever
// taken away.
#pragma once

#include "io/firewall/firewall.h"
#include "mailban/firewall/ufw_request.h"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mailban::io {

struct UfwSettings {
    PortGroups ports{};
    std::vector<Prefix> never{};  // banned
    bool operator==(const UfwSettings&) const = default;
};

class UfwHelper {
public:
    // Asked before each request: a reload of the daemon's configuration is not told here.
    using ReadSettings = std::function<Result<UfwSettings>()>;
    using MakeFirewall = std::function<std::unique_ptr<Firewall>(const PortGroups& ports)>;
    UfwHelper(ReadSettings read, MakeFirewall make) : read_(std::move(read)), make_(std::move(make))
    {
    }

    // Calls must not overlap. What does not stand in ufw is put right first.
    asio::awaitable<Result<std::vector<Held>>> answer(UfwRequest request);

private:
    Status take_settings();
    asio::awaitable<Status> look();
    asio::awaitable<Status> look_once();
    asio::awaitable<Status> ban(Prefix prefix, PortGroup group);
    asio::awaitable<Status> unban(Prefix prefix, PortGroup group);
    bool is_ours(const Prefix& prefix, PortGroup group) const;
    bool may_be_banned(const Prefix& prefix) const;

    ReadSettings read_;
    MakeFirewall make_;
    std::optional<UfwSettings> settings_{};
    std::unique_ptr<Firewall> firewall_{};
    bool is_prepared_ = false;
    std::set<std::pair<Prefix, PortGroup>> ours_{};  // what was listed, or banned since
};

// The settings in the configuration `path`, read again when the file is another one. It has to
// belong to root (or to whoever this is) and nobody else may write it. While it is wrong, what it
// said before stays in force.
UfwHelper::ReadSettings settings_from(std::string path);

}  // namespace mailban::io
