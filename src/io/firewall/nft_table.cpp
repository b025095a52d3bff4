#include "io/firewall/nft_table.h"

#include "io/netlink/netlink_socket.h"

#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/object.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace mailban::io {

namespace {

constexpr const char* kTable = "mailban";
// Whoever changes a rule meanwhile makes a listing worthless; so often it is begun again.
constexpr int kMostListings = 50;
constexpr std::size_t kLongestTableQuestion = std::size_t{64} * 1024;

template <auto kFree>
struct Free {
    template <class T>
    void operator()(T* object) const noexcept
    {
        kFree(object);
    }
};
using Chain = std::unique_ptr<nftnl_chain, Free<nftnl_chain_free>>;
using Object = std::unique_ptr<nftnl_obj, Free<nftnl_obj_free>>;
using Rule = std::unique_ptr<nftnl_rule, Free<nftnl_rule_free>>;
using Set = std::unique_ptr<nftnl_set, Free<nftnl_set_free>>;
using Elements = std::unique_ptr<nftnl_set_elems_iter, Free<nftnl_set_elems_iter_destroy>>;

using Fill = std::function<void(nlmsghdr* request)>;
using Take = std::function<void(const nlmsghdr* answer)>;

// One listing of the kernel's. False: the ruleset changed meanwhile, and what came is no listing.
Result<bool> list_once(std::uint16_t kind, const Fill& fill, const Take& take)
{
    const auto socket = open_netlink(NETLINK_NETFILTER, 0, "netfilter's netlink");
    if (!socket) return socket.error();
    alignas(nlmsghdr) std::array<char, kLongestTableQuestion> buffer;  // NOLINT: not zeroed
    auto* const request = nftnl_nlmsg_build_hdr(buffer.data(), kind, NFPROTO_INET, NLM_F_DUMP, 1);
    fill(request);
    const auto hand_over = [&take](const nlmsghdr& answer) { take(&answer); };
    const int code = ask_kernel(**socket, *request, hand_over);
    if (code == EINTR) return false;
    if (code != 0) return netlink_failure("read the table mailban", code);
    return true;
}

// A whole listing. `begin` is called before each try, and forgets what an earlier one told.
Status list_all(std::uint16_t kind, const Fill& fill, const std::function<void()>& begin,
                const Take& take)
{
    for (int attempt = 0; attempt < kMostListings; ++attempt) {
        begin();
        const auto is_whole = list_once(kind, fill, take);
        if (!is_whole) return is_whole.error();
        if (*is_whole) return Done{};
    }
    return Error{"nftables: the rules change faster than they can be read"};
}

std::string text_or_none(const char* text)
{
    return text == nullptr ? std::string() : std::string(text);
}

NftChain::Hook hook_of(const nftnl_chain* chain)
{
    if (!nftnl_chain_is_set(chain, NFTNL_CHAIN_HOOKNUM)) return NftChain::Hook::none;
    switch (nftnl_chain_get_u32(chain, NFTNL_CHAIN_HOOKNUM)) {
    case NF_INET_LOCAL_IN: return NftChain::Hook::input;
    case NF_INET_FORWARD: return NftChain::Hook::forward;
    default: return NftChain::Hook::other;
    }
}

void take_chain(const nlmsghdr* answer, NftRules& into)
{
    const Chain chain(nftnl_chain_alloc());
    if (!chain || nftnl_chain_nlmsg_parse(answer, chain.get()) < 0) return;
    // The kernel lists the chains of all tables.
    if (text_or_none(nftnl_chain_get_str(chain.get(), NFTNL_CHAIN_TABLE)) != kTable) return;
    into.chains.push_back(
        {text_or_none(nftnl_chain_get_str(chain.get(), NFTNL_CHAIN_NAME)), hook_of(chain.get())});
}

int take_expression(nftnl_expr* expression, void* into)
{
    auto& rule = *static_cast<NftRule*>(into);
    const auto name = text_or_none(nftnl_expr_get_str(expression, NFTNL_EXPR_NAME));
    if (name == "lookup") {
        const auto set = text_or_none(nftnl_expr_get_str(expression, NFTNL_EXPR_LOOKUP_SET));
        // Sets without a name hold the ports.
        if (set.rfind("__", 0) != 0) rule.set = set;
    } else if (name == "bitwise") {
        std::uint32_t size = 0;
        const auto* const mask =
            static_cast<const char*>(nftnl_expr_get(expression, NFTNL_EXPR_BITWISE_MASK, &size));
        if (mask != nullptr) rule.mask.assign(mask, size);
    } else if (name == "immediate" && nftnl_expr_is_set(expression, NFTNL_EXPR_IMM_VERDICT)) {
        const auto verdict =
            static_cast<int>(nftnl_expr_get_u32(expression, NFTNL_EXPR_IMM_VERDICT));
        rule.drops = verdict == NF_DROP;
        if (verdict == NFT_JUMP)
            rule.jump = text_or_none(nftnl_expr_get_str(expression, NFTNL_EXPR_IMM_CHAIN));
    }
    return 0;
}

void take_rule(const nlmsghdr* answer, NftRules& into)
{
    const Rule rule(nftnl_rule_alloc());
    if (!rule || nftnl_rule_nlmsg_parse(answer, rule.get()) < 0) return;
    if (text_or_none(nftnl_rule_get_str(rule.get(), NFTNL_RULE_TABLE)) != kTable) return;
    NftRule found;
    found.chain = text_or_none(nftnl_rule_get_str(rule.get(), NFTNL_RULE_CHAIN));
    nftnl_expr_foreach(rule.get(), take_expression, &found);
    into.rules.push_back(std::move(found));
}

// An address from its bytes in network order; nothing where they are none.
std::optional<IpAddress> address_of(const void* data, std::size_t size)
{
    const auto* const bytes = static_cast<const std::uint8_t*>(data);
    if (size == 4) return IpAddress::v4(bytes[0], bytes[1], bytes[2], bytes[3]);
    IpAddress::Bytes all{};
    if (size != all.size()) return std::nullopt;
    std::copy_n(bytes, size, all.begin());
    return IpAddress(all);
}

std::optional<NftElement> element_of(nftnl_set_elem* element)
{
    std::uint32_t size = 0;
    const auto* const key = nftnl_set_elem_get(element, NFTNL_SET_ELEM_KEY, &size);
    const auto address = key == nullptr ? std::nullopt : address_of(key, size);
    if (!address) return std::nullopt;
    NftElement found{*address, false, {}};
    if (nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_FLAGS)) {
        const auto flags = nftnl_set_elem_get_u32(element, NFTNL_SET_ELEM_FLAGS);
        found.is_end = (flags & NFT_SET_ELEM_INTERVAL_END) != 0;
    }
    if (nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_EXPIRATION))
        found.left = std::chrono::duration_cast<Duration>(
            std::chrono::milliseconds(nftnl_set_elem_get_u64(element, NFTNL_SET_ELEM_EXPIRATION)));
    return found;
}

