// The door over real sockets: what a mail server sends, byte by byte, and what it gets.
#include "io/policy/door.h"

#include "io/support/temp_directory.h"
#include "mailban/engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace mailban::io::door_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::string kPolicyKey = "0123456789abcdef";
const std::string kReportBody =
    R"({"login":"bob","protocol":"imap","remote":"192.0.2.7","session_id":"S","success":false,)"
    R"("policy_reject":false,"tls":false})";
const std::string kQuestionBody =
    R"({"login":"bob","protocol":"imap","remote":"192.0.2.7","session_id":"S","tls":false})";

Config door_config()
{
    Config config;
    config.rules = default_rules();
    config.policy.mode = PolicyMode::enforce;
    return config;
}

std::string policy_post(const std::string& command, const std::string& body,
                        const std::string& key = kPolicyKey)
{
    return "POST /?command=" + command + " HTTP/1.1\r\nHost: 127.0.0.1:4001\r\nX-API-Key: " + key +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

class APolicyDoor : public ::testing::Test {
protected:
    APolicyDoor()
    {
        write_key(kPolicyKey + "\n", 0600);
        settings_.mode = PolicyMode::enforce;
        settings_.key_file = directory_ / "key";
        settings_.dovecot = at("dovecot");
        settings_.postfix = at("postfix");
        settings_.exim = at("exim");
        // Far above what a busy machine lets a test wait.
        settings_.answer_within = 10s;
    }
    ~APolicyDoor() override
    {
        door_.close();
        context_.restart();
        context_.poll();
    }
    APolicyDoor(const APolicyDoor&) = delete;
    APolicyDoor& operator=(const APolicyDoor&) = delete;

    ListenAddress at(const std::string& name) const
    {
        ListenAddress address;
        address.path = directory_ / name;
        return address;
    }
    void write_key(const std::string& text, mode_t mode) const
    {
        const std::string path = directory_ / "key";
        std::ofstream(path) << text;
        ::chmod(path.c_str(), mode);
    }
    using Line = StreamSocket;
    Line connect(const std::string& name)
    {
        Line line(context_);
        line.connect(asio::local::stream_protocol::endpoint(directory_ / name));
        return line;
    }
    // What the server answers until it has said `end`, or closes.
    std::string converse(Line& line, const std::string& bytes, const std::string& end)
    {
        asio::write(line, asio::buffer(bytes));
        return hear(line, end);
    }
    std::string hear(Line& line, const std::string& end)
    {
        std::string heard;
        line.non_blocking(true);
        const auto limit = std::chrono::steady_clock::now() + 10s;
        while (heard.find(end) == std::string::npos && std::chrono::steady_clock::now() < limit) {
            context_.restart();
            context_.poll();
            std::array<char, 4096> buffer{};
            boost::system::error_code ec;
            const auto got = line.read_some(asio::buffer(buffer), ec);
            heard.append(buffer.data(), got);
            if (ec && ec != asio::error::would_block) return heard + "<end>";
        }
        return heard;
    }
    std::string ask(const std::string& name, const std::string& bytes, const std::string& end)
    {
        auto line = connect(name);
        return converse(line, bytes, end);
    }
    PolicyServerReport report_of(const std::string& server) const
    {
        for (const auto& one : door_.report().servers)
            if (one.server == server) return one;
        return {};
    }
    void ban() { ASSERT_TRUE(engine_.ban(*Prefix::parse("192.0.2.7/32"), 1h, "", now_)); }

    TempDirectory directory_{};
    asio::io_context context_{};
    Timestamp now_{std::chrono::seconds(1'800'000'000)};
    Engine engine_{door_config(), PrefixSet(), 1};
    std::vector<Event> taken_{};
    SourceNames names_{};
    PolicySettings settings_{};
    PolicyDoor door_{
        context_,
        [this](const Attempt& attempt, Timestamp now) { return engine_.answer(attempt, now); },
        [this](Event event, SourceId, Timestamp) { taken_.push_back(std::move(event)); },
        names_,
        [this] { return now_; },
        Seed{1},
        {.sessions = 3, .patience = 200ms}};
};

TEST_F(APolicyDoor, AnswersDovecotOverOneConnection)
{
    door_.configure(settings_);
    ASSERT_THAT(door_.problems(), IsEmpty());
    auto line = connect("dovecot");
    const auto allowed = converse(line, policy_post("allow", kQuestionBody), "\"\"}");
    EXPECT_THAT(allowed, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(allowed, HasSubstr("\r\n\r\n{\"status\":0,\"msg\":\"\"}"));
    ban();
    EXPECT_THAT(converse(line, policy_post("allow", kQuestionBody), "\"\"}"),
                HasSubstr("{\"status\":-1,"));
    EXPECT_EQ(report_of("dovecot").questions, 2U);
    EXPECT_EQ(report_of("dovecot").denied, 1U);
    EXPECT_EQ(report_of("dovecot").sessions, 1U);
}

TEST_F(APolicyDoor, AnswersRequestsThatCameTogether)
{
    door_.configure(settings_);
    auto line = connect("dovecot");
    const auto both = policy_post("allow", kQuestionBody) + policy_post("report", kReportBody) +
                      policy_post("allow", "{}");
    EXPECT_THAT(converse(line, both, "{\"status\":0,\"msg\":\"\"}HTTP"),
                StartsWith("HTTP/1.1 200"));
    hear(line, "\"\"}");
    EXPECT_EQ(taken_.size(), 1U);
}

TEST_F(APolicyDoor, TakesReportsAsEvents)
{
    door_.configure(settings_);
    EXPECT_THAT(ask("dovecot", policy_post("report", kReportBody), "\"\"}"),
                StartsWith("HTTP/1.1 200"));
    ASSERT_EQ(taken_.size(), 1U);
    EXPECT_EQ(taken_[0].kind, EventKind::auth_failure);
    EXPECT_EQ(taken_[0].ip.to_string(), "192.0.2.7");
    EXPECT_EQ(taken_[0].time, now_);
    EXPECT_EQ(report_of("dovecot").reports, 1U);
}

TEST_F(APolicyDoor, BelievesNobodyWithoutTheKey)
{
    door_.configure(settings_);
    for (const std::string wrong : {"", "0123456789abcdeg", "0123456789abcdef0"}) {
        EXPECT_THAT(ask("dovecot", policy_post("report", kReportBody, wrong), "\r\n\r\n"),
                    StartsWith("HTTP/1.1 401"))
            << wrong;
        EXPECT_THAT(ask("dovecot", policy_post("allow", kQuestionBody, wrong), "\r\n\r\n"),
                    StartsWith("HTTP/1.1 401"));
    }
    EXPECT_THAT(taken_, IsEmpty());
    EXPECT_EQ(report_of("dovecot").malformed, 6U);
}

TEST_F(APolicyDoor, RefusesWhatIsNoRequestOfDovecot)
{
    door_.configure(settings_);
    EXPECT_THAT(ask("dovecot", policy_post("shutdown", "{}"), "\r\n\r\n"),
                StartsWith("HTTP/1.1 404"));
    std::string get = policy_post("allow", "");
    get.replace(0, 4, "GET");
    EXPECT_THAT(ask("dovecot", get, "\r\n\r\n"), StartsWith("HTTP/1.1 405"));
    // Nonsense is allowed: a mail server is not to suffer from it.
    EXPECT_THAT(ask("dovecot", policy_post("allow", "[[["), "\"\"}"), HasSubstr("{\"status\":0,"));
    EXPECT_THAT(ask("dovecot", "\x16\x03\x01 this is TLS\r\n\r\n", "<never>"), "<end>");
    EXPECT_THAT(ask("dovecot", policy_post("report", std::string(20'000, 'x')), "<never>"),
                "<end>");
    EXPECT_THAT(ask("dovecot", "POST / HTTP/1.1\r\nX: " + std::string(20'000, 'x'), "<never>"),
                "<end>");
    EXPECT_THAT(taken_, IsEmpty());
}

const std::string kPostfixAsks =
    "request=smtpd_access_policy\nprotocol_state=CONNECT\nclient_address=192.0.2.7\n"
    "server_port=587\nsasl_username=\n\n";

TEST_F(APolicyDoor, AnswersPostfixOverOneConnection)
{
    door_.configure(settings_);
    auto line = connect("postfix");
    EXPECT_EQ(converse(line, kPostfixAsks, "\n\n"), "action=DUNNO\n\n");
    ban();
    EXPECT_EQ(converse(line, kPostfixAsks, "\n\n"), "action=REJECT\n\n");
    EXPECT_EQ(converse(line, "request=junk\n\n", "<never>"), "action=DUNNO\n\n<end>");
    EXPECT_EQ(ask("postfix", "no name\n", "<never>"), "action=DUNNO\n\n<end>");
    EXPECT_EQ(ask("postfix", std::string(20'000, 'x'), "<never>"), "<end>");
    EXPECT_EQ(report_of("postfix").questions, 2U);
    EXPECT_EQ(report_of("postfix").malformed, 2U);
}

// As after a turn of the daemon that took too long, or after a hang.
void be_busy_for(std::chrono::milliseconds span)
{
    const auto end = std::chrono::steady_clock::now() + span;
    while (std::chrono::steady_clock::now() < end)
        continue;
}

TEST_F(APolicyDoor, AnswersNoQuestionThatHasWaitedTooLong)
{
    ListenAddress port;
    port.ip = IpAddress::v4(127, 0, 0, 1);
    asio::ip::tcp::acceptor free_port(context_, {asio::ip::address_v4::loopback(), 0});
    port.port = free_port.local_endpoint().port();
    free_port.close();
    settings_.answer_within = 200ms;
    settings_.exim = port;
    door_.configure(settings_);
    auto dovecot = connect("dovecot");
    auto postfix = connect("postfix");
    EXPECT_THAT(converse(dovecot, policy_post("allow", kQuestionBody), "\"\"}"),
                StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(converse(postfix, kPostfixAsks, "\n\n"), "action=DUNNO\n\n");
    asio::write(dovecot, asio::buffer(policy_post("allow", kQuestionBody)));
    asio::write(postfix, asio::buffer(std::string(kPostfixAsks)));
    Line exim(context_);
    exim.connect(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port.port));
    asio::write(exim, asio::buffer(std::string("192.0.2.7 587 bob\n")));
    auto late_client = connect("postfix");
    asio::write(late_client, asio::buffer(std::string(kPostfixAsks)));
    be_busy_for(300ms);
    EXPECT_EQ(hear(dovecot, "<never>"), "<end>");
    EXPECT_EQ(hear(postfix, "<never>"), "<end>");
    EXPECT_EQ(hear(exim, "<never>"), "<end>");
    EXPECT_EQ(hear(late_client, "<never>"), "<end>");
    EXPECT_EQ(report_of("dovecot").late, 1U);
    EXPECT_EQ(report_of("dovecot").questions, 1U);
    EXPECT_EQ(report_of("postfix").late, 2U);
    EXPECT_EQ(report_of("exim").late, 1U);
    // It is over: whoever asks now is answered, once the loop has had its turn twice.
    const auto again = [&] { return ask("postfix", kPostfixAsks, "\n\n"); };
    const auto limit = std::chrono::steady_clock::now() + 10s;
    while (again() != "action=DUNNO\n\n" && std::chrono::steady_clock::now() < limit)
        continue;
    EXPECT_EQ(again(), "action=DUNNO\n\n");
}

TEST_F(APolicyDoor, TakesReportsHoweverLateTheyAre)
{
    settings_.answer_within = 200ms;
    door_.configure(settings_);
    auto line = connect("dovecot");
    asio::write(line, asio::buffer(policy_post("report", kReportBody)));
    be_busy_for(300ms);
    EXPECT_THAT(hear(line, "\"\"}"), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(taken_.size(), 1U);
    EXPECT_EQ(report_of("dovecot").late, 0U);
}

TEST_F(APolicyDoor, AnswersEximAndCloses)
{
    door_.configure(settings_);
    EXPECT_EQ(ask("exim", "192.0.2.7 587 bob\n", "<never>"), "allow<end>");
    ban();
    EXPECT_EQ(ask("exim", "192.0.2.7 587 bob\n", "<never>"), "deny<end>");
    EXPECT_THAT(taken_, ElementsAre(::testing::Field(&Event::kind, EventKind::rejected)));
    EXPECT_EQ(ask("exim", "192.0.2.7\n", "<never>"), "allow<end>");
    EXPECT_EQ(ask("exim", std::string(2000, 'x'), "<never>"), "<end>");
}

TEST_F(APolicyDoor, TakesSoManyRefusalsOfEximASecondAtMost)
{
    door_.configure(settings_);
    ban();
    for (int question = 0; question < 150; ++question)
        ASSERT_EQ(ask("exim", "192.0.2.7 587 bob\n", "<never>"), "deny<end>");
    EXPECT_EQ(taken_.size(), 100U);
    now_ += 1s;
    EXPECT_EQ(ask("exim", "192.0.2.7 587 bob\n", "<never>"), "deny<end>");
    EXPECT_EQ(taken_.size(), 101U);
}

TEST_F(APolicyDoor, HasSoManyPlacesAndCutsOffTheSilent)
{
    door_.configure(settings_);
    std::vector<Line> silent;
    for (int i = 0; i < 3; ++i)
        silent.push_back(connect("postfix"));
    auto refused = connect("postfix");
    EXPECT_EQ(hear(refused, "<never>"), "<end>");
    EXPECT_EQ(report_of("postfix").rejected_connections, 1U);
    // Those of others are not touched.
    EXPECT_EQ(ask("exim", "192.0.2.7 587 bob\n", "<never>"), "allow<end>");
    for (auto& line : silent)
        EXPECT_EQ(hear(line, "<never>"), "<end>");
    EXPECT_EQ(ask("postfix", kPostfixAsks, "\n\n"), "action=DUNNO\n\n");
}

TEST_F(APolicyDoor, MovesAndClosesAsItIsConfigured)
{
    door_.configure(settings_);
    auto line = connect("postfix");
    EXPECT_EQ(converse(line, kPostfixAsks, "\n\n"), "action=DUNNO\n\n");
    settings_.exim = at("elsewhere");
    door_.configure(settings_);
    // What has not changed goes on.
    EXPECT_EQ(converse(line, kPostfixAsks, "\n\n"), "action=DUNNO\n\n");
    EXPECT_EQ(ask("elsewhere", "192.0.2.7 587\n", "<never>"), "allow<end>");
    EXPECT_THROW(connect("exim"), boost::system::system_error);
    settings_.mode = PolicyMode::off;
    door_.configure(settings_);
    EXPECT_EQ(hear(line, "<never>"), "<end>");
    for (const std::string name : {"postfix", "dovecot", "elsewhere"})
        EXPECT_FALSE(std::filesystem::exists((directory_ / name))) << name;
    EXPECT_THAT(door_.report().servers, IsEmpty());
    settings_.mode = PolicyMode::enforce;
    door_.configure(settings_);
    EXPECT_EQ(ask("postfix", kPostfixAsks, "\n\n"), "action=DUNNO\n\n");
    door_.look_after();
}

TEST_F(APolicyDoor, ListensOnALoopbackPort)
{
    asio::ip::tcp::acceptor other(context_, {asio::ip::address_v4::loopback(), 0});
    ListenAddress port;
    port.ip = IpAddress::v4(127, 0, 0, 1);
    port.port = other.local_endpoint().port();
    settings_.postfix = port;
    door_.configure(settings_);
    EXPECT_THAT(door_.problems(),
                ElementsAre(HasSubstr("policy.postfix.listen: cannot listen on")));
    EXPECT_EQ(report_of("postfix").problem, door_.problems().at(0));
    other.close();
    door_.look_after();
    EXPECT_THAT(door_.problems(), IsEmpty());
    asio::ip::tcp::socket client(context_);
    client.connect({asio::ip::address_v4::loopback(), port.port});
    client.close();
}

TEST_F(APolicyDoor, NeedsAGoodKeyForReports)
{
    write_key("short\n", 0600);
    door_.configure(settings_);
    EXPECT_THAT(door_.problems(), ElementsAre(HasSubstr("expected at least 16")));
    write_key(kPolicyKey, 0604);
    door_.look_after();
    EXPECT_THAT(door_.problems(), ElementsAre(HasSubstr("chmod o-r")));
    std::filesystem::remove(settings_.key_file);
    door_.look_after();
    EXPECT_THAT(door_.problems(), ElementsAre(HasSubstr("policy.dovecot.key_file: ")));
    // The others are asked meanwhile.
    EXPECT_EQ(ask("exim", "192.0.2.7 587 bob\n", "<never>"), "allow<end>");
    write_key(kPolicyKey, 0600);
    door_.look_after();
    EXPECT_THAT(door_.problems(), IsEmpty());
    EXPECT_THAT(ask("dovecot", policy_post("allow", kQuestionBody), "\"\"}"),
                StartsWith("HTTP/1.1 200"));
}

TEST_F(APolicyDoor, TouchesNoFileThatIsNoSocket)
{
    std::ofstream((directory_ / "exim")) << "precious";
    door_.configure(settings_);
    EXPECT_THAT(door_.problems(), ElementsAre(HasSubstr("exists and is not a socket")));
    door_.close();
    EXPECT_TRUE(std::filesystem::is_regular_file((directory_ / "exim")));
}

}  // namespace
}  // namespace mailban::io::door_test
