#include "io/policy/door.h"

#include "io/files/trusted_file.h"
#include "io/lines/line_connection.h"
#include "mailban/plural.h"
#include "mailban/policy/dovecot.h"
#include "mailban/policy/exim.h"
#include "mailban/policy/postfix.h"
#include "mailban/words.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace mailban::io {

namespace {

constexpr std::size_t kShortestKey = 16;
constexpr std::size_t kLongestKey = 1024;
// An attacker decides how many attempts are refused, but not how much is written about it.
constexpr int kMostLinesAMinute = 30;
// Every user of this machine may ask as Exim does, but not fill the database with it.
constexpr int kMostRefusalsASecond = 100;

std::string setting_of(PolicyAsker asker)
{
    return "policy." + std::string(kPolicyAskerNames.of(asker)) + ".listen";
}

LineLimits line_limits(std::size_t longest, const ListenerLimits& limits)
{
    LineLimits lines;
    lines.longest = longest;
    lines.line = limits.patience;
    return lines;
}

// "/?command=allow&x=y"
std::string_view command_of(std::string_view target)
{
    constexpr std::string_view kName = "command=";
    auto query = target.substr(std::min(target.find('?'), target.size()));
    while (!query.empty()) {
        query.remove_prefix(1);
        const auto word = query.substr(0, query.find('&'));
        if (word.starts_with(kName)) return word.substr(kName.size());
        query.remove_prefix(word.size());
    }
    return {};
}

// A fifth, so that no question that came in time is taken for a late one.
std::chrono::milliseconds precision_of(Duration answer_within)
{
    constexpr auto kMost = std::chrono::milliseconds(1000);
    return std::min(kMost, std::chrono::floor<std::chrono::milliseconds>(answer_within / 5));
}

HttpResponse http_error(unsigned status)
{
    return {status, "text/plain", {}};
}

}  // namespace

PolicyDoor::PolicyDoor(asio::io_context& context, Ask ask, Take take, SourceNames& names,
                       Clock clock, Seed seed, ListenerLimits limits)
    : context_(context),
      ask_(std::move(ask)),
      take_(std::move(take)),
      clock_(std::move(clock)),
      seed_(seed),
      limits_(limits),
      source_(names.id_of("Dovecot's reports (policy)")),
      refusals_(names.id_of("Exim's refused questions (policy)"))
{
    for (std::size_t at = 0; at < kPolicyAskers; ++at)
        places_.at(at).told.server = kPolicyAskerNames.of(static_cast<PolicyAsker>(at));
}

PolicyDoor::Place& PolicyDoor::place_of(PolicyAsker asker)
{
    return places_.at(static_cast<std::size_t>(asker));
}

void PolicyDoor::configure(const PolicySettings& settings)
{
    settings_ = settings;
    const bool is_off = settings.mode == PolicyMode::off;
    const std::optional<ListenAddress> none;
    open(PolicyAsker::dovecot, is_off ? none : settings.dovecot);
    open(PolicyAsker::postfix, is_off ? none : settings.postfix);
    open(PolicyAsker::exim, is_off ? none : settings.exim);
}

void PolicyDoor::open(PolicyAsker asker, const std::optional<ListenAddress>& address)
{
    Place& place = place_of(asker);
    const bool stays = address && place.listener && place.address == *address &&
                       place.answer_within == settings_.answer_within;
    if (!stays) retire(place);
    place.answer_within = settings_.answer_within;
    place.told.problem.clear();
    if (!address) return;
    place.address = *address;
    // A key that was changed is in force from now on.
    if (asker == PolicyAsker::dovecot) {
        if (auto read = read_key(); !read) {
            place.told.problem = read.error().message;
            return retire(place);
        }
    }
    if (!stays) open_listener(asker, place);
}

void PolicyDoor::open_listener(PolicyAsker asker, Place& place)
{
    const auto serve = [this, asker](Session& session) {
        if (asker == PolicyAsker::dovecot) return serve_dovecot(session);
        if (asker == PolicyAsker::postfix) return serve_postfix(session);
        return serve_exim(session);
    };
    ListenerLimits limits = limits_;
    limits.precision = precision_of(place.answer_within);
    auto listener = std::make_unique<Listener>(context_, serve, limits);
    auto listening = listener->listen(place.address, setting_of(asker));
    if (!listening) {
        place.told.problem = listening.error().message;
        return;
    }
    place.listener = std::move(listener);
    spdlog::info("policy: {} asks at {}, mode {}", kPolicyAskerNames.of(asker),
                 place.address.to_string(), kPolicyModeNames.of(settings_.mode));
}

