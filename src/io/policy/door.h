// PolicyDoor: where this machine's mail servers ask before they compare a password, and where
// Dovecot reports what became of it.
//
// It decides nothing: the engine answers, in the daemon's own thread, and reports go the way of all
// events. So does what Exim, which does not report, was told to refuse. Whatever goes wrong here,
// the mail server goes on as if it had not asked: it is closed while the daemon starts or stops,
// and a question that has waited for too long is not answered. One question of each connection is
// answered in a turn of the daemon, and there are so many connections at most: mail servers can ask
// as fast as they like, logs are read between.
#pragma once

#include "io/asio.h"
#include "io/http/listener.h"
#include "io/http/serve.h"
#include "mailban/control/report.h"
#include "mailban/event/source.h"
#include "mailban/net/seed.h"
#include "mailban/policy/attempt.h"
#include "mailban/policy/settings.h"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

class PolicyDoor {
public:
    using Clock = std::function<Timestamp()>;
    // Engine::answer() and Intake::take(), of a report that has come now.
    using Ask = std::function<PolicyAnswer(const Attempt&, Timestamp)>;
    using Take = std::function<void(Event, SourceId, Timestamp)>;
    // Of each answer that does not allow, or would not if it enforced.
    using Tell = std::function<void(PolicyAsker, const Attempt&, const PolicyAnswer&, Timestamp)>;

    // `seed`: the key under which passwords are told apart; it is this process's own secret.
    PolicyDoor(asio::io_context& context, Ask ask, Take take, SourceNames& names, Clock clock,
               Seed seed, ListenerLimits limits = {});
    PolicyDoor(const PolicyDoor&) = delete;
    PolicyDoor& operator=(const PolicyDoor&) = delete;

    void tell_refusals(Tell tell) { tell_ = std::move(tell); }

    // Opens, moves and closes what these settings change; where nothing changes, connections stay.
    // A place that cannot be had is a problem, and is tried again by look_after().
    void configure(const PolicySettings& settings);
    // Once a minute.
    void look_after();
    void close();

    PolicyReport report() const;
    std::vector<std::string> problems() const;

private:
    struct Place {
        ListenAddress address{};
        std::unique_ptr<Listener> listener{};  // null: none is wanted
        Duration answer_within{};
        Timestamp late_since{};     // of which the log has told
        PolicyServerReport told{};  // since the start
    };

    Place& place_of(PolicyAsker asker);
    void open(PolicyAsker asker, const std::optional<ListenAddress>& address);
    void open_listener(PolicyAsker asker, Place& place);
    Status read_key();
    void retire(Place& place);
    asio::awaitable<void> serve_dovecot(Session& session);
    asio::awaitable<void> serve_postfix(Session& session);
    asio::awaitable<void> serve_exim(Session& session);
    std::optional<HttpResponse> answer_http(const HttpRequest& request, Session& session);
    HttpResponse answer_question(std::string_view body);
    HttpResponse take_report(std::string_view body);
    PolicyAnswer ask(PolicyAsker asker, const Attempt& attempt);
    void take_refusal(const Attempt& attempt, const PolicyAnswer& answer);
    bool is_late(PolicyAsker asker, Session& session);
    void note_malformed(PolicyAsker asker, const std::string& why);
    bool may_say();

    asio::io_context& context_;
    Ask ask_;
    Take take_;
    Tell tell_{};
    Clock clock_;
    Seed seed_;
    ListenerLimits limits_;
    SourceId source_;    // of reports
    SourceId refusals_;  // of what Exim was told
    PolicySettings settings_{};
    std::string key_{};
    std::array<Place, kPolicyAskers> places_{};
    std::vector<std::unique_ptr<Listener>> retired_{};
    Timestamp saying_since_{};  // a minute in which the log gets so many lines at most
    int said_ = 0;
    std::uint64_t unsaid_ = 0;
    Timestamp refusing_since_{};  // a second in which so many refusals are events at most
    int refused_ = 0;
};

}  // namespace mailban::io
