#include "mailban/control/protocol.h"

#include "mailban/characters.h"
#include "mailban/net/prefix_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

namespace mailban {

namespace {

struct VerbEntry {
    Verb verb{};
    std::string_view name{};
    Right right{};
};

// In the order of the enumerators: what a verb is called, and what it takes to say it.
constexpr std::array<VerbEntry, 13> kVerbs{{
    {Verb::status, "status", Right::read},
    {Verb::bans, "bans", Right::read},
    {Verb::show, "show", Right::read},
    {Verb::ban, "ban", Right::change},
    {Verb::unban, "unban", Right::change},
    {Verb::unban_all, "unban_all", Right::change},
    {Verb::reload, "reload", Right::change},
    {Verb::firewall_remove, "firewall_remove", Right::change},
    {Verb::allow, "allow", Right::change},
    {Verb::disallow, "disallow", Right::change},
    {Verb::allowed, "allowed", Right::read},
    {Verb::door, "door", Right::read},
    {Verb::follow, "follow", Right::read},
}};

constexpr bool is_in_order()
{
    for (std::size_t at = 0; at < kVerbs.size(); ++at)
        if (kVerbs[at].verb != static_cast<Verb>(at)) return false;
    return true;
}
static_assert(is_in_order());

constexpr std::string_view kNoObject =
    "a request is one JSON object on one line, with nothing but text in it";

// The members of a request, in order of their names.
using Members = std::map<std::string, std::string, std::less<>>;

// Takes one flat object of strings and stops at the first thing that is none.
class MembersReader {
public:
    explicit MembersReader(Members& members) : members_(members) {}

    // nlohmann::json::sax_parse calls these.
    bool null() { return refuse_value(); }
    bool boolean(bool /*value*/) { return refuse_value(); }
    bool number_integer(nlohmann::json::number_integer_t /*value*/) { return refuse_value(); }
    bool number_unsigned(nlohmann::json::number_unsigned_t /*value*/) { return refuse_value(); }
    bool number_float(nlohmann::json::number_float_t /*value*/, const std::string& /*text*/)
    {
        return refuse_value();
    }
    bool binary(nlohmann::json::binary_t& /*value*/) { return refuse_value(); }
    bool start_array(std::size_t /*elements*/) { return refuse_value(); }
    bool end_array() { return false; }
    bool end_object() { return true; }
    bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                     const nlohmann::detail::exception& /*error*/)
    {
        problem_ = kNoObject;
        return false;
    }

    bool start_object(std::size_t /*elements*/)
    {
        if (is_inside_) return refuse_value();
        return is_inside_ = true;
    }

    bool key(std::string& name)
    {
        key_ = name;
        if (members_.emplace(name, std::string()).second) return true;
        problem_ = "'" + key_ + "' appears twice in the request";
        return false;
    }

    bool string(std::string& text)
    {
        if (!is_inside_ || text.find('\0') != std::string::npos) return refuse_value();
        members_[key_] = text;
        return true;
    }

    const std::string& problem() const noexcept { return problem_; }

private:
    bool refuse_value()
    {
        problem_ =
            is_inside_ ? "'" + key_ + "' must be a string without NUL" : std::string(kNoObject);
        return false;
    }