Status PolicyDoor::read_key()
{
    key_.clear();
    const auto text = read_trusted(settings_.key_file, kLongestKey);
    if (!text) return Error{"policy.dovecot.key_file: " + text.error().message};
    struct stat st = {};
    if (::stat(settings_.key_file.c_str(), &st) == 0 && (st.st_mode & S_IROTH) != 0)
        return Error{"policy.dovecot.key_file: everybody can read " + settings_.key_file +
                     "; run chmod o-r on it"};
    const auto key = trimmed(*text, " \t\r\n");
    if (key.size() < kShortestKey)
        return Error{"policy.dovecot.key_file: the key in " + settings_.key_file + " has " +
                     plural(key.size(), "byte", "bytes") + "; expected at least " +
                     std::to_string(kShortestKey) + ", such as openssl rand -hex 16 makes"};
    key_ = key;
    return Done{};
}

// What still runs of it needs it until it ends.
void PolicyDoor::retire(Place& place)
{
    if (!place.listener) return;
    place.told.rejected_connections += place.listener->rejected_connections();
    place.listener->close();
    retired_.push_back(std::move(place.listener));
}

void PolicyDoor::look_after()
{
    std::erase_if(retired_, [](const auto& listener) { return listener->is_done(); });
    const bool has_problem = std::ranges::any_of(
        places_, [](const Place& place) { return !place.told.problem.empty(); });
    if (has_problem) configure(PolicySettings(settings_));
}

void PolicyDoor::close()
{
    for (Place& place : places_)
        retire(place);
}

asio::awaitable<void> PolicyDoor::serve_dovecot(Session& session)
{
    const HttpHandler handler = [this, &session](const HttpRequest& request) {
        return answer_http(request, session);
    };
    co_await serve_http(session, handler, kMaxPolicyBody);
}

asio::awaitable<void> PolicyDoor::serve_postfix(Session& session)
{
    LineConnection lines(session.socket(), line_limits(kMaxPolicyRequest, limits_));
    while (true) {
        PostfixRequest request;
        Status understood = Done{};
        while (understood.ok()) {
            auto line = lines.take_buffered();
            if (!line) line = co_await lines.read();
            if (!line) co_return;
            if (line->empty()) break;
            understood = request.add(*line);
        }
        session.touch();
        if (is_late(PolicyAsker::postfix, session)) co_return;
        const auto attempt = understood.ok() ? request.attempt()
                                             : Result<std::optional<Attempt>>(understood.error());
        PolicyAnswer answer;
        if (!attempt) {
            note_malformed(PolicyAsker::postfix, attempt.error().message);
        } else if (*attempt) {
            answer = ask(PolicyAsker::postfix, **attempt);
        }
        std::string text = postfix_answer(answer);
        const bool sent = co_await lines.write(std::move(text));
        if (!sent || !attempt) co_return;
    }
}

asio::awaitable<void> PolicyDoor::serve_exim(Session& session)
{
    LineConnection lines(session.socket(), line_limits(kMaxEximQuestion, limits_));
    const auto line = co_await lines.read();
    if (!line || is_late(PolicyAsker::exim, session)) co_return;
    const auto attempt = read_exim_question(*line);
    if (!attempt) note_malformed(PolicyAsker::exim, attempt.error().message);
    const PolicyAnswer answer = attempt ? ask(PolicyAsker::exim, *attempt) : PolicyAnswer();
    if (attempt) take_refusal(*attempt, answer);
    std::string text = exim_answer(answer);
    co_await lines.write(std::move(text));
}

// Before Exim hears of it: the line that it writes about the attempt comes later.
void PolicyDoor::take_refusal(const Attempt& attempt, const PolicyAnswer& answer)
{
    const Timestamp now = clock_();
    auto refusal = exim_refusal(attempt, answer, now);
    if (!refusal) return;
    if (now - refusing_since_ >= std::chrono::seconds(1) || now < refusing_since_) {
        refusing_since_ = now;
        refused_ = 0;
    }
    if (++refused_ > kMostRefusalsASecond) return;
    take_(std::move(*refusal), refusals_, now);
}

std::optional<HttpResponse> PolicyDoor::answer_http(const HttpRequest& request, Session& session)
{
    constexpr unsigned kUnauthorized = 401;
    constexpr unsigned kNotFound = 404;
    constexpr unsigned kMethodNotAllowed = 405;
    if (key_.empty() || !is_same_key(request.key, key_)) {
        note_malformed(PolicyAsker::dovecot,
                       "the request has another key than policy.dovecot.key_file; expected it in "
                       "auth_policy_server_api_header");
        return http_error(kUnauthorized);
    }
    if (request.method != "POST") return http_error(kMethodNotAllowed);
    const auto command = command_of(request.target);
    // A report is as true as it was.
    if (command == "report") return take_report(request.body);
    if (command == "allow" && is_late(PolicyAsker::dovecot, session)) return std::nullopt;
    if (command == "allow") return answer_question(request.body);
    return http_error(kNotFound);
}

