#include "io/firewall/published.h"

#include "io/daemon/system.h"

#include <linux/capability.h>
#include <nftables/libnftables.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace mailban::io {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestArguments = 4096;

struct FreeContext {
    void operator()(nft_ctx* context) const noexcept { nft_ctx_free(context); }
};

// Without this right libnftables complains to standard error.
bool may_read_ruleset()
{
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets = {};
    if (::syscall(SYS_capget, &header, sets.data()) != 0) return false;
    return (sets[0].effective & (1U << static_cast<unsigned>(CAP_NET_ADMIN))) != 0;
}

// Without the elements of sets, which may be bans by the hundred thousand.
std::string read_ruleset()
{
    if (!may_read_ruleset()) return {};
    const std::unique_ptr<nft_ctx, FreeContext> context(nft_ctx_new(NFT_CTX_DEFAULT));
    if (!context) return {};
    nft_ctx_output_set_flags(context.get(), NFT_CTX_OUTPUT_STATELESS | NFT_CTX_OUTPUT_TERSE |
                                                NFT_CTX_OUTPUT_NUMERIC_PROTO);
    nft_ctx_buffer_output(context.get());
    nft_ctx_buffer_error(context.get());
    if (nft_run_cmd_from_buffer(context.get(), "list ruleset") != 0) return {};
    const char* const text = nft_ctx_get_output_buffer(context.get());
    return text != nullptr ? text : "";
}

std::vector<std::string> arguments_of(const fs::path& process)
{
    std::ifstream file(process / "cmdline", std::ios::binary);
    std::string text(kLongestArguments, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    std::vector<std::string> arguments;
    for (std::size_t from = 0; from < text.size();) {
        const auto end = std::min(text.find('\0', from), text.size());
        arguments.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return arguments;
}

void add_proxies(std::vector<Published>& all)
{
    std::error_code ec;
    for (fs::directory_iterator at("/proc", ec), end; !ec && at != end; at.increment(ec)) {
        const auto name = at->path().filename().string();
        if (std::isdigit(static_cast<unsigned char>(name.front())) == 0) continue;
        if (auto published = published_by_process(arguments_of(at->path())))
            all.push_back(std::move(*published));
    }
}

}  // namespace

std::vector<Published> find_published()
{
    std::vector<Published> all = published_by_rules(read_ruleset());
    add_proxies(all);
    const PrefixSet own = own_addresses();
    const auto stays_here = [&own](const Published& one) {
        return one.host && own.contains(*one.host);
    };
    std::erase_if(all, stays_here);
    return all;
}

Forward decide_forward(const FirewallConfig& config, const std::vector<Published>& published)
{
    if (config.forward != Forward::automatic) return config.forward;
    return published_mail(published, config.ports).empty() ? Forward::no : Forward::yes;
}

}  // namespace mailban::io
