#include "yaml.h"

#include "mailban/config/load.h"
#include "mailban/utf8.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <utility>

namespace mailban::yaml {

namespace {

constexpr std::size_t kDeepest = 16;

Place place_of(const YAML::Mark& mark)
{
    return {mark.line + 1, mark.column + 1};
}

constexpr std::string_view kNoAnchors =
    "anchors (&) and aliases (*) are not supported; write the value out, or put it in quotes if it "
    "begins with & or *";

constexpr std::string_view kNotClosed =
    "the quoted text that begins here is not closed; expected the same quote at its end";

// What stops yaml-cpp in the middle of its work; never leaves this file.
struct Stop {
    Mistake mistake{};
};

// Whether the quote that begins at `start` has its end. yaml-cpp 0.7 takes a text that is never
// closed for a value when the last line ends in a newline: a path would swallow the rest of the
// file.
bool is_closed(std::string_view text, std::size_t start)
{
    const char quote = start < text.size() ? text[start] : '\0';
    if (quote != '"' && quote != '\'') return true;
    for (auto at = start + 1; at < text.size(); ++at) {
        if (text[at] == '\\' && quote == '"') {
            ++at;
        } else if (text[at] == quote) {
            // Two single quotes are one within the text.
            if (quote == '"' || text.substr(at, 2) != "''") return true;
            ++at;
        }
    }
    return false;
}

// Builds the tree from yaml-cpp's events.
class Builder : public YAML::EventHandler {
public:
    explicit Builder(std::string_view text) : text_(text) {}

    Value root{};

    // Where the innermost list or map began that has not ended.
    Place open_since() const { return open_.empty() ? Place{1, 1} : open_.back().node.place; }

    void OnDocumentStart(const YAML::Mark& mark) override
    {
        if (started_) {
            throw Stop{
                {place_of(mark),
                 "something new begins here, but the configuration above has ended; expected "
                 "one document whose keys all begin in the first column"}};
        }
        started_ = true;
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        refuse_anchor(mark, anchor);
        add(Value{.place = place_of(mark)});
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override
    {
        refuse_anchor(mark, 1);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override
    {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        if (tag == "!" && !is_closed(text_, static_cast<std::size_t>(mark.pos)))
            throw Stop{{place_of(mark), std::string(kNotClosed)}};
        add(Value{.kind = Value::Kind::text,
                  .place = place_of(mark),
                  .text = value,
                  .quoted = tag == "!"});
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override
    {
        open(Value::Kind::list, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override
    {
        open(Value::Kind::map, mark, tag, anchor);
    }
    void OnMapEnd() override { close(); }

private:
    struct Open {
        Value node{};
        bool has_key = false;  // of a map: `key` waits for its value
        std::string key{};
        Place key_place{};
    };

    static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor)
    {
        if (anchor != 0) throw Stop{{place_of(mark), std::string(kNoAnchors)}};
    }

    static void refuse_tag(const YAML::Mark& mark, const std::string& tag)
    {
        if (tag.empty() || tag == "?" || tag == "!") return;
        throw Stop{{place_of(mark), "the tag " + in_quotes(tag) + " is not supported; remove it"}};
    }

    void open(Value::Kind kind, const YAML::Mark& mark, const std::string& tag,
              YAML::anchor_t anchor)
    {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        if (open_.size() == kDeepest)
            throw Stop{{place_of(mark), "lists and maps are nested deeper than " +
                                            std::to_string(kDeepest) +
                                            " levels here; a configuration needs fewer"}};
        if (awaits_key()) refuse_key(place_of(mark));
        open_.push_back({.node = {.kind = kind, .place = place_of(mark)}});
    }

    void close()
    {
        Value done = std::move(open_.back().node);
        open_.pop_back();
        add(std::move(done));
    }

    bool awaits_key() const
    {
        return !open_.empty() && open_.back().node.kind == Value::Kind::map &&
               !open_.back().has_key;
    }

    [[noreturn]] static void refuse_key(Place place)
    {
        throw Stop{{place,
                    "a key of a map must be a word; check the indentation, the braces and the "
                    "colon here"}};
    }

    void add(Value node)
    {
        if (open_.empty()) {
            root = std::move(node);
            return;
        }
        auto& parent = open_.back();
        if (awaits_key()) {
            if (node.kind != Value::Kind::text) refuse_key(node.place);
            parent.key = std::move(node.text);
            parent.key_place = node.place;
            parent.has_key = true;
            return;
        }
        node.key = std::exchange(parent.key, {});
        node.key_place = parent.key_place;
        parent.has_key = false;
        parent.node.items.push_back(std::move(node));
    }

    std::string_view text_;
    std::vector<Open> open_{};
    bool started_ = false;
};

std::string_view line_of(std::string_view text, int line)
{
    for (; line > 1; --line) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + 1);
    }
    return text.substr(0, text.find('\n'));
}

bool is_indented_by_tab(std::string_view line)
{
    const auto indentation = line.substr(0, line.find_first_not_of(" \t"));
    return indentation.find('\t') != std::string_view::npos;
}

// yaml-cpp's words, and what usually is behind them.
Mistake syntax_mistake(const YAML::ParserException& error, const Builder& builder,
                       std::string_view text)
{
    const auto place = place_of(error.mark);
    const auto says = [&](std::string_view word) {
        return error.msg.find(word) != std::string::npos;
    };
    if (says("flow not found"))
        return {builder.open_since(),
                "the brackets or braces that open here are never closed, or a comma or quote is "
                "missing "
                "in them; expected ']' or '}' at their end"};
    if (says("EOF in scalar")) return {place, std::string(kNotClosed)};
    if (says("tab") || is_indented_by_tab(line_of(text, place.line)))
        return {place, "a tab indents this line; YAML allows only blanks"};
    if (says("anchor")) return {place, std::string(kNoAnchors)};
    return {place, "this is not YAML (" + error.msg +
                       "); check the indentation and the colons of this line and the one above; a "
                       "value with ': ' or ' #' in it needs quotes"};
}

Place place_of(std::string_view text, std::size_t offset)
{
    const auto before = text.substr(0, offset);
    const auto line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    return {static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
            static_cast<int>(offset - line_start) + 1};
}

std::variant<Value, Mistake> parse_readable(std::string_view text)
{
    Builder builder(text);
    try {
        std::istringstream input{std::string(text)};
        YAML::Parser parser(input);
        // Not a loop: there is text that yaml-cpp 0.7 reads as an endless row of empty documents.
        if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(builder);
        return std::move(builder.root);
    } catch (const Stop& stop) {
        return stop.mistake;
    } catch (const YAML::ParserException& error) {
        return syntax_mistake(error, builder, text);
    } catch (const std::exception& error) {
        return Mistake{{1, 1}, std::string("this cannot be read as YAML: ") + error.what()};
    }
}

}  // namespace

std::variant<Value, Mistake> parse(std::string_view text)
{
    if (text.size() > kMaxConfigSize) {
        const auto size = std::to_string(text.size()) + " bytes";
        return Mistake{{1, 1},
                       "the file has " + size + "; a configuration has at most " +
                           std::to_string(kMaxConfigSize) + ", so this is likely another file"};
    }
    if (const auto at = first_unreadable(text))
        return Mistake{place_of(text, *at), "the byte " + in_quotes(text.substr(*at, 1)) +
                                                " is not text; expected UTF-8 "
                                                "without control characters"};
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    return parse_readable(text);
}

}  // namespace mailban::yaml
