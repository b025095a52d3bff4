#include "mailban/parse/pattern.h"

#include "mailban/envelope/program_header.h"
#include "mailban/parse/consensus.h"
#include "mailban/scan.h"
#include "mailban/time/log_stamp.h"
#include "mailban/utf8.h"

#include <re2/re2.h>
#include <re2/stringpiece.h>

#include <algorithm>

namespace mailban {

namespace {

// For the compiled expression and for what RE2 remembers of the texts it has seen.
constexpr std::int64_t kMemory = 1L << 20;
// Of a line, in a message.
constexpr std::size_t kMostQuoted = 160;

RE2::Options options()
{
    RE2::Options options;
    // A client's bytes need not be UTF-8, and a byte that fits nothing would hide its line.
    options.set_encoding(RE2::Options::EncodingLatin1);
    options.set_dot_nl(true);
    options.set_max_mem(kMemory);
    options.set_log_errors(false);
    return options;
}

std::unique_ptr<RE2> expression(const std::string& text)
{
    return std::make_unique<RE2>(text, options());
}

// "(?U" or "(?iU:": it would turn around what the second reading turns around.
bool swaps_greed(std::string_view text) noexcept
{
    bool in_class = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (in_class) {
            in_class = text[at] != ']';
        } else if (text[at] == '[') {
            in_class = true;
        } else if (text.substr(at, 2) == "(?") {
            const auto flags = text.substr(at + 2, text.find_first_of(":)<", at) - at - 2);
            if (!flags.starts_with('P') && flags.find('U') != std::string_view::npos) return true;
        }
    }
    return false;
}

std::optional<IpAddress> address_in(std::string_view group)
{
    if (group.starts_with('[') && group.ends_with(']')) group = group.substr(1, group.size() - 2);
    return IpAddress::parse(group);
}

// The group is a stamp of any of the styles that logs begin with, and nothing else.
std::optional<Timestamp> stamp_in(std::string_view group, const Zone& zone, Timestamp now)
{
    for (const auto& stamp : {read_iso_stamp(group, zone, now), read_plain_stamp(group, zone, now),
                              read_syslog_stamp(group, zone, now),
                              read_weekday_stamp(group, zone, now), read_access_stamp(group)}) {
        if (stamp && stamp->length == group.size()) return stamp->time;
    }
    return std::nullopt;
}

std::optional<Timestamp> time_of(const std::optional<std::string_view>& group,
                                 const PatternLine& line)
{
    if (group) return stamp_in(*group, line.zone, line.now);
    return line.header ? header_time(*line.header, line.zone, line.now) : std::nullopt;
}

// The first place and the last one at which an address may stand: what a client wrote may hold the
// same address in front of the true one and behind it.
bool is_one_place(std::string_view one, std::string_view other) noexcept
{
    return one.data() == other.data() && one.size() == other.size();
}

// What one of the two expressions takes from a line.
struct PatternCandidate {
    std::string_view ip{};  // as it stands in the line
    std::optional<EventKind> kind{};
    std::optional<Timestamp> time{};
    std::optional<std::string_view> account{};

    bool contradicts(const PatternCandidate& other) const noexcept
    {
        return !is_one_place(ip, other.ip) || kind != other.kind || time != other.time;
    }
    void keep_common(const PatternCandidate& other) noexcept
    {
        keep_if_same(account, other.account);
    }
};

}  // namespace

Pattern::Pattern() = default;
Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

Result<Pattern> Pattern::compile(const PatternSpec& spec)
{
    Pattern pattern;
    pattern.kind_ = spec.kind;
    pattern.program_ = spec.program;
    pattern.is_of_whole_line_ = spec.match.starts_with('^');
    pattern.most_ = expression(spec.match);
    if (!pattern.most_->ok()) return Error{pattern.most_->error()};
    if (swaps_greed(spec.match)) return Error{"the flag U is not known here; write 'x*?' instead"};
    pattern.least_ = expression("(?U:" + spec.match + ")");
    if (!pattern.least_->ok()) return Error{pattern.least_->error()};
    if (pattern.most_->ProgramSize() > kMaxProgram) {
        return Error{"it takes " + std::to_string(pattern.most_->ProgramSize()) +
                     " steps a byte, and at most " + std::to_string(kMaxProgram) +
                     " are allowed; are there large repetitions such as x{100}?"};
    }
    if (auto known = pattern.take_groups(); !known) return known.error();
    return pattern;
}