// Gives each element of one message; a listing of the whole would be kept in memory by its library.
void take_elements(const nlmsghdr* answer, const std::function<void(const NftElement&)>& found)
{
    const Set set(nftnl_set_alloc());
    if (!set || nftnl_set_elems_nlmsg_parse(answer, set.get()) < 0) return;
    const Elements elements(nftnl_set_elems_iter_create(set.get()));
    if (!elements) return;
    while (auto* const next = nftnl_set_elems_iter_next(elements.get()))
        if (const auto element = element_of(next)) found(*element);
}

Status list_set(const std::string& name, const std::function<void()>& begin,
                const std::function<void(const NftElement&)>& found)
{
    const Set set(nftnl_set_alloc());
    if (!set) return Error{"nftables: out of memory"};
    nftnl_set_set_str(set.get(), NFTNL_SET_TABLE, kTable);
    nftnl_set_set_str(set.get(), NFTNL_SET_NAME, name.c_str());
    return list_all(
        NFT_MSG_GETSETELEM,
        [&](nlmsghdr* request) { nftnl_set_elems_nlmsg_build_payload(request, set.get()); }, begin,
        [&](const nlmsghdr* answer) { take_elements(answer, found); });
}

// Of a set of single keys, each of which stands for `length` bits.
Status add_keys(std::vector<Held>& held, std::string_view set, PortGroup group, unsigned length,
                Timestamp now)
{
    const auto before = held.size();
    return list_set(
        nft_name(set, group), [&] { held.resize(before); },
        [&](const NftElement& element) {
            const auto until = element.left ? Until(now + *element.left) : Until{};
            held.push_back({Prefix::of(element.key, length), until, group});
        });
}