    Members& members_;
    std::string key_{};
    std::string problem_{};
    bool is_inside_ = false;
};

Result<Members> parse_members(std::string_view line)
{
    // nlohmann::json would skip a byte order mark.
    if (line.starts_with('\xef')) return Error{std::string(kNoObject)};
    Members members;
    MembersReader reader(members);
    if (!nlohmann::json::sax_parse(line, &reader)) return Error{reader.problem()};
    return members;
}

bool takes_prefix(Verb verb)
{
    return verb == Verb::show || verb == Verb::ban || verb == Verb::unban || verb == Verb::allow ||
           verb == Verb::disallow;
}

bool lifts_bans(Verb verb)
{
    return verb == Verb::unban || verb == Verb::unban_all;
}

bool takes_length_and_reason(Verb verb)
{
    return verb == Verb::ban || verb == Verb::allow;
}

// Those whose reply is a list, or tells of a list.
bool takes_page(Verb verb)
{
    return verb == Verb::status || verb == Verb::bans || verb == Verb::allowed || lifts_bans(verb);
}

bool takes_ban_filter(Verb verb)
{
    return verb == Verb::bans || verb == Verb::unban_all;
}

bool follows(Verb verb)
{
    return verb == Verb::follow;
}

bool bans(Verb verb)
{
    return verb == Verb::ban;
}

// Which requests may hold a member of this name.
struct Member {
    std::string_view key{};
    bool (*is_taken_by)(Verb){};
};
constexpr std::array kMembers{
    Member{"verb", [](Verb) { return true; }},
    Member{"prefix", takes_prefix},
    Member{"for", takes_length_and_reason},
    Member{"reason", takes_length_and_reason},
    Member{"after", takes_page},
    Member{"most", takes_page},
    Member{"keep_record", lifts_bans},
    Member{"rule", [](Verb verb) { return takes_ban_filter(verb) || follows(verb); }},
    Member{"inside", takes_ban_filter},
    Member{"observed", [](Verb verb) { return verb == Verb::bans; }},
    Member{"account", [](Verb verb) { return follows(verb) || verb == Verb::door; }},
    Member{"address", [](Verb verb) { return follows(verb) || verb == Verb::door; }},
    Member{"kind", follows},
    Member{"imported_from", bans},
    Member{"where", bans},
};

bool may_hold(Verb verb, std::string_view key)
{
    return std::any_of(kMembers.begin(), kMembers.end(), [verb, key](const Member& member) {
        return member.key == key && member.is_taken_by(verb);
    });
}

std::optional<Verb> parse_verb(const Members& request)
{
    const auto text = request.find("verb");
    if (text == request.end()) return std::nullopt;
    const auto found = std::find_if(kVerbs.begin(), kVerbs.end(),
                                    [&](const auto& entry) { return entry.name == text->second; });
    if (found == kVerbs.end()) return std::nullopt;
    return found->verb;
}

std::string text_at(const Members& request, std::string_view key)
{
    const auto found = request.find(key);
    return found != request.end() ? found->second : std::string();
}

}  // namespace

std::string_view to_string(Verb verb) noexcept
{
    return kVerbs[static_cast<std::size_t>(verb)].name;
}

Right right_needed(Verb verb) noexcept
{
    return kVerbs[static_cast<std::size_t>(verb)].right;
}

Result<std::optional<Duration>> parse_ban_length(std::string_view text)
{
    if (text == "forever") return std::optional<Duration>();
    const auto length = parse_duration(text);
    if (!length || length->count() <= 0) {
        return Error{"'" + std::string(text) +
                     "' is not a duration; write it as 90s, 10m, 1h30m, "
                     "7d, or forever"};
    }
    return std::optional<Duration>(*length);
}

namespace {

Status read_length_and_reason(const Members& object, Request& request)
{
    if (request.verb == Verb::allow) request.length.reset();
    if (object.contains("for")) {
        const auto length = parse_ban_length(text_at(object, "for"));
        if (!length) return length.error();
        request.length = *length;
    }
    request.reason = text_at(object, "reason");
    if (request.reason.size() <= kMaxReasonLength) return Done{};
    return Error{"'reason' is longer than " + std::to_string(kMaxReasonLength) + " bytes"};
}

// It is shown where rules are.
Status read_imported_from(const Members& object, Request& request)
{
    request.imported_from = text_at(object, "imported_from");
    const bool is_name = kLettersAndDigits.with("-_.:@").has_all_of(request.imported_from);
    if (is_name && request.imported_from.size() <= kMaxImportedFromLength) return Done{};
    return Error{"'imported_from' has at most " + std::to_string(kMaxImportedFromLength) +
                 " letters, digits and -_.:@"};
}

Status read_where(const Members& object, Request& request)
{
    const auto text = text_at(object, "where");
    if (text.empty()) return Done{};
    const auto where = kBanPlaceNames.named(text);
    if (!where) return Error{"'where' must be firewall, door or both"};
    request.where = *where;
    return Done{};
}

Status read_record(const Members& object, Request& request)
{
    const auto text = text_at(object, "keep_record");
    request.keeps_record = text == "yes";
    if (text.empty() || text == "yes" || text == "no") return Done{};
    return Error{"'keep_record' must be yes or no"};
}

Status read_page(const Members& object, PageOf& page)
{
    page.after = text_at(object, "after");
    const std::string most = text_at(object, "most");
    if (most.empty()) return Done{};
    const auto [end, error] = std::from_chars(most.data(), most.data() + most.size(), page.most);
    const bool is_number = error == std::errc() && end == most.data() + most.size();
    if (is_number && page.most >= 1 && page.most <= kMostRows) return Done{};
    return Error{"'most' is a number from 1 to " + std::to_string(kMostRows)};
}

Status read_prefix(const Members& object, std::string_view key, std::optional<Prefix>& prefix)
{
    const std::string text = text_at(object, key);
    if (text.empty()) return Done{};
    prefix = Prefix::parse(text);
    if (prefix) return Done{};
    return Error{why_no_prefix(text)};
}

Status read_filters(const Members& object, Request& request)
{
    if (takes_ban_filter(request.verb)) {
        request.which.rule = text_at(object, "rule");
        const auto observed = text_at(object, "observed");
        request.which.is_observed = observed == "yes";
        if (!observed.empty() && observed != "yes" && observed != "no")
            return Error{"'observed' must be yes or no"};
        return read_prefix(object, "inside", request.which.inside);
    }
    request.filter.rule = text_at(object, "rule");
    request.filter.account = text_at(object, "account");
    if (const auto kinds = text_at(object, "kind"); !kinds.empty()) {
        const auto read = parse_activity_kinds(kinds);
        if (!read) return read.error();
        request.filter.kinds = *read;
    }
    if (auto read = read_prefix(object, "address", request.filter.address); !read) return read;
    if (request.verb != Verb::door) return Done{};
    if (request.filter.account.empty()) return Error{"'account' is missing"};
    const auto& address = request.filter.address;
    if (address && !address->is_host())
        return Error{"'" + address->to_string() + "' is not an address"};
    return Done{};
}

}  // namespace

