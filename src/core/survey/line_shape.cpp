#include "mailban/survey/line_shape.h"

#include "mailban/net/ip_address.h"
#include "mailban/scan.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>

namespace mailban {

namespace {

constexpr std::array<std::string_view, 11> kLoginWords{"auth",       "login",   "logon",  "log in",
                                                       "password",   "sasl",    "passwd", "user",
                                                       "credential", "account", "sign in"};
constexpr std::array<std::string_view, 19> kFailureWords{
    "fail",     "invalid", "denied",   "wrong",        "incorrect",   "reject",    "refus",
    "mismatch", "bad ",    "no such",  "disallow",     "error",       "not found", "abort",
    "block",    "illegal", "too many", "unknown user", "user unknown"};

// After these a name follows, unless one of the others does.
constexpr std::array<std::string_view, 5> kBeforeNames{"user", "username", "account", "mailbox",
                                                       "for"};
constexpr std::array<std::string_view, 36> kNoNames{
    "not",    "unknown", "is",   "was",    "has",    "does",    "the",     "a",        "an",
    "from",   "in",      "on",   "or",     "and",    "with",    "at",      "by",       "to",
    "of",     "this",    "that", "lookup", "failed", "failure", "attempt", "attempts", "disabled",
    "locked", "expired", "name", "found",  "too",    "denied",  "via",     "method",   "aborted"};

bool is_printable(char c) noexcept
{
    return c >= ' ' && c <= '~';
}

// What a word is made of; everything that is no printable ASCII is.
bool is_of_word(char c) noexcept
{
    constexpr std::string_view kOthers = "_-.:@+%/~*";
    return is_letter_or_digit(c) || !is_printable(c) || kOthers.find(c) != std::string_view::npos;
}

// "10", "0.25", "10ms", "2026-11-23", "3600K"
bool is_number(std::string_view word) noexcept
{
    constexpr std::size_t kLongestUnit = 3;
    const auto last = word.find_last_of("0123456789");
    if (last == std::string_view::npos || word.size() - last - 1 > kLongestUnit) return false;
    const auto in_number = [](char c) { return is_digit(c) || c == '.' || c == '-' || c == '+'; };
    return std::ranges::all_of(word.substr(0, last + 1), in_number) &&
           std::ranges::all_of(word.substr(last + 1),
                               [](char c) { return is_letter(c) || c == '%' || c == '.'; });
}

// Letters in no order of a language, digits among them: "aBcDeF", "5f3a9c", or very many of them.
bool is_id(std::string_view word) noexcept
{
    constexpr std::size_t kLongestWord = 40;
    constexpr std::ptrdiff_t kMostDigits = 2;  // "pop3-login", "TLSv1"
    const auto digits = std::ranges::count_if(word, is_digit);
    if (word.size() > kLongestWord || digits > kMostDigits || is_digit(word.front())) return true;
    int humps = 0;
    for (std::size_t at = 1; at < word.size(); ++at) {
        const bool was_small = word[at - 1] >= 'a' && word[at - 1] <= 'z';
        if (was_small && kUpperCase.has(word[at])) ++humps;
        if (is_digit(word[at - 1]) && kUpperCase.has(word[at])) ++humps;
    }
    return humps > 1 || (digits > 0 && humps > 0);
}

// "mail.example.com"
bool is_host(std::string_view word) noexcept
{
    const auto dot = word.find('.');
    return dot != 0 && dot != std::string_view::npos && dot + 1 < word.size();
}

// What stands for a word without colons or slashes; empty: itself.
std::string_view placeholder_of(std::string_view word) noexcept
{
    if (!std::ranges::all_of(word, is_printable)) return "{text}";
    if (word.find('@') != std::string_view::npos) return "{account}";
    if (is_number(word)) return "{n}";
    if (is_host(word)) return "{host}";
    return is_id(word) ? "{id}" : "";
}

class Shaper {
public:
    explicit Shaper(std::string_view message) : rest_(message.substr(0, kShapedBytes)) {}

    std::string shape()
    {
        while (!rest_.empty() && shape_.size() < kLongestShape)
            take_one();
        if (shape_.size() > kLongestShape) {
            shape_.resize(kLongestShape - 3);
            shape_ += "...";
        }
        while (shape_.ends_with(' '))
            shape_.pop_back();
        return shape_;
    }
    bool has_address() const noexcept { return has_address_; }

private:
    void take_one()
    {
        const char c = rest_.front();
        if (c == ' ' || c == '\t') return take_blanks();
        if (take_quoted()) return;
        if (is_of_word(c)) return take_word();
        if (c == '=') {
            rest_.remove_prefix(1);
            shape_ += '=';
            is_value_ = true;
            return;
        }
        // Braces are the shape's own.
        shape_ += c == '{' ? '(' : c == '}' ? ')' : c;
        rest_.remove_prefix(1);
        expects_name_ = is_value_ = false;
    }

    void take_blanks()
    {
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t'))
            rest_.remove_prefix(1);
        if (!shape_.empty()) shape_ += ' ';
        is_value_ = false;
    }

