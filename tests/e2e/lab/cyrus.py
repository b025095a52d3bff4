"""Debian's Cyrus IMAP and POP3 servers, with passwords compared by saslauthd."""

import os

from .shell import run, start, stop, wait_until

PORTS = (143, 110)

_SERVICES = """
START {
  recover cmd="/usr/sbin/cyrus ctl_cyrusdb -r"
}
SERVICES {
  imap cmd="imapd" listen="imap" proto="tcp4" prefork=0 maxchild=200
  imap6 cmd="imapd" listen="imap" proto="tcp6" prefork=0 maxchild=200
  pop3 cmd="pop3d" listen="pop3" proto="tcp4" prefork=0 maxchild=200
  pop36 cmd="pop3d" listen="pop3" proto="tcp6" prefork=0 maxchild=200
}
EVENTS {
}
"""
_IMAPD = """
configdirectory: /var/lib/cyrus
proc_path: /run/cyrus/proc
mboxname_lockpath: /run/cyrus/lock
defaultpartition: default
partition-default: /var/spool/cyrus/mail
allowplaintext: yes
autocreate_quota: 0
autocreate_post: yes
sasl_pwcheck_method: saslauthd
sasl_mech_list: PLAIN LOGIN
syslog_prefix: cyrus
"""


class Cyrus:
    """The running servers; they end with the block they are used in."""

    def __enter__(self):
        for path, text in (("/etc/cyrus.conf", _SERVICES), ("/etc/imapd.conf", _IMAPD)):
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
        for folder in ("proc", "lock", "socket"):
            os.makedirs(f"/run/cyrus/{folder}", exist_ok=True)
        run("chown", "-R", "cyrus:mail", "/run/cyrus")
        # Cyrus is in this group to reach saslauthd.
        run("usermod", "-a", "-G", "sasl", "cyrus")
        self._process = start("cyrmaster", "-p", "/run/cyrus/master.pid", log="/run/cyrus.output")
        wait_until(self._is_up, "Cyrus listens on all its ports", 20)
        return self

    def __exit__(self, *_):
        stop(self._process)

    def _is_up(self):
        if self._process.poll() is not None:
            with open("/run/cyrus.output", encoding="utf-8") as said:
                raise AssertionError(f"Cyrus ended: {said.read()}")
        listening = run("ss", "-Hltn")
        return all(f":{port} " in listening for port in PORTS)
