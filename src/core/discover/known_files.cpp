#include "mailban/discover/known_files.h"

#include <algorithm>

namespace mailban {

namespace {
constexpr std::string_view kSyslog = "syslog";
}

const std::vector<KnownFile>& known_files()
{
    static const std::vector<KnownFile> kFiles{
        {"/var/log/mail.log", kSyslog},               // Debian, Ubuntu
        {"/var/log/maillog", kSyslog},                // EL, cPanel, Plesk, DirectAdmin, Slackware
        {"/var/log/mail", kSyslog},                   // SUSE; a folder elsewhere
        {"/var/log/mail/mail.log", kSyslog},          // docker-mailserver's volume
        {"/var/log/mail/info", kSyslog},              // Mageia
        {"/var/log/mail/info.log", kSyslog},          // ALT
        {"/usr/local/psa/var/log/maillog", kSyslog},  // Plesk, before 17
        {"/var/log/zimbra.log", kSyslog},             // Zimbra's Postfix
        {"/var/log/carbonio.log", kSyslog},
        {"/var/log/syslog", kSyslog, true},       // Debian, where mail has no file of its own
        {"/var/log/messages", kSyslog, true},     // Alpine and others with one log for all
        {"/var/log/exim4/mainlog", "exim"},       // Debian, Ubuntu
        {"/var/log/exim/main.log", "exim"},       // EL
        {"/var/log/exim_mainlog", "exim"},        // cPanel
        {"/var/log/exim/mainlog", "exim"},        // DirectAdmin, Arch, Alpine
        {"/var/log/exim/exim_main.log", "exim"},  // Gentoo
        {"/var/log/exim/exim_mainlog", "exim"},
        {"/var/spool/exim/log/mainlog", "exim"},  // as Exim is built
        {"/usr/exim/log/mainlog", "exim"},
        {"/var/log/postfix.log", "postfix"},  // maillog_file, as Postfix's manual has it
        {"/var/log/dovecot.log", "dovecot"},  // log_path, as Dovecot's manual has it
        {"/var/log/dovecot-info.log", "dovecot"},
        {"/var/log/dovecot/dovecot.log", "dovecot"},  // iRedMail and others by rsyslog
        {"/var/log/dovecot/imap.log", "dovecot"},
        {"/var/log/dovecot/pop3.log", "dovecot"},
        {"/var/log/dovecot/sieve.log", "dovecot"},
        {"/var/log/haraka.log", "haraka"},
        {"/var/log/stalwart/stalwart.log*", "stalwart"},
        {"/opt/stalwart/logs/stalwart.log*", "stalwart"},
        {"/opt/stalwart-mail/logs/stalwart.log*", "stalwart"},
        {"/opt/zimbra/log/audit.log", "zimbra"},
        {"/opt/zextras/log/audit.log", "zimbra"},
        {"/opt/kerio/mailserver/store/logs/security.log", "kerio"},
        // nginx's error log for the web holds what programs behind it print: no client may write
        // it.
        {"/var/log/nginx/mail.log", "nginx"},
        {"/var/log/nginx/mail_error.log", "nginx"},
        {"/var/log/nginx/mail-error.log", "nginx"},
        {"/var/log/nginx/mail.error.log", "nginx"}};
    return kFiles;
}

std::vector<std::string> taken_files(const std::vector<std::string>& existing, bool has_units)
{
    std::vector<std::string> taken;
    std::vector<std::string> last_resorts;
    bool has_syslog = has_units;
    for (const auto& file : known_files()) {
        if (std::find(existing.begin(), existing.end(), file.path) == existing.end()) continue;
        (file.is_last_resort ? last_resorts : taken).emplace_back(file.path);
        has_syslog |= !file.is_last_resort && file.writer == kSyslog;
    }
    if (!has_syslog) taken.insert(taken.end(), last_resorts.begin(), last_resorts.end());
    return taken;
}

}  // namespace mailban