    bool take_quoted()
    {
        const char c = rest_.front();
        const bool is_apostrophe = c == '\'' && !shape_.empty() && is_letter(shape_.back());
        if (c == '"' || (c == '\'' && !is_apostrophe)) return take_between(c);
        if (c == '<' && rest_.size() > 1 && is_of_word(rest_[1])) return take_between('>');
        return c == '(' && take_lone_name();
    }

    bool take_between(char close)
    {
        const auto end = rest_.find(close, 1);
        if (end == std::string_view::npos) return false;
        const auto text = rest_.substr(1, end - 1);
        const bool is_key = end + 1 < rest_.size() &&
                            (rest_[end + 1] == ':' || rest_[end + 1] == '=') && close == '"' &&
                            std::ranges::all_of(text, is_letter);
        shape_ += rest_.front();
        if (IpAddress::parse(text)) {
            add_address();
        } else if (is_key) {
            shape_ += text;
        } else if (!text.empty()) {
            shape_ += "{text}";
        }
        shape_ += close;
        rest_.remove_prefix(end + 1);
        expects_name_ = is_value_ = false;
        return true;
    }

    // "H=(name)", "(name) [192.0.2.7]": what a client calls itself.
    bool take_lone_name()
    {
        const auto end = rest_.find(')');
        if (end == std::string_view::npos || end < 2) return false;
        const bool is_name = is_value_ || rest_.substr(end + 1).starts_with(" [");
        if (!is_name || !std::ranges::all_of(rest_.substr(1, end - 1), is_of_word)) return false;
        shape_ += "({text})";
        rest_.remove_prefix(end + 1);
        return true;
    }

    void take_word()
    {
        std::size_t length = 0;
        while (length < rest_.size() && is_of_word(rest_[length]))
            ++length;
        auto word = rest_.substr(0, length);
        rest_.remove_prefix(length);
        std::size_t closing = 0;
        while (closing < word.size() && !IpAddress::parse(word) &&
               (word.back() == ':' || word.back() == '.')) {
            word.remove_suffix(1);
            ++closing;
        }
        add_word(word);
        const auto end = std::string_view(word.data() + word.size(), closing);
        shape_ += end;
        if (!end.empty()) expects_name_ = false;
        is_value_ = false;
    }

    // Parts between colons and slashes stand for themselves.
    void add_word(std::string_view word)
    {
        if (IpAddress::parse(word)) return add_address();
        const bool is_account = word.find('@') != std::string_view::npos;
        if (is_account && std::ranges::all_of(word, is_printable)) {
            shape_ += "{account}";
            return;
        }
        while (!word.empty()) {
            const auto end = std::min(word.find_first_of(":/"), word.size());
            if (end > 0) add_part(word.substr(0, end));
            if (end < word.size()) shape_ += word[end];
            word.remove_prefix(std::min(end + 1, word.size()));
        }
    }

    void add_part(std::string_view part)
    {
        if (IpAddress::parse(part)) return add_address();
        const auto lower = lower_case(part);
        const bool introduces = is_one_of(lower, kBeforeNames);
        const bool is_name = expects_name_ && !introduces && !is_one_of(lower, kNoNames);
        expects_name_ = introduces && !is_value_;
        if (const auto placeholder = placeholder_of(part); !placeholder.empty()) {
            shape_ += placeholder;
        } else if (is_value_) {
            shape_ += "{value}";
        } else if (is_name) {
            shape_ += "{name}";
        } else {
            add_plain(part);
        }
    }

    // "pop3" is "pop{n}".
    void add_plain(std::string_view part)
    {
        for (std::size_t at = 0; at < part.size(); ++at) {
            if (!is_digit(part[at])) {
                shape_ += part[at];
            } else if (at == 0 || !is_digit(part[at - 1])) {
                shape_ += "{n}";
            }
        }
    }

    void add_address()
    {
        shape_ += "{ip}";
        has_address_ = true;
        expects_name_ = false;
    }

    std::string_view rest_;
    std::string shape_{};
    bool has_address_ = false;
    bool expects_name_ = false;  // the word before was "user" or its like
    bool is_value_ = false;      // an equals sign was before
};

Likelihood likelihood_of(std::string_view message, bool has_address)
{
    const auto text = lower_case(message.substr(0, kShapedBytes));
    const int signs = static_cast<int>(has_address) +
                      static_cast<int>(contains_any(text, kLoginWords)) +
                      static_cast<int>(contains_any(text, kFailureWords));
    if (signs == 3) return Likelihood::likely;
    return signs == 2 ? Likelihood::possible : Likelihood::unlikely;
}

}  // namespace

std::string_view to_string(Likelihood likelihood) noexcept
{
    constexpr std::array<std::string_view, kLikelihoods> kNames{"likely", "possible", "unlikely"};
    return kNames[static_cast<std::size_t>(likelihood)];
}

LineShape shape_of(std::string_view message)
{
    Shaper shaper(message);
    LineShape shape;
    shape.text = shaper.shape();
    shape.likelihood = likelihood_of(message, shaper.has_address());
    return shape;
}

}  // namespace mailban
