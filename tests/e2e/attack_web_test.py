"""Roundcube and SOGo as Debian has them: whatever a client sends, nobody else is named and nothing hidden.

The packages are many; MAILBAN_LONG=1 installs them.
"""

import os
import sys
import unittest

from lab import machine, network, story, webmail
from lab.attack import ShippedMailban
from lab.dovecot import Dovecot
from lab.servers import running
from lab.shell import wait_until

CHOSEN = "192.0.2.80"
STAMP = "[28-Nov-2026 18:30:34]"
FAILED = f"{STAMP} Login failed for  from {CHOSEN}. "
TOLD = f"{STAMP}: Failed login for bob from {CHOSEN} in session a (error: 0)"
SUCCEEDED = f"{STAMP} Successful login for bob (ID: 1) from {CHOSEN} in session a"
SOGO_FAILED = (f"Nov 28 18:25:37 sogod [77]: SOGoRootPage Login from '{CHOSEN}' for user 'bob' might not have worked - "
               "password policy: 65535  grace: -1  expire: -1  bound: 173")
SOGO_ACCESS = f'Nov 28 18:25:37 sogod [77]: {CHOSEN} "POST /SOGo/connect HTTP/1.1" 403 33/40 0.039 - - 6M - 10'
TRUSTED = "parser: sogo, trusted_front_end: true"


class AnAttackedWebmail(unittest.TestCase):
    """Every test has a daemon, servers and an attacker of its own."""

    @classmethod
    def setUpClass(cls):
        network.connect_hosts()

    def mailban(self, log, source="parser: auto"):
        os.makedirs(os.path.dirname(log), exist_ok=True)
        with open(log, "w", encoding="ascii"):
            pass
        return self.enterContext(ShippedMailban(f"/srv/{self.id().rsplit('.', 1)[-1]}", [log], source=source))

    def assert_is_not_named(self, mailban):
        shown = mailban.ask("show", CHOSEN)
        self.assertEqual(shown["evidence"], [])
        self.assertFalse(shown["banned"])

    def assert_is_banned(self, mailban, source):
        wait_until(lambda: mailban.ask("show", source)["banned"], f"{source} is banned", 10)

    def test_roundcube_names_nobody_that_a_client_has_written(self):
        mailban = self.mailban(webmail.ROUNDCUBE_LOG)
        with running(Dovecot(), webmail.apache()):
            for forged in ([FAILED], [FAILED] * 2, [FAILED] * 4, [TOLD], [TOLD] * 2, [TOLD] * 3, [SUCCEEDED],
                           [f"{STAMP} Login failed for x"] * 3 + [SUCCEEDED, "z"]):
                for number in range(2):
                    webmail.roundcube_login(network.attacker(number + 1), "\n".join(["x", *forged]))
            source = network.attacker(3)
            for _ in range(3):
                webmail.roundcube_login(source, "x\ny")
                webmail.roundcube_login(source, "bob")
                webmail.roundcube_login(source, "bob")
            self.assert_is_banned(mailban, source)
        self.assert_is_not_named(mailban)

    def test_sogo_behind_a_stock_apache_names_nobody(self):
        mailban = self.mailban(webmail.SOGO_LOG)
        source = network.attacker(4)
        with running(webmail.sogo(), webmail.apache()):
            for number in range(6):
                webmail.sogo_login(source, f"bob{number}", f"x-webobjects-remote-host: {CHOSEN}")
                webmail.sogo_login(source, f"x\n{SOGO_FAILED}\n{SOGO_ACCESS}")
            self.assert_last_line_is_read(mailban)
        self.assert_is_not_named(mailban)

    def assert_last_line_is_read(self, mailban):
        with open(webmail.SOGO_LOG, "rb") as log:
            size = len(log.read())
        wait_until(lambda: mailban.ask("status")["sources"][0]["lines"] > 0 and size > 0, "lines are read", 10)

    def test_sogo_behind_an_apache_that_writes_the_address_names_its_peer(self):
        self.check_trusted(webmail.apache(webmail.TRUE_ADDRESS), network.attacker(5))

    def test_sogo_behind_nginx_names_its_peer(self):
        self.check_trusted(webmail.nginx(), network.attacker(6))

    @staticmethod
    def wait_until_processes_are_known(mailban):
        """SOGo has just been started: for some seconds nothing tells its processes from an attacker's text."""
        stranger = network.customer(9)

        def is_counted():
            webmail.sogo_login(stranger, "carla")
            return mailban.ask("show", stranger)["evidence"]
        wait_until(is_counted, "a failure is counted", 30, every=4)

    def check_trusted(self, front, source):
        mailban = self.mailban(webmail.SOGO_LOG, TRUSTED)
        with running(webmail.sogo(), front):
            self.wait_until_processes_are_known(mailban)
            for header in ("x-webobjects-remote-host", "X-Forward", "X-Forwarded-For"):
                webmail.sogo_login(source, "bob", f"{header}: {CHOSEN}")
            webmail.sogo_login(source, f"x\n{SOGO_FAILED}\n{SOGO_ACCESS}")
            for _ in range(5):
                try:
                    webmail.sogo_login(source, "bob")
                except (OSError, webmail.client.NoAnswer):
                    break
            self.assert_is_banned(mailban, source)
        self.assert_is_not_named(mailban)


if __name__ == "__main__":
    if not story.IS_LONG:
        print("skipped: MAILBAN_LONG=1 installs the packages and runs it")
        sys.exit(machine.SKIPPED)
    story.tell("web")
