#include "cli/account.h"
#include "cli/command.h"
#include "cli/list_format.h"
#include "cli/terminal.h"
#include "io/daemon/system.h"
#include "mailban/ascii_json.h"
#include "mailban/net/prefix.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mailban::cli {

namespace {

using nlohmann::ordered_json;
using BanRows = std::vector<std::vector<std::string>>;

struct BansOptions : ListOptions {
    std::string rule{};
    std::string inside{};
    std::string account{};
    bool is_observed = false;
    std::string sort = "address";
    std::string config = kDefaultConfig;
};

// A terminal as wide as this has place for all columns.
constexpr std::size_t kWide = 132;

// Of a ban that does not hold in both places.
std::string ban_place_text(const ordered_json& ban)
{
    return ban.at("where") == "door" ? "at the door" : "in the firewall";
}

// Mostly a ban closes the ports of the configuration.
std::string reason_of(const ordered_json& ban)
{
    std::string reason = cell(ban.at("reason"));
    if (!ban.at("ports").is_null()) reason += "; ports " + cell(ban.at("ports"));
    if (ban.at("where") != "both") reason += "; only " + ban_place_text(ban);
    return reason;
}

std::string left_of(const ordered_json& ban, Timestamp now)
{
    const auto until = time_of_json(ban.at("until"));
    return until ? short_span(*until - now) : "-";
}

// Without begin and reason where the terminal is narrow: `show` has both.
BanRows rows_of(const std::vector<ordered_json>& bans, bool is_short)
{
    const Timestamp now = io::system_now();
    BanRows rows;
    for (const auto& ban : bans) {
        const bool manual = ban.at("origin") == "manual";
        auto& row = rows.emplace_back();
        row = {cell(ban.at("address")), left_of(ban, now), local_time(ban.at("until"), "forever"),
               manual ? "(manual)" : cell(ban.at("rule")), cell(ban.at("count"))};
        if (is_short) continue;
        row.push_back(local_time(ban.at("since")));
        row.push_back(reason_of(ban));
    }
    return rows;
}

std::vector<std::string> heading_of(bool is_short)
{
    std::vector<std::string> heading{"ADDRESS", "LEFT", "UNTIL", "RULE", "COUNT"};
    if (!is_short) heading.insert(heading.end(), {"SINCE", "REASON"});
    return heading;
}

// Prints page after page, and forgets it; sorted bans are one page.
class BanPrinter {
public:
    explicit BanPrinter(const BansOptions& options) : options_(options) {}

    void print(const std::vector<ordered_json>& bans)
    {
        if (options_.is_csv()) csv_.print_heading();
        if (bans.empty()) return;
        if (options_.is_json()) {
            print_json(bans);
        } else if (options_.is_csv()) {
            for (const auto& ban : bans)
                csv_.print(ban);
        } else {
            print_table(bans);
        }
        is_empty_ = false;
    }

    void finish(bool is_filtered)
    {
        const char* const nobody =
            options_.is_observed ? "Nobody would be banned.\n" : "Nobody is banned.\n";
        if (options_.is_json()) {
            std::cout << (is_empty_ ? "[]\n" : "]\n");
        } else if (is_empty_ && !options_.is_csv()) {
            std::cout << (is_filtered ? "No such ban.\n" : nobody);
        }
    }

private:
    void print_json(const std::vector<ordered_json>& bans) const
    {
        bool is_first = is_empty_;
        for (const auto& ban : bans)
            std::cout << (std::exchange(is_first, false) ? '[' : ',') << ascii_json(ban);
    }

    void print_table(const std::vector<ordered_json>& bans)
    {
        if (is_empty_ && options_.is_observed) {
            std::cout << "Only observed; nobody here is shut out by these.\n";
        } else if (is_empty_ && bans.front().value("dry_run", false)) {
            print_dry_run();
        }
        table_.print(rows_of(bans, is_short_));
    }

    const BansOptions& options_;
    bool is_short_ = is_narrow(kWide);
    bool is_empty_ = true;
    Table table_{heading_of(is_short_)};
    CsvPrinter csv_{{"prefix", "address", "since", "until", "origin", "rule", "reason", "count",
                     "level", "ports", "where", "dry_run"}};
};

// Before which other ban one is listed. By time the soonest and earliest come first, by count the
// highest.
bool goes_before(const ordered_json& one, const ordered_json& other, const std::string& sort)
{
    if (sort == "count") return one.at("count") > other.at("count");
    if (sort != "until") return one.at(sort) < other.at(sort);
    // RFC 3339 in UTC is in order of time; bans without end come last.
    if (one.at("until").is_null()) return false;
    return other.at("until").is_null() || one.at("until") < other.at("until");
}

using BanNames = std::set<std::pair<std::string, std::string>>;

// Prefix and origin of the bans that concern the account.
std::optional<BanNames> names_of(const BansOptions& options, int& code)
{
    const auto found = bans_of_account(options.account, options.config, code);
    if (!found) return std::nullopt;
    BanNames names;
    for (const Ban& ban : found->all())
        names.emplace(ban.prefix.to_string(), kBanOriginNames.of(ban.origin));
    return names;
}

int print_bans(const BansOptions& options)
{
    Request request{Verb::bans};
    request.which.rule = options.rule;
    request.which.is_observed = options.is_observed;
    if (auto read = read_inside(options.inside, request.which.inside); !read)
        return fail(kWrongUsage, read.error().message);
    std::optional<BanNames> names;
    int code = kDone;
    if (options.is_observed && !options.account.empty())
        return fail(kWrongUsage, "--observed lists all bans of a rule; use --rule or --inside");
    if (!options.account.empty() && !(names = names_of(options, code))) return code;
    const bool is_sorted = options.sort != "address";
    BanPrinter printer(options);
    std::vector<ordered_json> all;
    code = ask_each(options, request, [&](const ordered_json& bans) {
        for (const auto& ban : bans)
            if (!names || names->contains({ban.at("prefix"), ban.at("origin")})) all.push_back(ban);
        if (is_sorted) return;
        printer.print(all);
        all.clear();
    });
    if (code != kDone) return code;
    std::stable_sort(all.begin(), all.end(), [&options](const auto& one, const auto& other) {
        return goes_before(one, other, options.sort);
    });
    printer.print(all);
    printer.finish(names || request.which.is_set());
    return kDone;
}

}  // namespace

void add_bans(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand("bans", "List the active bans");
    auto options = std::make_shared<BansOptions>();
    add_ban_filter_options(*command, options->rule, options->inside);
    command
        ->add_option("--account", options->account,
                     "Only bans of clients that tried or used this account")
        ->type_name("ACCOUNT");
    command->add_flag("--observed", options->is_observed,
                      "In their place the bans that rules with `mode: observe` would have made");
    command->add_option("--sort", options->sort, "Order: address, since, until, rule or count")
        ->type_name("MEMBER")
        ->check(CLI::IsMember({"address", "since", "until", "rule", "count"}))
        ->capture_default_str();
    add_list_options(*command, *options);
    command
        ->add_option("--config", options->config,
                     "The configuration file, for state.directory; only for --account")
        ->type_name("FILE")
        ->capture_default_str();
    add_socket_option(*command, *options);
    command->footer(
        "mailban bans --sort until\n"
        "mailban bans --rule password-guessing --inside 198.51.100.0/24\n"
        "mailban bans --observed");
    command->callback([options, &action] { action = [options] { return print_bans(*options); }; });
}

}  // namespace mailban::cli
