"""A ban's life in a real firewall, from wrong passwords at a real Exim to the last dropped packet.

Usage: ban_life_test.py nftables|firewalld|ufw
"""

import datetime
import os
import sys
import time
import unittest

from lab import client, exim, firewalls, network, story, web
from lab.daemon import PORTS, Mailban
from lab.shell import wait_until

FIREWALL = sys.argv.pop(1) if len(sys.argv) > 1 and sys.argv[1] in firewalls.BY_NAME else "nftables"
LIMIT = 5
BAN_SECONDS = 20


class ABan(unittest.TestCase):
    """Every test has its own attackers; the ruleset must be as before when it ends."""

    @classmethod
    def setUpClass(cls):
        network.connect_hosts()
        cls.firewall = cls.enterClassContext(firewalls.BY_NAME[FIREWALL]())
        cls.enterClassContext(exim.Exim())
        cls.enterClassContext(web.OtherService())

    def setUp(self):
        # Each test has a daemon without memory; it must not learn of the attackers before its own.
        os.truncate(exim.MAIN_LOG, 0)
        self.before = self.firewall.snapshot()

    def mailban(self, ban):
        """A running daemon on Exim's log."""
        folder = f"/srv/mailban-{self.id().rsplit('.', 1)[-1]}"
        return self.enterContext(Mailban(folder, FIREWALL, exim.MAIN_LOG, limit=LIMIT, ban=ban))

    def guess(self, *attackers):
        """Wrong passwords, exactly as many as the rule allows; each is answered."""
        for attacker in attackers:
            self.assertEqual(client.guess_passwords(attacker, LIMIT), [535] * LIMIT)

    def assert_shut_out(self, *attackers):
        """New connections to every mail port get no answer."""
        for attacker in attackers:
            self.assertEqual(client.unanswered(attacker, PORTS), sorted(PORTS), attacker)

    def assert_let_in(self, *attackers):
        """Every mail port answers."""
        for attacker in attackers:
            self.assertEqual(client.unanswered(attacker, PORTS), [], attacker)

    def test_shuts_out_the_guesser_and_nobody_else(self):
        mailban = self.mailban("1h")
        attackers = network.attacker(1), network.attacker6(1)
        self.assert_let_in(*attackers)
        held = [self.enterContext(client.Session(one, port)) for one in attackers for port in PORTS]
        self.guess(*attackers)
        for one in attackers:
            mailban.wait_for_ban(one)
        self.assert_shut_out(*attackers)
        self.assertEqual([session.is_dead() for session in held], [True] * len(held))
        for customer in (network.customer(1), network.customer6(1)):
            self.assertTrue(exim.still_serves(customer), customer)
            self.assertTrue(exim.still_serves(customer, port=587), customer)
        self.assertEqual([web.is_reachable(one) for one in attackers], [True, True])
        self.leave(mailban)

    def test_ends_at_its_time(self):
        mailban = self.mailban(f"{BAN_SECONDS}s")
        attackers = network.attacker(2), network.attacker6(2)
        self.guess(*attackers)
        ends = [datetime.datetime.fromisoformat(mailban.wait_for_ban(one)["until"]).timestamp()
                for one in attackers]
        self.assert_shut_out(*attackers)
        while self.unanswered_at_once(attackers) and time.time() < max(ends) + BAN_SECONDS:
            pass
        late = time.time() - max(ends)
        self.assert_let_in(*attackers)
        wait_until(lambda: mailban.banned() == [], "the daemon has ended its bans too", 3)
        print(f"{FIREWALL}: a ban of {BAN_SECONDS} s was lifted {late:+.1f} s from its end, as seen by the attacker")
        # The firewall's own clock counts in seconds or less; a probe takes a second.
        self.assertGreater(late, -1.5)
        self.assertLess(late, 3)
        self.leave(mailban)

    def test_ends_at_once_when_lifted_by_hand(self):
        mailban = self.mailban("1h")
        attackers = network.attacker(3), network.attacker6(3)
        self.guess(*attackers)
        for one in attackers:
            mailban.wait_for_ban(one)
        self.assert_shut_out(*attackers)
        for one in attackers:
            done = mailban.command("unban", one)
            self.assertEqual(done.returncode, 0, done.stderr)
            began = time.monotonic()
            while client.unanswered(one, PORTS, 0.2) and time.monotonic() < began + 5:
                pass
            print(f"{FIREWALL}: let in {time.monotonic() - began:.2f} s after unban")
            self.assertLess(time.monotonic() - began, 3)
            self.assert_let_in(one)
        self.leave(mailban)

    def test_may_be_an_administrators(self):
        mailban = self.mailban("1h")
        network_of_attackers = "198.51.100.16/29"
        done = mailban.command("ban", network_of_attackers, "--for", "1h", "--reason", "spam run")
        self.assertEqual(done.returncode, 0, done.stderr)
        mailban.wait_for_ban(network.attacker(17))
        self.assert_shut_out(network.attacker(16), network.attacker(20))
        self.assert_let_in(network.attacker(15))
        self.leave(mailban)

    @staticmethod
    def unanswered_at_once(attackers):
        """Whether some attacker still gets no answer within a fraction of a second."""
        return any(client.unanswered(one, PORTS, 0.25) for one in attackers)

    def leave(self, mailban):
        """SIGTERM with on_stop: remove leaves the ruleset byte for byte as it was before."""
        self.assertEqual(mailban.stop(), 0, mailban.said())
        self.maxDiff = None
        self.assertEqual(self.firewall.snapshot(), self.before)


if __name__ == "__main__":
    story.tell()