HttpResponse PolicyDoor::answer_question(std::string_view body)
{
    const auto attempt = read_dovecot_question(body, seed_);
    HttpResponse response;
    PolicyAnswer answer;
    if (!attempt) note_malformed(PolicyAsker::dovecot, attempt.error().message);
    if (attempt && *attempt) answer = ask(PolicyAsker::dovecot, **attempt);
    response.body = dovecot_answer(answer);
    return response;
}

HttpResponse PolicyDoor::take_report(std::string_view body)
{
    HttpResponse response;
    response.body = dovecot_answer(PolicyAnswer());
    const Timestamp now = clock_();
    auto event = read_dovecot_report(body, seed_, now);
    if (!event) {
        note_malformed(PolicyAsker::dovecot, event.error().message);
        return response;
    }
    Place& place = place_of(PolicyAsker::dovecot);
    ++place.told.reports;
    place.told.last = now;
    if (*event) take_(std::move(**event), source_, now);
    return response;
}

PolicyAnswer PolicyDoor::ask(PolicyAsker asker, const Attempt& attempt)
{
    const Timestamp now = clock_();
    const auto asked = std::chrono::steady_clock::now();
    PolicyAnswer answer = ask_(attempt, now);
    PolicyServerReport& told = place_of(asker).told;
    told.latencies.note(std::chrono::steady_clock::now() - asked);
    ++told.questions;
    told.last = now;
    switch (answer.verdict) {
    case PolicyVerdict::allow: ++told.allowed; break;
    case PolicyVerdict::delay: ++told.delayed; break;
    case PolicyVerdict::deny: ++told.denied; break;
    }
    if (answer.judged == PolicyVerdict::allow) return answer;
    if (answer.verdict == PolicyVerdict::allow) ++told.observed;
    if (tell_) tell_(asker, attempt, answer, now);
    if (may_say())
        spdlog::info("policy: {} asked: {}", kPolicyAskerNames.of(asker),
                     to_string(attempt, answer));
    return answer;
}

// The log says so once a minute: a turn that took long makes all questions late at once.
bool PolicyDoor::is_late(PolicyAsker asker, Session& session)
{
    const Duration waited = std::chrono::ceil<Duration>(session.waited());
    if (waited <= settings_.answer_within) return false;
    Place& place = place_of(asker);
    ++place.told.late;
    const Timestamp now = clock_();
    if (now - place.late_since < std::chrono::minutes(1) && now >= place.late_since) return true;
    place.late_since = now;
    spdlog::warn("policy: {}: a question waited {} ms and was not answered (policy.answer_within)",
                 kPolicyAskerNames.of(asker),
                 std::chrono::floor<std::chrono::milliseconds>(waited).count());
    return true;
}

void PolicyDoor::note_malformed(PolicyAsker asker, const std::string& why)
{
    ++place_of(asker).told.malformed;
    if (may_say()) spdlog::warn("policy: {}: {}", kPolicyAskerNames.of(asker), why);
}

bool PolicyDoor::may_say()
{
    const Timestamp now = clock_();
    if (now - saying_since_ >= std::chrono::minutes(1) || now < saying_since_) {
        if (unsaid_ > 0)
            spdlog::info("policy: {} more were not logged",
                         plural(std::exchange(unsaid_, 0), "answer", "answers"));
        saying_since_ = now;
        said_ = 0;
    }
    if (said_ >= kMostLinesAMinute) {
        ++unsaid_;
        return false;
    }
    ++said_;
    return true;
}

PolicyReport PolicyDoor::report() const
{
    PolicyReport report;
    report.mode = kPolicyModeNames.of(settings_.mode);
    for (const Place& place : places_) {
        const bool is_wanted = place.listener || !place.told.problem.empty();
        if (!is_wanted) continue;
        PolicyServerReport& one = report.servers.emplace_back(place.told);
        one.listen = place.address.to_string();
        if (!place.listener) continue;
        one.sessions = place.listener->sessions();
        one.rejected_connections += place.listener->rejected_connections();
    }
    return report;
}

std::vector<std::string> PolicyDoor::problems() const
{
    std::vector<std::string> problems;
    for (const Place& place : places_)
        if (!place.told.problem.empty()) problems.push_back(place.told.problem);
    return problems;
}

}  // namespace mailban::io
