#include "cli/command.h"
#include "cli/config_file.h"
#include "cli/explain_logs.h"
#include "cli/terminal.h"
#include "io/daemon/system.h"
#include "io/daemon/zones.h"
#include "mailban/control/explanation.h"
#include "mailban/envelope/line_splitter.h"
#include "mailban/words.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>

namespace mailban::cli {

namespace {

struct ExplainOptions {
    std::vector<std::string> words{};  // one line or reply, or logs
    std::string parser = "auto";
    ExplainLogsOptions logs{};  // the other options, which both ways share
};

// One field of the answer: its name, and text that may come from anybody.
void print_field(std::string_view name, std::string_view value)
{
    constexpr std::size_t kWidth = 10;
    std::string label(name);
    label.resize(std::max(kWidth, label.size() + 1), ' ');
    std::cout << paint(Colour::bold, label) << printable(value) << '\n';
}

std::string name_and_sentence(std::string_view name, std::string_view sentence)
{
    return std::string(name) + ": " + std::string(sentence);
}

std::string counting(const std::vector<std::string>& rules)
{
    if (rules.empty()) return "for no rule";
    return (rules.size() == 1 ? "for rule " : "for rules ") + joined(rules);
}

template <class Meaning>
void print_meaning(const std::string& code, std::string_view kind_of_failure,
                   const Meaning* meaning)
{
    if (meaning == nullptr) {
        print_field("code", code + ": defined in no document that mailban knows (" +
                                std::string(kind_of_failure) + " by its first digit)");
        return;
    }
    print_field("code", code + ": " + std::string(meaning->name) + " (" +
                            std::string(kind_of_failure) + "; " + std::string(meaning->source) +
                            ")");
    print_field("meaning", meaning->meaning);
    print_field("advice", meaning->advice);
}

void print_codes(const ReplyExplanation& explanation)
{
    const auto& [code, enhanced, text] = explanation.reply;
    if (code) {
        const auto status_class = static_cast<std::uint16_t>(code->value() / 100);
        print_meaning(std::to_string(code->value()), class_name(status_class), explanation.code);
    }
    if (!enhanced) return;
    print_meaning(enhanced->to_string(), class_name(enhanced->status_class), explanation.enhanced);
    const auto subject = subject_name(enhanced->subject);
    if (explanation.enhanced == nullptr && !subject.empty()) print_field("subject", subject);
    if (explanation.enhanced != nullptr && !is_foreseen(*explanation.enhanced, *enhanced))
        print_field("note", "the registry does not define this code for this class");
    if (explanation.reply.contradicts_itself())
        print_field("note", "the two codes contradict each other; clients use the first");
}

void print_reply(const ReplyExplanation& explanation)
{
    print_codes(explanation);
    if (!explanation.reply.text.empty()) print_field("text", explanation.reply.text);
    print_field("counted", explanation.kinds.explanation);
    for (const auto& [kind, rules] : explanation.counted)
        print_field("", std::string(to_string(kind)) + " counts " + counting(rules));
    print_field("",
                "Only replies of our own server to a client count, never replies of a remote "
                "server to us.");
}

void print_layers(const Layers& layers)
{
    for (const auto& layer : layers) {
        auto text = name_and_sentence(to_string(layer.wrapping), explain(layer.wrapping));
        if (!layer.name.empty()) text += " Name: " + std::string(layer.name) + ".";
        if (layer.time) text += " Time: " + format_timestamp(*layer.time) + ".";
        print_field("envelope", text);
    }
}

void print_header(const LineExplanation& explanation)
{
    print_layers(explanation.reading.layers);
    const auto& header = explanation.reading.header;
    if (!header) {
        print_field("header", "none");
        return;
    }
    print_field("header", name_and_sentence(to_string(header->style), explain(header->style)));
    const auto stamp = stamp_of(*header);
    print_field("stamp", stamp.empty() ? "-" : stamp);
    const auto* const no_timestamp = stamp.empty() ? "none" : "unreadable";
    print_field("time", explanation.time ? format_timestamp(*explanation.time) : no_timestamp);
    print_field("host", header->host.empty() ? "-" : header->host);
    print_field("program", header->program.empty() ? "-" : header->program);
    print_field("pid", header->pid ? std::to_string(*header->pid) : "-");
    print_field("message", header->message);
}

void print_event(const Event& event)
{
    print_field("kind", name_and_sentence(to_string(event.kind), explain(event.kind)));
    print_field("client", event.ip.to_string() +
                              (event.client_port ? ", port " + std::to_string(*event.client_port)
                                                 : std::string()));
    print_field("account", event.account ? *event.account : "- (not in the line)");
    print_field("service", to_string(event.service));
    if (event.pid) print_field("process", std::to_string(*event.pid));
    print_field("attempts", std::to_string(event.attempts));
    print_field("reporter", name_and_sentence(to_string(event.reporter), explain(event.reporter)));
    if (event.session) print_field("session", *event.session);
    if (event.lasted) print_field("duration", format_duration(*event.lasted));
    if (event.password)
        print_field("password",
                    "in the line; equal passwords count once with 'distinct: password'");
    if (event.unanswered) print_field("answer", "none: a password was sent and no verdict came");
}

// What the line shows of its log.
void print_concern(const Reading& reading)
{
    if (!reading.concern) return;
    print_field("concern",
                name_and_sentence(to_string(*reading.concern), explain(*reading.concern)));
    const auto advice = reading.server ? advice_on(*reading.concern, *reading.server) : "";
    if (!advice.empty()) print_field("advice", advice);
}

void print_line(const LineExplanation& explanation)
{
    const auto& server = explanation.reading.server;
    const auto& event = explanation.reading.event;
    print_header(explanation);
    print_field("server", server ? to_string(*server) : "none");
    if (!event) {
        print_field("event", "none");
        print_field("why", explain(*explanation.silence));
        print_field("counts", "no");
        print_concern(explanation.reading);
        return;
    }
    print_event(*event);
    if (explanation.reply) print_codes(*explanation.reply);
    print_field("counts", counting(explanation.rules));
    print_concern(explanation.reading);
}

// What is to be explained, up to its first newline: the argument, or standard input.
std::string first_line(const std::string& argument)
{
    if (argument != "-") return argument.substr(0, argument.find('\n'));
    std::string line;
    for (char c = 0; line.size() <= LineSplitter::kMaxLineLength && std::cin.get(c) && c != '\n';)
        line += c;
    return line;
}

std::optional<std::vector<Rule>> rules_of(const std::string& config_path)
{
    if (config_path.empty()) return default_rules();
    auto config = read_config_and_warn(config_path);
    if (!config) return std::nullopt;
    return std::move(config->rules);
}

std::optional<MailServers> servers_of(const std::string& parser)
{
    if (parser == "auto") return MailServers::any();
    const auto server = parse_mail_server(parser);
    if (server) return MailServers(*server);
    fail(kWrongUsage, "--parser: '" + printable(parser) + "' is not a mail server");
    return std::nullopt;
}

void explain_as_reply(const SmtpReply& reply, const std::vector<Rule>& rules, bool json)
{
    const auto explanation = explain_reply(reply, rules);
    if (json) {
        std::cout << explanation_json(explanation) << '\n';
    } else {
        print_reply(explanation);
    }
}

int explain_text(const std::string& text, const ExplainOptions& options)
{
    const auto servers = servers_of(options.parser);
    if (!servers) return kWrongUsage;
    const auto rules = rules_of(options.logs.config);
    if (!rules) return kWrongUsage;
    const auto line = first_line(text);
    if (line.empty()) return fail(kWrongUsage, "the text is empty; give a line or a reply");
    if (line.size() > LineSplitter::kMaxLineLength) {
        return fail(kFailed, "the line is longer than " +
                                 std::to_string(LineSplitter::kMaxLineLength) +
                                 " bytes; mailban skips and counts such lines of a log");
    }

    if (const auto reply = SmtpReply::parse(line)) {
        explain_as_reply(*reply, *rules, options.logs.json);
        return kDone;
    }
    const auto now = io::system_now();
    LogParser parser(*servers, io::local_zone(now), {}, options.logs.assured);
    const auto explanation = explain_line(parser, line, *rules, now);
    if (options.logs.json) {
        std::cout << explanation_json(explanation) << '\n';
    } else {
        print_line(explanation);
    }
    return kDone;
}

// The path of a file; a log's line has blanks, and a reply is one even if a file has its name.
bool names_a_file(const std::string& word)
{
    if (word.empty() || word == "-" || SmtpReply::parse(word)) return false;
    if (::access(word.c_str(), F_OK) == 0) return true;
    const bool is_path = word.starts_with('/') || word.starts_with("./") || word.starts_with("../");
    return is_path && word.find_first_of(" \t\n") == std::string::npos;
}

int explain(ExplainOptions options)
{
    const auto& words = options.words;
    auto& logs = options.logs;
    const bool are_files = std::all_of(words.begin(), words.end(), names_a_file);
    if (words.size() == 1 && !are_files) {
        if (!logs.files.empty() || logs.journal || !logs.directory.empty())
            return fail(kWrongUsage, "give either a line or logs");
        return explain_text(words.front(), options);
    }
    if (!are_files) {
        return fail(kWrongUsage, "give one line or reply, in quotes, or the paths of logs; '" +
                                     *std::find_if_not(words.begin(), words.end(), names_a_file) +
                                     "' is not a file");
    }
    if (options.parser != "auto") {
        logs.servers = servers_of(options.parser);
        if (!logs.servers) return kWrongUsage;
    }
    logs.files.insert(logs.files.end(), words.begin(), words.end());
    return explain_logs(logs);
}

}  // namespace

void add_explain(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand("explain",
                                       "Explain a log line field by field, an SMTP reply, or the "
                                       "lines of a log that are no events");
    auto options = std::make_shared<ExplainOptions>();
    auto& logs = options->logs;
    command
        ->add_option("text", options->words,
                     "A line or a reply in quotes; -: a line from stdin; or paths of logs. "
                     "Default: the sources of the configuration")
        ->type_name("LOG LINE, SMTP REPLY or FILE");
    command->add_option("--file", logs.files, "A log with any name; - is standard input")
        ->type_name("FILE")
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    add_log_choice(*command, logs);
    command->add_option("--parser", options->parser, "The mail server of the log")
        ->type_name("NAME")
        ->capture_default_str();
    add_assurances(*command, logs.assured);
    command->add_option("--top", logs.top, "Of logs: rows of each list; 0: all")
        ->type_name("N")
        ->capture_default_str();
    command->add_flag("--json", logs.json, "Print one line of JSON, for programs");
    command->callback([options, &action] { action = [options] { return explain(*options); }; });
}

}  // namespace mailban::cli
