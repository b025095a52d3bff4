// What clients send to mislead a reader of logs: false addresses in every notation, beginnings and
// ends of log lines, whole lines, quotes, brackets, bytes that are no text.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace mailban::test {

class HostileText {
public:
    explicit HostileText(std::uint32_t seed) : random_(seed) {}

    std::size_t below(std::size_t limit) { return random_() % limit; }
    std::string any();
    // The same without blanks: a word of a command.
    std::string word();

private:
    std::mt19937 random_;
};

// As the servers print text that they do not trust.
std::string in_octal(const std::string& text);        // Sendmail's "\303\274"
std::string as_exim_prints(const std::string& text);  // the same, and "\\r", "\\t"
std::string with_carets(const std::string& text);     // Cyrus's "^J"; other bytes as they are
std::string without_blanks(const std::string& text);  // OpenSMTPD's "\040"

}  // namespace mailban::test
