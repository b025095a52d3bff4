"""Debian's Sendmail, with passwords compared by saslauthd."""

import os
import signal

from . import network
from .shell import run, wait_until

PORTS = (25, 587)

# Of IPv6, it listens at no wildcard beside that of IPv4. RefuseLA: where other tests keep the machine
# busy (a load of 12 for a processor), it would refuse all connections.
_CONFIGURATION = f"""\
define(`_USE_ETC_MAIL_')dnl
include(`/usr/share/sendmail/cf/m4/cf.m4')dnl
OSTYPE(`debian')dnl
DOMAIN(`debian-mta')dnl
FEATURE(`no_default_msa')dnl
DAEMON_OPTIONS(`Family=inet, Name=MTA-v4, Addr={network.SERVER}, Port=25')dnl
DAEMON_OPTIONS(`Family=inet6, Name=MTA-v6, Addr={network.SERVER6}, Port=25, Modifiers=O')dnl
DAEMON_OPTIONS(`Family=inet, Name=MSA-v4, Addr={network.SERVER}, Port=587')dnl
DAEMON_OPTIONS(`Family=inet6, Name=MSA-v6, Addr={network.SERVER6}, Port=587, Modifiers=O')dnl
define(`confDOMAIN_NAME', `mx.example.com')dnl
define(`confTO_IDENT', `0')dnl
define(`confREFUSE_LA', `0')dnl
define(`confAUTH_MECHANISMS', `PLAIN LOGIN')dnl
TRUST_AUTH_MECH(`PLAIN LOGIN')dnl
MAILER(`local')dnl
MAILER(`smtp')dnl
"""
_SASL = "pwcheck_method: saslauthd\nmech_list: PLAIN LOGIN\n"
_PID_FILE = "/run/sendmail/mta/sendmail.pid"


class Sendmail:
    """The running mail server; ends with the block it is used in."""

    def __enter__(self):
        _write("/etc/mail/lab.mc", _CONFIGURATION)
        _write("/etc/mail/sendmail.cf", run("m4", "/etc/mail/lab.mc"))
        for folder in ("/etc/mail/sasl", "/usr/lib/sasl2"):
            os.makedirs(folder, exist_ok=True)
        for path in ("/etc/mail/sasl/Sendmail.conf.2", "/usr/lib/sasl2/Sendmail.conf"):
            _write(path, _SASL)
        os.makedirs("/run/sendmail/mta", exist_ok=True)
        # A host whose name has no dot makes Sendmail wait for a better one.
        _write("/etc/hosts", "127.0.0.1 mx.example.com localhost\n")
        run("hostname", "mx.example.com")
        run("/usr/sbin/sendmail-mta", "-bd", f"-OPidFile={_PID_FILE}")
        wait_until(self._is_up, "Sendmail listens on all its ports")
        return self

    def __exit__(self, *_):
        with open(_PID_FILE, encoding="ascii") as file:
            os.kill(int(file.readline()), signal.SIGTERM)

    @staticmethod
    def _is_up():
        listening = run("ss", "-Hltn")
        return all(f":{port} " in listening for port in PORTS)


def _write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
