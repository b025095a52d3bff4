#include "cli/man.h"

#include "cli/command.h"
#include "mailban/page/man.h"

#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

namespace mailban::cli {

namespace {

using page::man_example;
using page::man_head;
using page::man_item;
using page::man_section;
using page::man_text;

std::vector<const CLI::App*> commands_of(const CLI::App& app)
{
    return app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); });
}

std::string bold(const std::string& text)
{
    return "\\fB" + man_text(text) + "\\fR";
}

std::string italic(const std::string& text)
{
    return "\\fI" + man_text(text) + "\\fR";
}

// What stands for the option's value: "TIME"; empty for a flag.
std::string value_name(const CLI::Option& option)
{
    if (option.get_items_expected_max() == 0) return {};
    const std::string type = option.get_type_name();
    return type.substr(0, type.find(":{"));
}

// " (one of table, json, csv)": CLI11 has the choices in the type, as one word that no line holds.
std::string choices_of(const CLI::Option& option)
{
    const std::string type = option.get_type_name();
    const auto open = type.find(":{");
    if (open == std::string::npos) return {};
    std::string text = " (one of ";
    for (const char c : type.substr(open + 2, type.rfind('}') - open - 2))
        text += c == ',' ? ", " : std::string(1, c);
    return text + ')';
}

// "-f, --file FILE"
std::string term_of(const CLI::Option& option)
{
    std::string term;
    const auto add = [&term](const std::string& name) {
        term += (term.empty() ? "" : ", ") + bold(name);
    };
    for (const auto& name : option.get_snames())
        add("-" + name);
    for (const auto& name : option.get_lnames())
        add("--" + name);
    if (option.get_positional() && !option.nonpositional()) return italic(value_name(option));
    const auto value = value_name(option);
    return value.empty() ? term : term + ' ' + italic(value);
}

bool is_positional(const CLI::Option& option)
{
    return option.get_lnames().empty() && option.get_snames().empty();
}

std::string meaning_of(const CLI::Option& option)
{
    std::string text = option.get_description() + choices_of(option);
    if (const auto standard = option.get_default_str(); !standard.empty())
        text += " (default: " + standard + ")";
    return text;
}

std::string options_text(const CLI::App& command)
{
    std::string positionals;
    std::string options;
    for (const auto* option : command.get_options())
        (is_positional(*option) ? positionals : options) +=
            man_item(term_of(*option), meaning_of(*option));
    return positionals + options;
}

std::string synopsis_of(const CLI::App& command, const std::string& name)
{
    std::string text = bold(name);
    std::string positionals;
    for (const auto* option : command.get_options()) {
        if (!is_positional(*option)) continue;
        const auto value = italic(value_name(*option));
        positionals += option->get_required() ? ' ' + value : " [" + value + ']';
    }
    text += " [" + italic("OPTIONS") + ']' + positionals;
    return text + '\n';
}

std::string exit_status()
{
    return man_section("Exit status") + man_item("0", "Done.") +
           man_item("1", "It failed; the message on standard error says why.") +
           man_item("2", "The command line or the configuration is wrong.") +
           man_item("3", "The daemon is not running.");
}

std::string see_also(const std::vector<std::string>& pages)
{
    std::string text = man_section("See also");
    for (const auto& name : pages)
        text += (&name == &pages.front() ? "" : ",\n") + bold(name.substr(0, name.find('('))) +
                man_text(name.substr(name.find('(')));
    return text + '\n';
}

// A command without a full stop at its end, as `--help` has it, as a sentence.
std::string sentence(const std::string& text)
{
    return text.empty() || text.back() == '.' ? text : text + '.';
}

std::string command_page(const CLI::App& command)
{
    const std::string name = "mailban " + command.get_name();
    std::string text =
        man_head({"mailban-" + command.get_name(), 1, MAILBAN_VERSION, command.get_description()});
    text += man_section("Synopsis");
    const auto parts = commands_of(command);
    if (parts.empty()) text += synopsis_of(command, name);
    for (const auto* part : parts)
        text += (part == parts.front() ? "" : ".br\n") +
                synopsis_of(*part, name + ' ' + part->get_name());
    text += man_section("Description") + man_text(sentence(command.get_description())) + '\n';
    for (const auto* part : parts)
        text += man_item(bold(part->get_name()), sentence(part->get_description()));
    text += man_section("Options") + options_text(command);
    for (const auto* part : parts)
        text += ".SS " + bold(name + ' ' + part->get_name()) + '\n' + options_text(*part);
    if (const auto footer = command.get_footer(); !footer.empty())
        text += man_section("Examples") + man_example(footer);
    return text + exit_status() + see_also({"mailban(1)", "mailban.yaml(5)"});
}

