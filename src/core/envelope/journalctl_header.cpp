// What journalctl prints in front of a message, where it is not syslog's form.
#include "mailban/scan.h"

#include <algorithm>
#include <array>

#include "header_fields.h"

namespace mailban {

namespace {

struct Unit {
    std::string_view name{};
    std::string_view program{};
};

// `-o with-unit` names the unit in place of the program. Postfix's daemons share one unit; smtpd's
// messages have a form that no other one's have.
constexpr std::array<Unit, 9> kUnits{{{"postfix", "postfix/smtpd"},
                                      {"opensmtpd", "smtpd"},
                                      {"cyrus-imapd", "cyrus/cyrus"},
                                      {"courier-imap", "imapd"},
                                      {"courier-imap-ssl", "imapd-ssl"},
                                      {"courier-pop", "pop3d"},
                                      {"courier-pop-ssl", "pop3d-ssl"},
                                      {"courier-mta", "courieresmtpd"},
                                      {"courier-authdaemon", "authdaemond"}}};

// "postfix@-.service" -> "postfix/smtpd", "dovecot.service" -> "dovecot"
std::string_view program_of(std::string_view name) noexcept
{
    constexpr std::string_view kEnd = ".service";
    if (!name.ends_with(kEnd)) return name;
    name.remove_suffix(kEnd.size());
    name = name.substr(0, name.find('@'));
    const auto* const known = std::find_if(kUnits.begin(), kUnits.end(),
                                           [&](const Unit& unit) { return unit.name == name; });
    return known == kUnits.end() ? name : known->program;
}

}  // namespace

bool take_journalctl_fields(std::string_view text, LineHeader& header) noexcept
{
    if (!take_host_and_tag(text, header)) return false;
    header.program = program_of(header.program);
    return true;
}

}  // namespace mailban
