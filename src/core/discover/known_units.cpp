#include "mailban/discover/known_units.h"

#include "mailban/discover/shell_pattern.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace mailban {

namespace {

const std::vector<std::string_view>& instance_patterns()
{
    static const std::vector<std::string_view> kPatterns{"postfix@*.service", "dovecot@*.service",
                                                         "exim4@*.service", "exim@*.service",
                                                         "sendmail@*.service"};
    return kPatterns;
}

}  // namespace

const std::vector<std::string_view>& mail_units()
{
    static const std::vector<std::string_view> kUnits{"postfix.service",
                                                      "postfix@-.service",
                                                      "dovecot.service",
                                                      "exim4.service",
                                                      "exim.service",
                                                      "sendmail.service",
                                                      "opensmtpd.service",
                                                      "smtpd.service",
                                                      "courier.service",
                                                      "courier-mta.service",
                                                      "courier-mta-ssl.service",
                                                      "courier-msa.service",
                                                      "courier-imap.service",
                                                      "courier-imap-ssl.service",
                                                      "courier-imapd.service",
                                                      "courier-imapd-ssl.service",
                                                      "courier-pop.service",
                                                      "courier-pop-ssl.service",
                                                      "courier-pop3d.service",
                                                      "courier-authdaemon.service",
                                                      "authdaemond.service",
                                                      "cyrus-imapd.service",
                                                      "cyrus-imap.service",
                                                      "cyrus.service",
                                                      "haraka.service",
                                                      "stalwart.service",
                                                      "stalwart-mail.service",
                                                      "stalwart-smtp.service",
                                                      "stalwart-imap.service",
                                                      "maddy.service",
                                                      "zimbra.service",
                                                      "kerio-connect.service",
                                                      "carbonio.service",
                                                      "postal.service",
                                                      "mailserver.service",
                                                      "docker-mailserver.service"};
    return kUnits;
}

const std::vector<std::string_view>& mail_identifiers()
{
    static const std::vector<std::string_view> kIdentifiers{"postfix/smtpd",
                                                            "postfix/submission/smtpd",
                                                            "postfix/smtps/smtpd",
                                                            "postfix/submissions/smtpd",
                                                            "postfix/postscreen",
                                                            "dovecot",
                                                            "exim",
                                                            "exim4",
                                                            "sendmail",
                                                            "sm-mta",
                                                            "smtpd",
                                                            "courieresmtpd",
                                                            "imapd",
                                                            "imapd-ssl",
                                                            "pop3d",
                                                            "pop3d-ssl",
                                                            "cyrus/imap",
                                                            "cyrus/imaps",
                                                            "cyrus/pop3",
                                                            "cyrus/pop3s",
                                                            "haraka",
                                                            "stalwart"};
    return kIdentifiers;
}

bool is_mail_unit(std::string_view unit) noexcept
{
    const auto& exact = mail_units();
    if (std::find(exact.begin(), exact.end(), unit) != exact.end()) return true;
    const auto& patterns = instance_patterns();
    return !unit.ends_with("@.service") &&
           std::any_of(patterns.begin(), patterns.end(),
                       [&](std::string_view pattern) { return fits_pattern(pattern, unit); });
}

std::vector<std::string> mail_units_of(const std::vector<std::string>& units)
{
    std::set<std::string> taken;
    std::copy_if(units.begin(), units.end(), std::inserter(taken, taken.end()), is_mail_unit);
    const bool has_template =
        std::find(units.begin(), units.end(), "postfix@.service") != units.end();
    const auto is_instance = [](const std::string& unit) { return unit.starts_with("postfix@"); };
    if (has_template && std::none_of(taken.begin(), taken.end(), is_instance))
        taken.insert("postfix@-.service");
    return {taken.begin(), taken.end()};
}

}  // namespace mailban
