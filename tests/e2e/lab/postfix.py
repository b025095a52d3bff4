"""Debian's Postfix, with passwords compared by Dovecot or by Cyrus SASL's saslauthd."""

import os

from .shell import outcome, run, wait_until

PORTS = (25, 587)

_MAIN = """
compatibility_level = 3.6
myhostname = mx.example.com
mydestination = localhost
mynetworks = 127.0.0.0/8
inet_protocols = all
alias_maps =
smtpd_sasl_auth_enable = yes
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 100
{sasl}
"""
ASKS_DOVECOT = """
smtpd_sasl_type = dovecot
smtpd_sasl_path = /run/dovecot/auth-client
"""
ASKS_SASLAUTHD = """
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
"""

_MASTER = """
smtp       inet  n  -  n  -  -  smtpd
submission inet  n  -  n  -  -  smtpd
  -o syslog_name=postfix/submission
pickup     unix  n  -  n  60 1  pickup
cleanup    unix  n  -  n  -  0  cleanup
qmgr       unix  n  -  n  300 1 qmgr
rewrite    unix  -  -  n  -  -  trivial-rewrite
anvil      unix  -  -  n  -  1  anvil
tlsmgr     unix  -  -  n  -  1  tlsmgr
proxymap   unix  -  -  n  -  -  proxymap
bounce     unix  -  -  n  -  0  bounce
defer      unix  -  -  n  -  0  bounce
error      unix  -  -  n  -  -  error
local      unix  -  n  n  -  -  local
"""


class Postfix:
    """The running mail server; ends with the block it is used in."""

    def __init__(self, sasl):
        self._main = _MAIN.format(sasl=sasl)

    def __enter__(self):
        os.makedirs("/etc/postfix/sasl", exist_ok=True)
        for name, text in (("main.cf", self._main), ("master.cf", _MASTER),
                           ("sasl/smtpd.conf", "pwcheck_method: saslauthd\nmech_list: PLAIN LOGIN\n")):
            with open(f"/etc/postfix/{name}", "w", encoding="ascii") as file:
                file.write(text)
        run("postfix", "start")
        wait_until(self._is_up, "Postfix listens on all its ports")
        return self

    def __exit__(self, *_):
        outcome("postfix", "stop")

    @staticmethod
    def _is_up():
        listening = run("ss", "-Hltn")
        return all(f":{port} " in listening for port in PORTS)
