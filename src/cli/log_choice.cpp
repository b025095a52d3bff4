#include "cli/log_choice.h"

#include "cli/config_file.h"
#include "cli/since.h"
#include "io/discover/discover.h"
#include "io/discover/journal_parts.h"
#include "io/source/journal.h"
#include "io/source/log_glob.h"
#include "io/source/past_files.h"
#include "mailban/plural.h"

#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <utility>

namespace mailban::cli {

namespace {

bool has_own_config()
{
    // One that may not be read is one: its error has to be seen.
    return ::access(kDefaultConfig, F_OK) == 0 || errno != ENOENT;
}

// Whether the file is what the source follows, or was it before it was rotated: mainlog.1.gz,
// mainlog-20261101.
bool is_log_of(const SourceConfig& source, const std::string& path)
{
    if (source.file.empty()) return false;
    for (const char* end : {"", ".*", "-*"}) {
        if (::fnmatch((source.file + end).c_str(), path.c_str(), FNM_PATHNAME) == 0) return true;
    }
    return false;
}

OldLog log_of(const SourceConfig& source)
{
    return {.servers = source.parser,
            .patterns = source.patterns,
            .assured = source.assured,
            .zone = source.zone};
}

OldLog as_configured(const std::string& file, const Config& config)
{
    std::error_code ec;
    const auto path = std::filesystem::absolute(file, ec).lexically_normal().string();
    const auto source = std::find_if(config.sources.begin(), config.sources.end(),
                                     [&](const SourceConfig& one) { return is_log_of(one, path); });
    OldLog log{.patterns = config.patterns};
    if (source != config.sources.end()) log = log_of(*source);
    log.file = file;
    return log;
}

class Choice {
public:
    Choice(const LogChoice& choice, const Config& config, std::optional<Timestamp> since)
        : choice_(choice), config_(config), since_(since)
    {
    }

    void add_named_files()
    {
        for (const auto& file : choice_.files)
            logs_.push_back(as_configured(file, config_));
    }

    // False: it cannot be read, which was said.
    bool add_journal()
    {
        const bool is_here = choice_.directory.empty();
        const auto found = config_.discover && is_here ? io::discover() : Found();
        for (auto source : all_sources(config_, found)) {
            if (!is_here) source.directory = choice_.directory;
            if (source.file.empty()) add_journal_of(source);
        }
        const bool is_named = !logs_.empty();
        if (is_named && !config_.discover) return true;
        const auto parts = io::journal_parts(choice_.directory);
        // Whoever reads the parts that are named will say so.
        if (!parts) return is_named || fail(kFailed, parts.error().message) == kDone;
        for (const auto& part : *parts)
            add_part(part.match, OldLog{.patterns = config_.patterns}, choice_.directory);
        return true;
    }

    void add_sources()
    {
        const auto found = config_.discover ? io::discover() : Found();
        for (const auto& remark : found.remarks)
            fail(kDone, remark);
        const bool has_journal = io::journal_access("") != io::JournalAccess::none;
        const auto sources = all_sources(config_, found);
        for (const auto& source : sources) {
            if (source.file.empty() && (has_journal || !source.found)) add_journal_of(source);
        }
        for (const auto& source : sources) {
            if (!source.file.empty()) add_files_of(source);
        }
        std::stable_sort(files_.begin(), files_.end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
        for (auto& [written, log] : files_)
            logs_.push_back(std::move(log));
    }

    const std::vector<std::string>& absent() const { return absent_; }
    // Nothing is there, be it older than `since`.
    bool is_empty() const { return logs_.empty() && !are_old_; }
    std::vector<OldLog>&& take() { return std::move(logs_); }

private:
    void add_journal_of(const SourceConfig& source)
    {
        for (const auto& match : io::journal_matches(source))
            add_part(match, log_of(source), source.directory);
    }

    // An entry that several parts would take is the first one's.
    void add_part(const io::JournalMatch& match, OldLog log, const std::string& directory)
    {
        io::JournalSelection part{directory, match, {}};
        for (const auto& [other, its_directory] : taken_) {
            if (its_directory != directory) continue;
            if (other == match) return;
            part.others.push_back(other);
        }
        taken_.emplace_back(match, directory);
        log.journal = std::move(part);
        log.since = since_;
        logs_.push_back(std::move(log));
    }

    void add_files_of(const SourceConfig& source)
    {
        const auto found = io::past_files(source.file, since_);
        if (found.empty() && since_) are_old_ |= !io::past_files(source.file, {}).empty();
        for (const auto& [path, written] : found) {
            if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
                absent_.push_back(path);
                continue;
            }
            if (!paths_.insert(path).second) continue;
            OldLog log = log_of(source);
            log.file = path;
            files_.emplace_back(written, std::move(log));
        }
    }

