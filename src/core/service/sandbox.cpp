#include "mailban/service/sandbox.h"

#include <algorithm>
#include <utility>

namespace mailban {

namespace {

std::vector<std::string_view> words_of(std::string_view text)
{
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        if (end > 0) words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

// "-/path" and "+/path": may be missing, is below the unit's root.
std::string_view without_marks(std::string_view path)
{
    while (path.starts_with('-') || path.starts_with('+'))
        path.remove_prefix(1);
    return path;
}

bool is_below(std::string_view path, std::string_view place)
{
    if (place == "/") return true;
    return path.starts_with(place) && (path.size() == place.size() || path[place.size()] == '/');
}

// Of "source:destination:options", with options or without.
struct Bind {
    std::string_view source{};
    std::string_view destination{};
};

Bind read_bind(std::string_view word)
{
    const auto first = word.find(':');
    if (first == std::string_view::npos) return {word, word};
    const auto rest = word.substr(first + 1);
    return {word.substr(0, first), rest.substr(0, rest.find(':'))};
}

}  // namespace

const std::vector<std::string>& Sandbox::properties()
{
    static const std::vector<std::string> all{"LoadState",         "User",
                                              "ProtectHome",       "PrivateTmp",
                                              "RootDirectory",     "RootImage",
                                              "InaccessiblePaths", "TemporaryFileSystem",
                                              "BindPaths",         "BindReadOnlyPaths",
                                              "PrivateDevices",    "NoNewPrivileges"};
    return all;
}

std::optional<Sandbox> Sandbox::parse(std::string_view unit, std::string_view shown)
{
    Sandbox sandbox;
    sandbox.unit_ = unit;
    // What is bound into a place that is hidden is to be seen: those come last.
    std::vector<std::pair<std::string_view, std::string_view>> binds;
    while (!shown.empty()) {
        const auto end = std::min(shown.find('\n'), shown.size());
        const auto line = shown.substr(0, end);
        shown.remove_prefix(std::min(end + 1, shown.size()));
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) continue;
        const auto key = line.substr(0, equals);
        const auto value = line.substr(equals + 1);
        if (key == "BindPaths" || key == "BindReadOnlyPaths") {
            binds.emplace_back(key, value);
        } else {
            sandbox.read(key, value);
        }
    }
    for (const auto& [key, value] : binds)
        sandbox.read(key, value);
    if (!sandbox.is_loaded_) return std::nullopt;
    return sandbox;
}

void Sandbox::hide(std::string_view place, std::string_view property, std::string_view remedy)
{
    if (!place.starts_with('/')) return;
    while (place.size() > 1 && place.ends_with('/'))
        place.remove_suffix(1);
    places_[std::string(place)] = {
        true, {std::string(property), std::string(place), std::string(remedy)}};
}

void Sandbox::show(std::string_view place)
{
    if (place.starts_with('/')) places_[std::string(place)] = {false, {}};
}

void Sandbox::read(std::string_view key, std::string_view value)
{
    const std::string both = std::string(key) + '=' + std::string(value);
    if (key == "LoadState") is_loaded_ = value == "loaded";
    if (key == "User") user_ = value;
    if (key == "NoNewPrivileges") has_no_new_privileges_ = value == "yes";
    if (key == "ProtectHome" && (value == "yes" || value == "tmpfs")) {
        for (const auto* place : {"/home", "/root", "/run/user"})
            hide(place, both, "ProtectHome=read-only");
    }
    if (key == "PrivateTmp" && value != "no" && !value.empty()) {
        for (const auto* place : {"/tmp", "/var/tmp"})
            hide(place, both, "PrivateTmp=no");
    }
    if (key == "PrivateDevices" && value == "yes") hide("/dev", both, "PrivateDevices=no");
    if ((key == "RootDirectory" || key == "RootImage") && !value.empty() && value != "/")
        hide("/", both, std::string(key) + "=");
    for (const auto word : words_of(value)) {
        const auto bind = read_bind(without_marks(word));
        if (key == "InaccessiblePaths")
            hide(without_marks(word), both, "InaccessiblePaths=");
        else if (key == "TemporaryFileSystem")
            hide(bind.source, both, "BindReadOnlyPaths=" + std::string(bind.source));
        else if (key.starts_with("Bind") && bind.source == bind.destination)
            show(bind.destination);
        else if (key.starts_with("Bind"))
            hide(bind.destination, both, std::string(key) + "=");
    }
}

std::optional<Hidden> Sandbox::hides(std::string_view path) const
{
    // The deepest place decides.
    const Place* deepest = nullptr;
    std::size_t depth = 0;
    for (const auto& [place, entry] : places_) {
        if (!is_below(path, place) || place.size() < depth) continue;
        deepest = &entry;
        depth = place.size();
    }
    if (deepest == nullptr || !deepest->is_hidden) return std::nullopt;
    return deepest->why;
}

std::string explain(const Hidden& hidden, std::string_view unit)
{
    return hidden.property + " of " + std::string(unit) + " hides " + hidden.place +
           "; a drop-in with " + hidden.remedy + " (systemctl edit " + std::string(unit) +
           ") shows it to the service";
}

}  // namespace mailban