Status add_blocks(std::vector<Held>& held, std::string_view set, PortGroup group, Timestamp now)
{
    std::vector<NftElement> elements;
    auto listed = list_set(
        nft_name(set, group), [&] { elements.clear(); },
        [&](const NftElement& element) { elements.push_back(element); });
    if (!listed) return listed;
    for (auto block : nft_blocks(std::move(elements), now)) {
        block.group = group;
        held.push_back(block);
    }
    return Done{};
}

}  // namespace

Result<NftRules> read_nft_rules()
{
    NftRules found;
    const auto chains = list_all(
        NFT_MSG_GETCHAIN, [](nlmsghdr*) {}, [&] { found.chains.clear(); },
        [&](const nlmsghdr* answer) { take_chain(answer, found); });
    if (!chains) return chains.error();
    const Rule ours(nftnl_rule_alloc());
    if (!ours) return Error{"nftables: out of memory"};
    nftnl_rule_set_str(ours.get(), NFTNL_RULE_TABLE, kTable);
    const auto rules = list_all(
        NFT_MSG_GETRULE,
        [&](nlmsghdr* request) { nftnl_rule_nlmsg_build_payload(request, ours.get()); },
        [&] { found.rules.clear(); }, [&](const nlmsghdr* answer) { take_rule(answer, found); });
    if (!rules) return rules.error();
    return found;
}

std::optional<FirewallDrops> read_nft_drops()
{
    const auto socket = open_netlink(NETLINK_NETFILTER, 0, "netfilter's netlink");
    const Object counter(nftnl_obj_alloc());
    if (!socket || !counter) return std::nullopt;
    nftnl_obj_set_str(counter.get(), NFTNL_OBJ_TABLE, kTable);
    nftnl_obj_set_str(counter.get(), NFTNL_OBJ_NAME, std::string(kNftDropped).c_str());
    nftnl_obj_set_u32(counter.get(), NFTNL_OBJ_TYPE, NFT_OBJECT_COUNTER);
    constexpr std::size_t kLongestQuestion = 1024;
    alignas(nlmsghdr) std::array<char, kLongestQuestion> buffer;  // NOLINT: not zeroed
    auto* const request =
        nftnl_nlmsg_build_hdr(buffer.data(), NFT_MSG_GETOBJ, NFPROTO_INET, NLM_F_ACK, 1);
    nftnl_obj_nlmsg_build_payload(request, counter.get());
    std::optional<FirewallDrops> drops;
    const int code = ask_kernel(**socket, *request, [&drops](const nlmsghdr& answer) {
        const Object told(nftnl_obj_alloc());
        if (!told || nftnl_obj_nlmsg_parse(&answer, told.get()) < 0) return;
        drops = {nftnl_obj_get_u64(told.get(), NFTNL_OBJ_CTR_PKTS),
                 nftnl_obj_get_u64(told.get(), NFTNL_OBJ_CTR_BYTES)};
    });
    return code == 0 ? drops : std::nullopt;
}

Result<std::vector<Held>> read_nft_bans(const NftShape& shape, Timestamp now)
{
    std::vector<Held> held;
    for (std::size_t index = 0; index < shape.ports.size(); ++index) {
        const auto group = static_cast<PortGroup>(index);
        auto read = add_keys(held, "banned4", group, shape.ipv4_length, now);
        if (read) read = add_keys(held, "banned6", group, shape.ipv6_length, now);
        if (read) read = add_blocks(held, "blocks4", group, now);
        if (read) read = add_blocks(held, "blocks6", group, now);
        if (!read) return read.error();
    }
    return held;
}

}  // namespace mailban::io
