#include "mailban/setup/mask.h"

#include "mailban/characters.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace mailban {

namespace {

constexpr std::string_view kMasked = "(masked)";
constexpr std::array<std::string_view, 7> kSecretWords{
    "key", "secret", "token", "password", "passwd", "credential", "authorization"};
constexpr CharacterSet kMaskName = kLettersAndDigits.with("_-");
constexpr CharacterSet kLocalPart = kLettersAndDigits.with("._+=%!#$&*/?^{|}~-");
constexpr CharacterSet kMaskHost = kLettersAndDigits.with(".-");
constexpr CharacterSet kTokenCharacters = kLettersAndDigits.with("+/=_.:-");
// What follows the word `account` in sentences of mailban's, and is no name.
constexpr std::array<std::string_view, 18> kNoAccounts{
    "is",  "under", "of", "from", "in",   "that", "was",   "and", "may",
    "has", "with",  "or", "at",   "name", "logs", "names", "an",  "whose"};
constexpr std::size_t kLongToken = 20;

bool names_a_secret(std::string_view name)
{
    const auto lower = lower_case(name);
    return std::any_of(kSecretWords.begin(), kSecretWords.end(),
                       [&](std::string_view word) { return contains(lower, word); });
}

std::size_t begin_of(std::string_view text, std::size_t end, const CharacterSet& set)
{
    while (end > 0 && set.has(text[end - 1]))
        --end;
    return end;
}

std::size_t end_of(std::string_view text, std::size_t begin, const CharacterSet& set)
{
    while (begin < text.size() && set.has(text[begin]))
        ++begin;
    return begin;
}

// Behind `key: value`, `"key":"value"`, `key = value`: to the quote that closes the value, or to
// the next comma, brace or end of the line.
std::size_t end_of_secret(std::string_view line, std::size_t begin)
{
    const char first = begin < line.size() ? line[begin] : '\0';
    if (first == '"' || first == '\'') {
        const auto close = line.find(first, begin + 1);
        return close == std::string_view::npos ? line.size() : close + 1;
    }
    return std::min(line.find_first_of(",}]\"'", begin), line.size());
}

// Masks the values of names that mean a secret; paths stay.
std::string without_named_secrets(std::string_view line)
{
    std::string text;
    std::size_t done = 0;
    for (auto at = line.find_first_of(":="); at != std::string_view::npos && at >= done;
         at = line.find_first_of(":=", std::max(at + 1, done))) {
        auto name_end = at;
        while (name_end > 0 && contains(" \"'", line.substr(name_end - 1, 1)))
            --name_end;
        const auto name = line.substr(begin_of(line, name_end, kMaskName));
        if (!names_a_secret(name.substr(0, name_end - begin_of(line, name_end, kMaskName))))
            continue;
        const auto value = std::min(line.find_first_not_of(' ', at + 1), line.size());
        if (value == line.size() || line[value] == '/' || contains("[{#", line.substr(value, 1)))
            continue;
        const auto end = end_of_secret(line, value);
        text += line.substr(done, value - done);
        text += kMasked;
        done = end;
    }
    return text.append(line.substr(done));
}

// "https://user:secret@host" to "https://(masked)@host".
std::string without_url_users(std::string line)
{
    for (auto at = line.find("://"); at != std::string::npos; at = line.find("://", at + 3)) {
        const auto end = std::min(line.find_first_of("/ \"'?#", at + 3), line.size());
        const auto user = line.rfind('@', end);
        if (user != std::string::npos && user > at + 3)
            line.replace(at + 3, user - at - 3, kMasked);
    }
    return line;
}

// As tokens of web services are. Times, versions, paths and addresses have too few letters, a slash
// in front, or dots between short parts.
bool looks_drawn_by_lot(std::string_view word)
{
    if (word.size() < kLongToken || word.front() == '/' || contains(word, "/var/")) return false;
    const auto longest_part = [&word] {
        std::size_t longest = 0;
        for (std::size_t at = 0; at <= word.size();) {
            const auto end = std::min(word.find_first_of("./:-_=", at), word.size());
            longest = std::max(longest, end - at);
            at = end + 1;
        }
        return longest;
    }();
    const bool has_digit =
        std::any_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
    const bool has_letter = std::any_of(word.begin(), word.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
    return longest_part >= kLongToken && has_digit && has_letter;
}

std::string without_tokens(const std::string& line)
{
    std::string text;
    for (std::size_t at = 0; at < line.size();) {
        const auto end = end_of(line, at, kTokenCharacters);
        const auto word = std::string_view(line).substr(at, end - at);
        text += looks_drawn_by_lot(word) ? kMasked : word;
        if (end < line.size()) text += line[end];
        at = end + 1;
    }
    return text;
}

}  // namespace

std::string Masker::account(std::string_view name)
{
    const auto number = accounts_.size() + 1;
    return accounts_.try_emplace(std::string(lower_case(name)), "account" + std::to_string(number))
        .first->second;
}

std::string Masker::domain(std::string_view name)
{
    const auto number = domains_.size() + 1;
    return domains_
        .try_emplace(std::string(lower_case(name)), "domain" + std::to_string(number) + ".example")
        .first->second;
}

std::string Masker::masked_line(std::string_view line)
{
    const std::string safe = without_tokens(without_url_users(without_named_secrets(line)));
    std::string text;
    std::size_t done = 0;
    for (auto at = safe.find('@'); at != std::string::npos; at = safe.find('@', at + 1)) {
        const auto begin = std::max(begin_of(safe, at, kLocalPart), done);
        const auto end = end_of(safe, at + 1, kMaskHost);
        const bool is_address = begin < at && end > at + 1 &&
                                !std::string_view(safe).substr(0, begin).ends_with("(masked)");
        // systemd's units of templates: postfix@-.service.
        if (!is_address ||
            std::string_view(safe).substr(at + 1, end - at - 1).find('.') ==
                std::string_view::npos ||
            safe[at + 1] == '-')
            continue;
        text += safe.substr(done, begin - done);
        text += account(std::string_view(safe).substr(begin, at - begin)) + '@' +
                domain(std::string_view(safe).substr(at + 1, end - at - 1));
        done = end;
    }
    text += safe.substr(done);
    return with_accounts_masked(std::move(text));
}

// Names without a domain, where mailban itself writes them.
std::string Masker::with_accounts_masked(std::string text)
{
    for (const std::string_view before :
         {"account ", R"("account":")", R"("account": ")",
          "MAILBAN_ACCOUNT=", "stale password: ", "hijacked account? "}) {
        for (auto at = text.find(before); at != std::string::npos;
             at = text.find(before, at + before.size())) {
            const auto begin = at + before.size();
            const auto end = end_of(text, begin, kLocalPart);
            const auto name = text.substr(begin, end - begin);
            const bool is_name =
                !name.empty() && !name.starts_with("account") &&
                std::find(kNoAccounts.begin(), kNoAccounts.end(), name) == kNoAccounts.end();
            if (is_name && !(end < text.size() && text[end] == '@'))
                text.replace(begin, name.size(), account(name));
        }
    }
    return text;
}

std::string Masker::masked(std::string_view text)
{
    std::string result;
    for (std::size_t from = 0; from < text.size();) {
        const auto end = std::min(text.find('\n', from), text.size());
        result += masked_line(text.substr(from, end - from));
        if (end < text.size()) result += '\n';
        from = end + 1;
    }
    return result;
}

}  // namespace mailban