    const LogChoice& choice_;
    const Config& config_;
    std::optional<Timestamp> since_;
    std::vector<OldLog> logs_{};
    std::vector<std::pair<Timestamp, OldLog>> files_{};
    std::set<std::string> paths_{};
    std::vector<std::pair<io::JournalMatch, std::string>> taken_{};
    std::vector<std::string> absent_{};
    bool are_old_ = false;
};

std::string joined(const std::vector<std::string>& names)
{
    constexpr std::size_t kMostNamed = 5;
    std::string text;
    for (std::size_t at = 0; at < std::min(names.size(), kMostNamed); ++at)
        text += (at == 0 ? "" : ", ") + names[at];
    const auto more = names.size() - std::min(names.size(), kMostNamed);
    return more == 0 ? text : text + " and " + std::to_string(more) + " more";
}

int nothing_to_read(const LogChoice& choice, const NamedConfig& config,
                    const std::vector<std::string>& absent)
{
    if (choice.journal || !choice.directory.empty())
        return fail(kFailed, "this journal has no entries of mail servers");
    if (!absent.empty())
        return fail(kFailed, "no log of " + config.name + " exists: " + joined(absent) +
                                 "; name the files to read, or use --journal");
    return fail(kFailed,
                "no mail log was found on this machine; name the files to read, or use --journal");
}

}  // namespace

void add_log_choice(CLI::App& command, LogChoice& choice)
{
    command.add_flag("--journal", choice.journal,
                     "Read the entries of mail servers in the journal");
    command
        .add_option("--directory", choice.directory,
                    "Read the journal files in this directory, for example of another machine")
        ->type_name("DIR");
    command
        .add_option("--since", choice.since,
                    "Only events since then: 7d, 12h, 2026-11-01, 2026-11-01T06:00:00Z")
        ->type_name("TIME");
    command
        .add_option("--config", choice.config,
                    std::string("The configuration file; default ") + kDefaultConfig +
                        ", or the default rules and sources: auto without it")
        ->type_name("FILE");
}

void add_log_files(CLI::App& command, LogChoice& choice)
{
    command
        .add_option("files", choice.files,
                    "Logs: plain text, .gz or .zst; - is standard input. Default: the sources of "
                    "the configuration")
        ->type_name("FILE");
}

std::optional<NamedConfig> read_own_config(const std::string& path)
{
    NamedConfig read{"the default rules", {}};
    if (path.empty() && !has_own_config()) {
        read.config.rules = default_rules();
        read.config.discover = true;
        return read;
    }
    read.name = path.empty() ? kDefaultConfig : path;
    auto config = read_config_and_warn(read.name);
    if (!config) return std::nullopt;
    read.config = std::move(*config);
    return read;
}

std::variant<ChosenLogs, int> choose_logs(const LogChoice& choice, const NamedConfig& config,
                                          Timestamp now)
{
    ChosenLogs chosen;
    if (!choice.since.empty()) chosen.since = parse_since(choice.since, now);
    if (!choice.since.empty() && !chosen.since) {
        return fail(kWrongUsage,
                    "--since takes an age such as 7d or 12h, or a time such as "
                    "2026-11-01 or 2026-11-01T06:00:00Z");
    }
    Choice logs(choice, config.config, chosen.since);
    const bool from_journal = choice.journal || !choice.directory.empty();
    // The journal lasts longest: it is among the first to be opened.
    if (from_journal && !logs.add_journal()) return kFailed;
    logs.add_named_files();
    if (!from_journal && choice.files.empty()) logs.add_sources();
    if (logs.is_empty()) return nothing_to_read(choice, config, logs.absent());
    chosen.logs = logs.take();
    return chosen;
}

void note_unknown(const OldLogs& logs)
{
    const auto unknown = logs.unknown();
    if (unknown.empty()) return;
    std::uint64_t lines = 0;
    std::vector<std::string> names;
    for (const auto& log : unknown) {
        lines += log.lines;
        names.push_back(log.file == "-" ? "standard input" : log.file);
    }
    fail(kDone, joined(names) + ": " + plural(lines, "line", "lines") +
                    ", and none of a mail server that mailban knows; to see them, run "
                    "`mailban explain FILE`" +
                    (names.front() == "standard input" ? " (--file - for standard input)" : ""));
}

}  // namespace mailban::cli
