#include "mailban/policy/settings.h"

#include <charconv>

#include "sections.h"

namespace mailban {

namespace {

using Kind = yaml::Value::Kind;

// Servers hold a client back for as long: longer, and mail programs give up.
constexpr Duration kLongestPolicyDelay = std::chrono::seconds(30);

Reader short_delay(Duration& into)
{
    return [&into](const Item& item, Mistakes& mistakes) {
        Duration delay{};
        const auto read = time_span(delay);
        read(item, mistakes);
        if (delay == Duration::zero()) return;  // told already
        const bool is_whole = delay % std::chrono::seconds(1) == Duration::zero();
        if (delay > kLongestPolicyDelay || !is_whole)
            return refuse(item, "whole seconds, 1s to 30s", mistakes);
        into = delay;
    };
}

// Mail servers wait for an answer for a second at most; shorter than a busy machine's turns, and
// nobody is answered.
constexpr std::string_view kAnswerUnit = "ms";
constexpr std::uint64_t kShortestAnswer = 20;
constexpr std::uint64_t kLongestAnswer = 10'000;
Reader answer_time(Duration& into)
{
    return [&into](const Item& item, Mistakes& mistakes) {
        std::string_view text = item.node.text;
        std::uint64_t number = 0;
        const bool has_unit = item.node.kind == Kind::text && text.ends_with(kAnswerUnit);
        if (has_unit) text.remove_suffix(kAnswerUnit.size());
        const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
        const bool is_number = ec == std::errc{} && end == text.data() + text.size();
        if (!has_unit || !is_number || number < kShortestAnswer || number > kLongestAnswer)
            return refuse(item, "milliseconds, 20ms to 10000ms", mistakes);
        into = std::chrono::milliseconds(number);
    };
}

// `dovecot: {listen: …, key_file: …}`
Reader asker(std::optional<ListenAddress>& listen, std::string* key_file)
{
    return [&listen, key_file](const Item& item, Mistakes& mistakes) {
        std::vector<Key> keys{{"listen", listen_address(listen)}};
        if (key_file != nullptr)
            keys.push_back({"key_file", absolute_path(kLongestPath, *key_file)});
        read_map(item, keys, mistakes);
        if (item.node.kind != Kind::map) return;
        if (entry_of(item.node, "listen") == nullptr)
            mistakes.add(item.node.place, item.name +
                                              " has no 'listen'; expected where the server "
                                              "asks, such as listen: 127.0.0.1:4001");
        // Its reports count. Without a key any user of this machine could make them.
        if (key_file != nullptr && entry_of(item.node, "key_file") == nullptr)
            mistakes.add(item.node.place,
                         item.name +
                             " has no 'key_file'; expected a file with the key that "
                             "Dovecot sends, such as key_file: /etc/mailban/policy.key");
    };
}

}  // namespace

Reader listen_address(std::optional<ListenAddress>& into)
{
    return [&into](const Item& item, Mistakes& mistakes) {
        const auto address =
            item.node.kind == Kind::text ? ListenAddress::parse(item.node.text) : std::nullopt;
        if (!address)
            return refuse(item,
                          "the absolute path of a Unix socket, or a port of the loopback "
                          "interface such as 127.0.0.1:4001 or [::1]:4001",
                          mistakes);
        into = address;
    };
}

void read_policy(const Item& item, PolicySettings& into, Mistakes& mistakes)
{
    read_map(item,
             {{"mode", one_of(kPolicyModeNames.all(), into.mode)},
              {"strangers", one_of(kStrangersNames.all(), into.strangers)},
              {"delay", short_delay(into.delay)},
              {"answer_within", answer_time(into.answer_within)},
              {"dovecot", asker(into.dovecot, &into.key_file)},
              {"postfix", asker(into.postfix, nullptr)},
              {"exim", asker(into.exim, nullptr)}},
             mistakes);
    const auto* const mode = entry_of(item.node, "mode");
    const bool is_asked = into.dovecot || into.postfix || into.exim;
    if (mode != nullptr && into.mode != PolicyMode::off && !is_asked)
        mistakes.add(mode->place, "policy.mode is '" + mode->text +
                                      "', but no server can ask; expected policy.dovecot, "
                                      "policy.postfix or policy.exim");
    const auto shared = [](const auto& one, const auto& other) { return one && one == other; };
    if (shared(into.dovecot, into.postfix) || shared(into.dovecot, into.exim) ||
        shared(into.postfix, into.exim))
        mistakes.add(item.node.place,
                     "two servers of policy ask at the same 'listen'; expected one of its own for "
                     "each");
}

}  // namespace mailban