Status Pattern::take_groups()
{
    if (most_->NumberOfCapturingGroups() > kMaxGroups) {
        return Error{"it has more than " + std::to_string(kMaxGroups) +
                     " groups; write (?:...) where nothing is to be taken"};
    }
    // RE2 would take the first of two, which is empty where the other one matches.
    if (most_->NamedCapturingGroups().size() != most_->CapturingGroupNames().size()) {
        return Error{"a group name appears twice; write two patterns instead"};
    }
    for (const auto& [name, number] : most_->NamedCapturingGroups()) {
        if (name == "ip") {
            ip_ = number;
        } else if (name == "account") {
            account_ = number;
        } else if (name == "kind") {
            kind_group_ = number;
        } else if (name == "time") {
            time_ = number;
        } else {
            return Error{"there is no group " + in_quotes(name) +
                         "; expected one of ip, account, kind, time"};
        }
    }
    if (ip_ == 0) return Error{"it has no group (?P<ip>...) that takes the client's address"};
    if (kind_group_ == 0 && !kind_) {
        return Error{
            "it says nothing of the kind; add 'kind: auth_failure' or a group "
            "(?P<kind>...)"};
    }
    return Done{};
}

// The part of the line that the expression describes; nullopt: none of it.
std::optional<std::string_view> Pattern::text_of(const PatternLine& line) const
{
    const bool is_foreign = !program_.empty() && (!line.header || line.header->program != program_);
    if (is_foreign) return std::nullopt;
    if (is_of_whole_line_) return line.line;
    if (!line.header) return std::nullopt;
    return line.header->message;
}

std::optional<Pattern::Groups> Pattern::match(const RE2& expression, std::string_view text) const
{
    std::array<re2::StringPiece, kMaxGroups + 1> found;
    const re2::StringPiece input(text.data(), text.size());
    if (!expression.Match(input, 0, text.size(), RE2::ANCHOR_BOTH, found.data(),
                          expression.NumberOfCapturingGroups() + 1)) {
        return std::nullopt;
    }
    const auto group = [&](int number) -> std::optional<std::string_view> {
        const auto& piece = found.at(static_cast<std::size_t>(number));
        if (number == 0 || piece.data() == nullptr) return std::nullopt;
        return std::string_view(piece.data(), piece.size());
    };
    return Groups{group(ip_).value_or(std::string_view()), group(account_), group(kind_group_),
                  group(time_)};
}

std::optional<EventKind> Pattern::kind_of(const Groups& groups) const
{
    return groups.kind ? parse_event_kind(*groups.kind) : kind_;
}

std::optional<Event> Pattern::read(const PatternLine& line) const
{
    const auto text = text_of(line);
    if (!text) return std::nullopt;
    Consensus<PatternCandidate> consensus;
    for (const auto* const expression : {most_.get(), least_.get()}) {
        const auto groups = match(*expression, *text);
        if (!groups) return std::nullopt;
        consensus.add({groups->ip, kind_of(*groups), time_of(groups->time, line), groups->account});
    }
    const auto* const agreed = consensus.agreed();
    if (agreed == nullptr || !agreed->kind || !agreed->time) return std::nullopt;
    const auto ip = address_in(agreed->ip);
    if (!ip) return std::nullopt;
    Event event;
    event.time = *agreed->time;
    event.kind = *agreed->kind;
    event.ip = *ip;
    if (const auto account = agreed->account) event.account.emplace(*account);
    event.server = MailServer::pattern;
    if (line.header) event.pid = line.header->pid;
    return event;
}

std::string Pattern::why_not(const PatternLine& line) const
{
    const auto text = text_of(line);
    if (!text && !line.header) return "it has no header that mailban knows; begin 'match' with ^";
    if (!text) return "it is of the program " + in_quotes(line.header->program);
    const auto most = match(*most_, *text);
    const auto least = match(*least_, *text);
    if (!most || !least) return "'match' does not describe all of " + in_quotes(*text, kMostQuoted);
    if (!address_in(most->ip)) return "the group ip takes " + in_quotes(most->ip) + ", no address";
    if (!is_one_place(most->ip, least->ip)) {
        return "it can be read in two ways, with the address at two places: " +
               in_quotes(most->ip) + " or " + in_quotes(least->ip) +
               "; write in 'match' exactly the text before and after it";
    }
    if (!kind_of(*most) || kind_of(*most) != kind_of(*least)) {
        return "the group kind takes " + in_quotes(most->kind.value_or("nothing")) + ", no kind";
    }
    return "its time is not known; it needs a header, or a group (?P<time>...) with a stamp";
}

}  // namespace mailban
