// Masker: takes out of a text what a stranger must not read, before it is sent to one.
//
// Mail addresses, names of accounts and their domains become "account1@domain1.example": the same
// name always becomes the same word, so that one can still see who is who. Secrets become
// "(masked)". Addresses of clients stay, because a report about bans is about them.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace mailban {

class Masker {
public:
    // What is masked:
    // - mail addresses, and the name behind the word `account` (and "account": in JSON);
    // - the value of each key of YAML or JSON, of each header and of each option whose name has one
    //   of the words key, secret, token, password, passwd, credential, authorization in it; but not
    //   the path of a file (`key_file: /etc/mailban/policy.key`);
    // - a user and password in a URL;
    // - words that look drawn by lot: 20 letters and digits or more, of both kinds, that are no
    //   path, no name of a host and no hexadecimal id that mailban prints itself.
    std::string masked(std::string_view text);

private:
    std::string masked_line(std::string_view line);
    std::string with_accounts_masked(std::string text);
    std::string account(std::string_view name);
    std::string domain(std::string_view name);

    std::map<std::string, std::string, std::less<>> accounts_{};
    std::map<std::string, std::string, std::less<>> domains_{};
};

}  // namespace mailban