std::string program_page(const CLI::App& app)
{
    std::string text =
        man_head({"mailban", 1, MAILBAN_VERSION, "ban password guessers from a mail server"});
    text += man_section("Synopsis") + bold("mailban") + ' ' + italic("COMMAND") + " [" +
            italic("OPTIONS") + "]\n.br\n" + bold("mailban") + '\n';
    text += man_section("Description") + man_text(app.get_description()) + '\n' + ".PP\n" +
            man_text("Without a command, mailban shows the state of the daemon in a few lines.") +
            '\n';
    text += man_section("Commands");
    std::vector<std::string> pages;
    for (const auto* command : commands_of(app)) {
        text += man_item(bold(command->get_name()), sentence(command->get_description()));
        pages.push_back("mailban-" + command->get_name() + "(1)");
    }
    text += man_section("Options") + options_text(app) + exit_status();
    text +=
        man_section("Environment") +
        man_item(bold("NO_COLOR"), "If it is set, mailban uses no colours.") +
        man_item(bold("COLUMNS"), "The width of the output, if standard output is no terminal.") +
        man_item(bold("MAILBAN_PAGER") + ", " + bold("PAGER"),
                 "On a terminal, the program that shows long output by the page, such as less.");
    text += man_section("Files") + man_item(bold(kDefaultConfig), "The configuration.") +
            man_item(bold(kDefaultSocket), "The daemon's control socket.") +
            man_item(bold("/var/lib/mailban"), "The daemon's state.");
    pages.insert(pages.end(), {"mailban.yaml(5)", "mailban-policy(7)"});
    return text + see_also(pages);
}

// Of docs/configuration.md.
std::string configuration_page(const std::string& markdown)
{
    return man_head({"mailban.yaml", 5, MAILBAN_VERSION, "the configuration of mailban"}) +
           man_section("Description") + page::man_of_markdown(markdown) +
           see_also({"mailban(1)", "mailban-policy(7)", "mailban-check(1)", "mailban-reload(1)"});
}

// Of docs/policy.md.
std::string policy_page(const std::string& markdown)
{
    return man_head({"mailban-policy", 7, MAILBAN_VERSION,
                     "mail servers ask mailban before they compare a password"}) +
           man_section("Description") + page::man_of_markdown(markdown) +
           see_also({"mailban(1)", "mailban-setup(1)", "mailban.yaml(5)"});
}

// A page that is made of a document.
int write_page_of(const std::string& document, const std::string& path,
                  std::string (*page_of)(const std::string& markdown))
{
    std::ifstream file(document, std::ios::binary);
    const std::string markdown((std::istreambuf_iterator<char>(file)),
                               std::istreambuf_iterator<char>());
    if (markdown.empty()) return fail(kFailed, "cannot read " + document);
    return write_page(path, page_of(markdown));
}

// Every page, into DIRECTORY/man1, man5 and man7, which exist.
int write_pages(const CLI::App& app, const std::string& directory, const std::string& documents)
{
    int code = write_page_of(documents + "/configuration.md", directory + "/man5/mailban.yaml.5",
                             configuration_page);
    if (code == kDone)
        code = write_page_of(documents + "/policy.md", directory + "/man7/mailban-policy.7",
                             policy_page);
    if (code == kDone) code = write_page(directory + "/man1/mailban.1", program_page(app));
    for (const auto* command : commands_of(app)) {
        if (code != kDone) break;
        code = write_page(directory + "/man1/mailban-" + command->get_name() + ".1",
                          command_page(*command));
    }
    return code;
}

}  // namespace

int write_man(const CLI::App& app, std::span<const std::string> words)
{
    if (words.size() == 2) return write_pages(app, words[0], words[1]);
    return fail(kWrongUsage, "expected a directory and that of the documents");
}

}  // namespace mailban::cli
