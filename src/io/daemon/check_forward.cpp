#include "io/daemon/check_forward.h"

#include "io/firewall/published.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mailban::io {

namespace {

using Grade = Finding::Grade;

bool is_mail_target(const Published& published)
{
    constexpr std::array<const char*, 8> kPorts{":25",  ":110", ":143", ":465",
                                                ":587", ":993", ":995", ":4190"};
    return std::any_of(kPorts.begin(), kPorts.end(),
                       [&](const char* port) { return published.target.ends_with(port); });
}

Finding judge(const FirewallConfig& firewall, const std::vector<Published>& published)
{
    const std::string handed_on =
        "this machine forwards mail ports to containers or other machines: " +
        to_string(published) + "; ";
    const bool is_able =
        firewall.backend == Backend::automatic || firewall.backend == Backend::nftables;
    // Whoever asks is asked for, however the client came.
    if (firewall.backend == Backend::door)
        return {Grade::well, "forward", handed_on + "the mail servers there have to ask, too"};
    if (firewall.backend == Backend::command || firewall.backend == Backend::dry_run)
        return {Grade::warning, "forward",
                handed_on + "make sure that bans close them, too (firewalls.md, Containers)"};
    if (firewall.forward == Forward::no)
        return {Grade::warning, "forward",
                handed_on + "firewall.forward is false, so bans do not reach them; set it to auto"};
    if (!is_able)
        return {Grade::warning, "forward",
                handed_on + std::string(to_string(firewall.backend)) +
                    " cannot close them; set firewall.backend: nftables, which works beside it"};
    return {Grade::well, "forward", handed_on + "bans close them, too, with nftables"};
}

}  // namespace

std::vector<Finding> check_forward(const Config& config)
{
    std::vector<Finding> findings;
    const auto all = find_published();
    const auto closed = published_mail(all, config.firewall.ports);
    if (!closed.empty()) findings.push_back(judge(config.firewall, closed));
    for (const auto& one : all) {
        const bool is_closed = std::find(closed.begin(), closed.end(), one) != closed.end();
        if (is_closed || !is_mail_target(one)) continue;
        findings.push_back({Grade::warning, "ports",
                            "port " + to_string(std::vector<Published>{one}) +
                                " leads to a mail server and is not in firewall.ports; add it"});
    }
    return findings;
}

}  // namespace mailban::io