Result<Request> parse_request(std::string_view line)
{
    if (line.size() > kMaxRequestLength) return Error{"the request is too long"};
    const auto members = parse_members(line);
    if (!members) return members.error();
    const Members& object = *members;
    const auto verb = parse_verb(object);
    if (!verb) return Error{"'verb' is missing or unknown"};
    for (const auto& [key, value] : object)
        if (!may_hold(*verb, key)) return Error{"unknown member '" + key + "' in the request"};
    Request request;
    request.verb = *verb;
    if (takes_prefix(*verb)) {
        const std::string text = text_at(object, "prefix");
        const auto prefix = Prefix::parse(text);
        if (!prefix) return Error{why_no_prefix(text)};
        request.prefix = *prefix;
        request.is_address = text.find('/') == std::string::npos;
    }
    if (auto read = read_length_and_reason(object, request); !read) return read.error();
    if (auto read = read_page(object, request.page); !read) return read.error();
    if (auto read = read_record(object, request); !read) return read.error();
    if (auto read = read_filters(object, request); !read) return read.error();
    if (auto read = read_imported_from(object, request); !read) return read.error();
    if (auto read = read_where(object, request); !read) return read.error();
    return request;
}

namespace {

void put_text(nlohmann::json& object, const char* key, const std::string& text)
{
    if (!text.empty()) object[key] = text;
}

// What says which addresses, for how long and where: `ban`, `unban` and `allow` take it.
void put_ban(nlohmann::json& object, const Request& request)
{
    if (takes_prefix(request.verb))
        object["prefix"] =
            request.is_address ? request.prefix.base().to_string() : request.prefix.to_string();
    if (request.keeps_record) object["keep_record"] = "yes";
    put_text(object, "imported_from", request.imported_from);
    if (request.where != BanPlace::both) object["where"] = kBanPlaceNames.of(request.where);
    if (!takes_length_and_reason(request.verb)) return;
    object["for"] = request.length ? format_duration(*request.length) : "forever";
    put_text(object, "reason", request.reason);
}

void put_filters(nlohmann::json& object, const Request& request)
{
    const auto& [rule, inside, is_observed] = request.which;
    if (is_observed) object["observed"] = "yes";
    put_text(object, "rule", rule);
    if (inside) object["inside"] = inside->to_string();
    if (request.verb != Verb::follow && request.verb != Verb::door) return;
    const ActivityFilter& filter = request.filter;
    put_text(object, "rule", filter.rule);
    put_text(object, "account", filter.account);
    put_text(object, "kind", to_string(filter.kinds));
    if (filter.address) object["address"] = filter.address->to_string();
}

}  // namespace

std::string to_line(const Request& request)
{
    nlohmann::json object{{"verb", to_string(request.verb)}};
    put_ban(object, request);
    if (takes_page(request.verb)) {
        put_text(object, "after", request.page.after);
        if (request.page.most != kMostRows) object["most"] = std::to_string(request.page.most);
    }
    put_filters(object, request);
    return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace mailban
