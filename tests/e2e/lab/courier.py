"""Debian's Courier: its ESMTP, IMAP and POP3 servers, with passwords compared through PAM."""

import os
import re

from . import sasl
from .shell import outcome, run, wait_until

PORTS = (25, 143, 110)

_MANY = {"MAXDAEMONS": "300", "MAXPERC": "200", "MAXPERIP": "40"}
_SETTINGS = {
    "esmtpd": {**_MANY, "ESMTPAUTH": "PLAIN LOGIN", "BOFHCHECKDNS": "0", "TARPIT": "0",
              
               "TCPDOPTS": "-stderrlogger=/usr/sbin/courierlogger -noidentlookup -nodnslookup"},
    "imapd": {**_MANY, "IMAP_CAPABILITY": "IMAP4rev1 AUTH=PLAIN"},
    "pop3d": {**_MANY, "POP3AUTH": "PLAIN LOGIN"},
    "authdaemonrc": {"daemons": "40"},
}


class Courier:
    """The running servers; they end with the block they are used in."""

    def __enter__(self):
        sasl.add_account()
        for name, values in _SETTINGS.items():
            _change(f"/etc/courier/{name}", values)
        for name in ("me", "locals"):
            with open(f"/etc/courier/{name}", "w", encoding="ascii") as file:
                file.write("mx.example.com\n")
        os.makedirs("/run/courier/authdaemon", exist_ok=True)
        run("chown", "-R", "courier:courier", "/run/courier")
        run("makesmtpaccess")
        run("authdaemond", "start")
        for server in ("esmtpd", "imapd", "pop3d"):
            run(f"/usr/sbin/{server}", "start")
        wait_until(self._is_up, "Courier listens on all its ports")
        return self

    def __exit__(self, *_):
        for server in ("esmtpd", "imapd", "pop3d", "authdaemond"):
            outcome(f"/usr/sbin/{server}", "stop")

    @staticmethod
    def _is_up():
        listening = run("ss", "-Hltn")
        return all(f":{port} " in listening for port in PORTS)


def _change(path, values):
    """Sets variables of a file of shell assignments."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for name, value in values.items():
        text = re.sub(rf"(?m)^{name}=.*\n", "", text) + f'{name}="{value}"\n'
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
