#include "cli/command.h"
#include "cli/config_change.h"
#include "cli/terminal.h"
#include "io/daemon/system.h"
#include "io/discover/discover.h"
#include "io/import/import_files.h"
#include "mailban/ascii_json.h"
#include "mailban/plural.h"
#include "mailban/words.h"

#include <iostream>
#include <memory>
#include <utility>

namespace mailban::cli {

namespace {

using nlohmann::ordered_json;

constexpr const char* kFail2banFolder = "/etc/fail2ban";
constexpr const char* kFail2banDatabase = "/var/lib/fail2ban/fail2ban.sqlite3";
constexpr const char* kFail2banPidFile = "/run/fail2ban/fail2ban.pid";
constexpr const char* kCsfFolder = "/etc/csf";
constexpr const char* kCsfState = "/var/lib/csf";
constexpr const char* kLfdPidFile = "/run/lfd.pid";

struct ImportOptions : DaemonOptions {
    std::string from{};
    std::string database{};  // of fail2ban; of csf: the folder of its temporary lists
    std::string config = kDefaultConfig;
    bool writes = false;
    bool only_bans = false;
    bool has_socket = false;  // the socket is named; else the configuration says it
};

// What an import found, whichever program it is of.
struct ImportSource {
    std::string program{};
    Imported imported{};
    std::string warning{};  // that the other program runs; empty: it does not
};

// What was done.
struct ImportOutcome {
    bool is_written = false;
    std::size_t handed_over = 0;  // bans
    int code = kDone;
};

std::string running_text(const std::string& program, const std::string& parts,
                         const std::string& remedy)
{
    return program + " runs and bans for the same logs (" + parts +
           "); two programs then count, ban "
           "and unban the same clients. When mailban bans, " +
           remedy;
}

std::string jails_of(const Fail2ban& settings)
{
    std::vector<std::string> names;
    for (const auto& jail : settings.jails)
        if (jail.is_mail) names.push_back(jail.name);
    return joined(names);
}

std::variant<ImportSource, int> read_fail2ban_source(const ImportOptions& options)
{
    const auto files = io::read_fail2ban_files(options.from);
    if (!files) return fail(kFailed, files.error().message + "; name the folder with --from");
    auto settings = read_fail2ban(*files);
    if (!settings)
        return fail(kFailed, options.from + ": " + settings.error().message +
                                 "; name the folder of fail2ban's configuration with --from");
    const bool is_named = !options.database.empty();
    const auto database = is_named                              ? options.database
                          : settings->database.starts_with('/') ? settings->database
                                                                : kFail2banDatabase;
    // "None" and ":memory:" keep no bans.
    const auto rows = io::read_fail2ban_bans(database);
    if (!rows && is_named) return fail(kFailed, rows.error().message);
    if (rows) add_standing_bans(*rows, io::system_now(), *settings);
    if (!rows)
        settings->imported.notes.push_back({ImportNote::Fate::not_carried, "bans",
                                            rows.error().message + "; name it with --database"});
    ImportSource source{"fail2ban", std::move(settings->imported), {}};
    const auto pid_file =
        settings->pid_file.starts_with('/') ? settings->pid_file : std::string(kFail2banPidFile);
    const auto jails = jails_of(*settings);
    if (io::is_running(pid_file) && !jails.empty())
        source.warning = running_text("fail2ban", "jails " + jails,
                                      "set `enabled = false` for these jails in " + options.from +
                                          "/jail.local and run `fail2ban-client reload`");
    return source;
}

std::variant<ImportSource, int> read_csf_source(const ImportOptions& options)
{
    const auto files = io::read_csf_files(options.from, options.database);
    if (!files) return fail(kFailed, files.error().message);
    auto imported = read_csf(*files, io::system_now());
    if (!imported)
        return fail(kFailed, options.from + ": " + imported.error().message +
                                 "; name the folder of csf's configuration with --from");
    ImportSource source{"csf", std::move(*imported), {}};
    std::vector<std::string> keys;
    for (const auto& rule : source.imported.rules)
        keys.push_back(rule.from);
    if (io::is_running(kLfdPidFile) && !keys.empty())
        source.warning = running_text(
            "lfd", joined(keys),
            "set these keys to \"0\" in " + options.from + "/csf.conf and run `csf -ra`");
    return source;
}

Request request_of(const ImportedBan& ban, Timestamp now)
{
    Request request{Verb::ban};
    request.prefix = ban.prefix;
    request.is_address = ban.prefix.is_host();
    request.length.reset();
    if (ban.until) request.length = std::max<Duration>(*ban.until - now, std::chrono::seconds(1));
    request.reason = ban.reason.substr(0, kMaxReasonLength);
    request.imported_from = ban.from.substr(0, kMaxImportedFromLength);
    return request;
}

// The daemon refuses bans of addresses that it never bans; the others go on.
void hand_over(const std::vector<ImportedBan>& bans, const DaemonOptions& options,
               ImportOutcome& outcome)
{
    const auto only_page = [](auto&, const auto&) {};
    for (const auto& ban : bans) {
        const auto asked = ask_quietly(options, request_of(ban, io::system_now()), only_page);
        if (asked.code == kDone) {
            ++outcome.handed_over;
            continue;
        }
        outcome.code = fail(asked.code, asked.error);
        if (asked.code == kNotRunning) return;
    }
}

ordered_json to_json(const ImportedBan& ban)
{
    return {{"prefix", ban.prefix.to_string()},
            {"until", ban.until ? ordered_json(format_timestamp(*ban.until)) : ordered_json()},
            {"from", ban.from}};
}

void print_json(const ImportSource& source, const ImportPlan& plan, const ConfigChange& change,
                const ImportOutcome& outcome)
{
    auto notes = ordered_json::array();
    for (const auto& note : plan.notes)
        notes.push_back({{"fate", kImportFateNames.of(note.fate)},
                         {"subject", note.subject},
                         {"text", note.text}});
    auto bans = ordered_json::array();
    for (const auto& ban : source.imported.bans)
        bans.push_back(to_json(ban));
    const ordered_json whole{{"program", source.program},
                             {"notes", std::move(notes)},
                             {"bans", std::move(bans)},
                             {"config", change.path},
                             {"diff", diff_text(change)},
                             {"written", outcome.is_written},
                             {"handed_over", outcome.handed_over},
                             {"warning", source.warning}};
    std::cout << ascii_json(whole) << '\n';
}

void print_notes(const std::vector<ImportNote>& notes)
{
    for (const auto fate :
         {ImportNote::Fate::carried, ImportNote::Fate::covered, ImportNote::Fate::not_carried}) {
        for (const auto& note : notes) {
            if (note.fate != fate) continue;
            const auto name = std::string(kImportFateNames.of(fate));
            const bool is_lost = fate == ImportNote::Fate::not_carried;
            std::cout << paint(is_lost ? Colour::yellow : Colour::green, name)
                      << std::string(13 - name.size(), ' ') << printable(note.subject) << ": "
                      << printable(note.text) << '\n';
        }
    }
}

std::string count_of_bans(const std::vector<ImportedBan>& bans)
{
    return plural(bans.size(), "standing ban", "standing bans");
}

void print_warning(const ImportSource& source)
{
    if (!source.warning.empty())
        std::cerr << "mailban: warning: " << printable(source.warning) << '\n';
}

// Asks the daemon to read what was written. One that does not run reads it when it starts.
int activate(const DaemonOptions& options)
{
    const auto only_page = [](auto&, const auto&) {};
    const auto asked = ask_quietly(options, Request{Verb::reload}, only_page);
    if (asked.code == kDone || asked.code == kNotRunning) return kDone;
    return fail(asked.code, asked.error);
}

// Writes, reloads and hands over, as far as that was asked.
ImportOutcome carry_out(const ImportOptions& options, const ImportSource& source,
                        const ConfigChange& change)
{
    ImportOutcome outcome;
    if (options.writes && change.is_needed()) {
        outcome.code = write_change(change);
        if (outcome.code != kDone) return outcome;
        outcome.is_written = true;
        if (!options.json)
            std::cout << "Written: " << printable(change.path)
                      << "; `mailban setup --undo` puts back what was there before\n";
        outcome.code = activate(options);
        if (outcome.code != kDone) return outcome;
    }
    const auto& bans = source.imported.bans;
    if ((!options.writes && !options.only_bans) || bans.empty()) return outcome;
    hand_over(bans, options, outcome);
    if (outcome.code == kNotRunning)
        fail(kNotRunning, count_of_bans(bans) +
                              " not handed over; start the daemon, then run `mailban import " +
                              source.program + " --bans`");
    else if (!options.json)
        std::cout << "Handed over: " << outcome.handed_over << " of " << count_of_bans(bans)
                  << '\n';
    return outcome;
}

void print_plan(const ImportOptions& options, const ImportSource& source, const ImportPlan& plan,
                const ConfigChange& change)
{
    if (!options.only_bans) {
        print_notes(plan.notes);
        std::cout << '\n';
        print_change(change);
    }
    if (options.writes || options.only_bans) return;
    const auto& bans = source.imported.bans;
    if (!bans.empty()) std::cout << "\nTo hand over: " << count_of_bans(bans) << '\n';
    if (change.is_needed() || !bans.empty())
        std::cout << "\nNothing was changed. `mailban import " << source.program
                  << " --write` writes the file" << (bans.empty() ? "" : " and hands over the bans")
                  << ".\n";
}

int import_from(ImportOptions options, const std::variant<ImportSource, int>& read)
{
    if (const auto* code = std::get_if<int>(&read)) return *code;
    const auto& source = std::get<ImportSource>(read);
    options.config = absolute_path_of(options.config);
    const auto standing = read_standing(options.config);
    if (!standing) return kWrongUsage;
    if (!options.has_socket) options.socket = standing->config.control.socket;
    const auto found = io::discover();
    const auto plan = plan_import(source.imported, standing->config, [&](const std::string& path) {
        return io::log_state(path, standing->config, found);
    });
    const auto planned = plan_change(options.config, *standing, plan.amendment);
    if (const auto* code = std::get_if<int>(&planned)) return *code;
    const auto& change = std::get<ConfigChange>(planned);
    if (!options.json) print_plan(options, source, plan, change);
    const auto outcome = carry_out(options, source, change);
    if (options.json) print_json(source, plan, change, outcome);
    print_warning(source);
    return outcome.code;
}

void add_import_options(CLI::App& command, ImportOptions& options)
{
    command.add_option("--config", options.config, "The configuration file")
        ->type_name("FILE")
        ->capture_default_str();
    command.add_flag(
        "--write", options.writes,
        "Write the configuration, reload it, and hand the standing bans to the daemon");
    command.add_flag("--bans", options.only_bans, "Only hand the standing bans to the daemon");
    add_json_option(command, options);
    add_socket_option(command, options);
}

void add_fail2ban(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand("fail2ban", "Take over settings and bans of fail2ban");
    auto options = std::make_shared<ImportOptions>();
    options->from = kFail2banFolder;
    command->add_option("--from", options->from, "The folder of fail2ban's configuration")
        ->type_name("FOLDER")
        ->capture_default_str();
    command
        ->add_option("--database", options->database,
                     "fail2ban's database; default: as its configuration says")
        ->type_name("FILE");
    add_import_options(*command, *options);
    command->callback([options, command, &action] {
        options->has_socket = command->count("--socket") > 0;
        action = [options] { return import_from(*options, read_fail2ban_source(*options)); };
    });
}

void add_csf(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand("csf", "Take over login settings and lists of csf and lfd");
    auto options = std::make_shared<ImportOptions>();
    options->from = kCsfFolder;
    options->database = kCsfState;
    command->add_option("--from", options->from, "The folder of csf's configuration")
        ->type_name("FOLDER")
        ->capture_default_str();
    command->add_option("--state", options->database, "The folder of csf's temporary lists")
        ->type_name("FOLDER")
        ->capture_default_str();
    add_import_options(*command, *options);
    command->callback([options, command, &action] {
        options->has_socket = command->count("--socket") > 0;
        action = [options] { return import_from(*options, read_csf_source(*options)); };
    });
}

}  // namespace

void add_import(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand(
        "import", "Take over thresholds, allowlists and standing bans of another program");
    command->require_subcommand(1);
    add_fail2ban(*command, action);
    add_csf(*command, action);
}

}  // namespace mailban::cli
