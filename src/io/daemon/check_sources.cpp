#include "io/daemon/check_sources.h"

#include "io/daemon/blind.h"
#include "io/daemon/check_access.h"
#include "io/daemon/check_journal.h"
#include "io/daemon/glance.h"
#include "io/daemon/system.h"
#include "io/daemon/zones.h"
#include "io/discover/discover.h"
#include "io/source/journal_tail.h"
#include "io/source/log_glob.h"
#include "mailban/control/health.h"
#include "mailban/control/report.h"
#include "mailban/parse/webmail.h"
#include "mailban/plural.h"
#include "mailban/time/local_text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

namespace mailban::io {

namespace {

using Grade = Finding::Grade;

// How much of a log's end is read to see whether its lines are understood.
constexpr off_t kSampleBytes = 1024L * 1024;

std::string read_end(int fd, off_t size)
{
    std::string text(static_cast<std::size_t>(std::min(size, kSampleBytes)), '\0');
    const ssize_t got =
        ::pread(fd, text.data(), text.size(), size - static_cast<off_t>(text.size()));
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

std::vector<Finding> judge_lines(const std::string& subject, const std::string& text,
                                 const SourceConfig& source, Glance& glance)
{
    const Timestamp now = system_now();
    LogParser log(source.parser, zone_of(source, now), source.patterns, source.assured,
                  random_seed());
    std::size_t lines = 0;
    std::size_t events = 0;
    std::optional<Timestamp> newest;
    for (std::size_t from = 0, to = 0; (to = text.find('\n', from)) != std::string::npos;
         from = to + 1) {
        ++lines;
        const auto event = log.parse(std::string_view(text).substr(from, to - from), now);
        glance.count(log);
        if (!event) continue;
        ++events;
        newest = newest ? std::max(*newest, event->time) : event->time;
    }
    const std::string counts = "readable; " + plural(events, "event", "events") + " in the last " +
                               plural(lines, "line", "lines");
    std::vector<Finding> findings{{Grade::well, subject, counts}};
    if (newest && *newest > now + std::chrono::minutes(1)) {
        findings.front() = {Grade::warning, subject,
                            counts + "; its newest stamp, " + local_text(*newest, local_zone(now)) +
                                ", is in the future; check the time zone of the "
                                "server, or set 'zone' of the source"};
    }
    add_concerns(subject, log.concerns(), findings);
    return findings;
}

std::vector<Finding> check_log(const std::string& path, const SourceConfig& source, Glance& glance)
{
    const std::string subject = "log " + path;
    const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        return {{Grade::warning, subject, "does not exist yet; mailban waits for it"}};
    }
    if (fd < 0) {
        const int code = errno;
        std::string text = std::string("cannot be read: ") + std::strerror(code);
        if (code == EACCES) text += who_may_read(path);
        return {{Grade::wrong, subject, std::move(text)}};
    }
    struct stat st = {};
    ::fstat(fd, &st);
    std::vector<Finding> findings{{Grade::wrong, subject, "is not a regular file"}};
    if (S_ISREG(st.st_mode))
        findings = judge_lines(subject, read_end(fd, st.st_size), source, glance);
    ::close(fd);
    return findings;
}

// A server that is named, but whose lines are not believed without the administrator's word.
void check_assurances(const SourceConfig& source, std::vector<Finding>& findings)
{
    const auto warn_of = [&](MailServer server, bool is_assured) {
        const auto any = MailServers::any();
        const bool is_by_itself = any.contains(server) && source.parser.contains(any);
        if (is_assured || is_by_itself || !source.parser.contains(server)) return;
        const std::string subject = "source " + (source.file.empty() ? "journal" : source.file);
        findings.push_back({Grade::warning, subject,
                            std::string(to_string(server)) +
                                " is named, but its lines are ignored: " +
                                std::string(explain(Concern::forgeable)) + " " +
                                std::string(advice_on(Concern::forgeable, server))});
    };
    warn_of(MailServer::sogo, source.assured.trusted_front_end);
    warn_of(MailServer::horde, source.assured.escaped_line_feeds);
    warn_of(MailServer::mailcow, source.assured.escaped_line_feeds);
    warn_of(MailServer::nextcloud, source.assured.trusted_front_end);
}

// One log as it was found, in the words of the daemon's own report, which judges both.
struct Looked {
    std::vector<Finding> findings{};
    SourceReport report{};
    Glance glance{};
};

bool is_wrong(const Finding& finding)
{
    return finding.grade == Grade::wrong;
}

void settle(Looked& looked)
{
    SourceReport& report = looked.report;
    report.caught_up = true;
    report.is_unreadable = std::any_of(looked.findings.begin(), looked.findings.end(), is_wrong);
    if (report.is_unreadable) report.present = false;
    report.known = looked.glance.known;
    report.is_new = looked.glance.is_new;
}

Looked look_at_file(const std::string& path, const SourceConfig& source,
                    const std::optional<Sandbox>& sandbox)
{
    Looked looked;
    looked.report.file = path;
    looked.report.is_pattern = is_glob(path);
    if (const auto hidden = hidden_text(path, sandbox)) {
        looked.findings.push_back({Grade::wrong, "log " + path, *hidden});
        settle(looked);
        return looked;
    }
    looked.findings = check_log(path, source, looked.glance);
    looked.report.present = ::access(path.c_str(), R_OK) == 0;
    if (looked.report.is_pattern)
        looked.findings = {{Grade::warning, "log " + path, "no log matches this pattern (yet)"}};
    // The predecessor that rotation made may show what the log itself does not.
    if (looked.report.present && looked.glance.known == 0)
        looked.glance = glance_at_file(path, source);
    settle(looked);
    return looked;
}

Looked look_at_journal(const SourceConfig& source)
{
    Looked looked;
    looked.report.present = true;
    looked.findings = check_journal(source);
    for (const auto& match : journal_matches(source)) {
        looked.report.file +=
            (looked.report.file.empty() ? "" : ", ") + journal_name(source.directory, match);
        const Glance glance = glance_at_journal(match, source);
        looked.glance.lines += glance.lines;
        looked.glance.known += glance.known;
        looked.glance.is_new = looked.glance.is_new || glance.is_new;
        for (std::size_t at = 0; at < glance.servers.size(); ++at)
            looked.glance.servers[at] += glance.servers[at];
    }
    settle(looked);
    return looked;
}

std::vector<Looked> look_at(const SourceConfig& source, const std::optional<Sandbox>& sandbox)
{
    std::vector<Looked> all;
    if (source.file.empty()) {
        all.push_back(look_at_journal(source));
    } else {
        auto files = matching_logs(source.file);
        if (files.empty()) files.push_back(source.file);
        for (const auto& file : files)
            all.push_back(look_at_file(file, source, sandbox));
    }
    return all;
}

std::string servers_in(const std::vector<Looked>& all)
{
    std::string names;
    for (std::size_t at = 0; at < kMailServers; ++at) {
        const auto has_it = [at](const Looked& one) { return one.glance.servers[at] > 0; };
        if (std::none_of(all.begin(), all.end(), has_it)) continue;
        names += (names.empty() ? "" : ", ") + std::string(to_string(static_cast<MailServer>(at)));
    }
    return names;
}

Finding judge_all(const Config& config, const std::vector<Looked>& all)
{
    std::vector<SourceReport> reports;
    reports.reserve(all.size());
    for (const auto& looked : all)
        reports.push_back(looked.report);
    switch (judge_sight(reports)) {
    case Sight::sees: return {Grade::well, "sources", "lines found: " + servers_in(all)};
    case Sight::waits:
        return {Grade::warning, "sources",
                "no line of a mail server yet, in logs that are less than a day old; if this does "
                "not change, the mail server logs elsewhere"};
    case Sight::blind: break;
    }
    std::string text = why_blind(reports) + ": mailban can ban nobody";
    if (const auto advice = advise_blind(config); !advice.empty()) text += "; " + advice;
    return {Grade::wrong, "sources", std::move(text)};
}

bool shows_webmail(const Looked& looked)
{
    return looked.glance.shows([](MailServer server) { return is_webmail(server); });
}

void check_webmail(const Config& config, const std::vector<Looked>& all,
                   std::vector<Finding>& findings)
{
    const PortSet& ports = config.firewall.ports;
    if (ports.covers({false, {443}})) return;
    const auto webmail = std::find_if(all.begin(), all.end(), shows_webmail);
    if (webmail == all.end()) return;
    findings.push_back(
        {Grade::warning, "ports",
         webmail->report.file +
             " is the log of a webmail, whose clients use port 443. This port is not in "
             "firewall.ports, so banned clients can continue; add 443 (and 80)"});
}

void mark_as_found(std::vector<Finding>& findings)
{
    for (auto& finding : findings)
        if (finding.grade == Grade::well) finding.text += " (found by auto)";
}

}  // namespace

std::vector<Finding> check_sources(const Config& config, const std::optional<Sandbox>& sandbox)
{
    std::vector<Finding> findings;
    std::vector<Looked> all;
    const Found found = config.discover ? discover() : Found();
    for (const auto& remark : found.remarks)
        findings.push_back({Grade::warning, "sources", remark});
    for (const auto& source : all_sources(config, found)) {
        check_assurances(source, findings);
        for (auto& looked : look_at(source, sandbox)) {
            looked.report.found = source.found;
            if (source.found) mark_as_found(looked.findings);
            all.push_back(std::move(looked));
        }
    }
    for (const auto& looked : all)
        findings.insert(findings.end(), looked.findings.begin(), looked.findings.end());
    findings.push_back(judge_all(config, all));
    check_webmail(config, all, findings);
    return findings;
}

}  // namespace mailban::io
