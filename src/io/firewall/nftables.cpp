#include "io/firewall/nftables.h"

#include "io/firewall/nft_table.h"

#include <nftables/libnftables.h>

#include <utility>

namespace mailban::io {

namespace {

// libnftables explains an error over several lines, with the script and a caret below.
std::string first_line(const char* text)
{
    if (text == nullptr || *text == '\0') return "no reason given";
    const std::string_view all(text);
    return std::string(all.substr(0, std::min<std::size_t>(all.find('\n'), 300)));
}

}  // namespace

void NftablesFirewall::FreeContext::operator()(nft_ctx* context) const noexcept
{
    nft_ctx_free(context);
}

NftablesFirewall::NftablesFirewall(NftShape shape)
    : shape_(std::move(shape)), context_(nft_ctx_new(NFT_CTX_DEFAULT))
{
    if (!context_) return;
    nft_ctx_buffer_output(context_.get());
    nft_ctx_buffer_error(context_.get());
}

Result<std::string> NftablesFirewall::run(const std::string& script)
{
    if (!context_) return Error{"nftables: cannot make a libnftables context"};
    if (nft_run_cmd_from_buffer(context_.get(), script.c_str()) != 0)
        return Error{"nftables: " + first_line(nft_ctx_get_error_buffer(context_.get()))};
    return std::string(nft_ctx_get_output_buffer(context_.get()));
}

Status NftablesFirewall::prepare_here()
{
    std::size_t groups_there = 0;
    if (!shape_was_checked_) {
        // A table from another configuration may read its keys under other masks.
        const auto found = read_nft_rules();
        if (found) groups_there = nft_groups(*found);
        if (found && !nft_rules_fit(*found, shape_)) {
            const auto removed = run(nft_remove_all());
            if (!removed) return removed.error();
        }
    }
    const auto kept = run(nft_prepare(shape_, groups_there));
    shape_was_checked_ = kept.ok();
    if (kept) return Done{};
    // Sets of another kind under our names cannot be kept, nor what they held.
    const auto rebuilt = run(nft_rebuild(shape_));
    if (!rebuilt) return rebuilt.error();
    return Done{};
}

// Without it, whatever somebody else takes away is seen at the next look, within a minute.
void NftablesFirewall::listen(const asio::any_io_executor& executor)
{
    if (watch_) return;
    auto watch = RulesetMonitor::open(
        executor, {"mailban"},
        [this](const RulesetMonitor::Loss& loss) { notify_disturbed(to_string(loss)); });
    if (watch) watch_.emplace(std::move(*watch));
}

asio::awaitable<Status> NftablesFirewall::prepare()
{
    listen(co_await asio::this_coro::executor);
    const auto work = [this] { return prepare_here(); };
    co_return co_await worker_.run(work);
}

asio::awaitable<Result<std::vector<Held>>> NftablesFirewall::list(Timestamp now)
{
    const auto work = [this, now]() -> Result<std::vector<Held>> {
        const auto rules = read_nft_rules();
        if (!rules) return rules.error();
        if (rules->chains.empty()) return Error{"nftables: the table mailban is missing"};
        if (!nft_stands(*rules, shape_))
            return Error{"nftables: rules of the table mailban are missing"};
        return read_nft_bans(shape_, now);
    };
    co_return co_await worker_.run(work);
}

asio::awaitable<Status> NftablesFirewall::apply(Plan plan, Timestamp now)
{
    const auto work = [this, now, changes = std::move(plan)]() -> Status {
        for (const auto& script : nft_apply(changes, shape_, now)) {
            const auto ran = run(script);
            if (!ran) return ran.error();
        }
        return Done{};
    };
    co_return co_await worker_.run(work);
}

asio::awaitable<Status> NftablesFirewall::remove_all()
{
    const auto work = [this]() -> Status {
        const auto ran = run(nft_remove_all());
        if (!ran) return ran.error();
        return Done{};
    };
    co_return co_await worker_.run(work);
}

asio::awaitable<Result<std::string>> NftablesFirewall::describe()
{
    const auto work = [this]() -> Result<std::string> {
        const auto tables = run("list tables inet");
        if (!tables) return tables.error();
        if (tables->find("table inet mailban\n") == std::string::npos) return std::string();
        return run("list table inet mailban");
    };
    co_return co_await worker_.run(work);
}

std::optional<FirewallDrops> NftablesFirewall::drops() const
{
    return read_nft_drops();
}

asio::awaitable<Status> NftablesFirewall::probe()
{
    const auto work = [this]() -> Status {
        const auto ran = run("list tables");
        if (!ran) return ran.error();
        return Done{};
    };
    co_return co_await worker_.run(work);
}

}  // namespace mailban::io
