"""The database is damaged while firewalld or ufw hold the bans: they are taken up from there, and nobody
is let in meanwhile. (nftables: state_faults_test.py.)
"""

import contextlib
import datetime
import os
import threading
import unittest

from lab import client, firewalls, network, story, web
from lab.daemon import Mailban, append, failure
from lab.faults import damage
from lab.shell import wait_until

PORT = web.PORT
ATTACKERS = (network.attacker(1), network.attacker(2), network.attacker6(3))
BAN_SECONDS = 3600


class Recovery(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        network.connect_hosts()
        cls.enterClassContext(web.OtherService())

    def mailban(self, backend):
        """A daemon that leaves its bans in the firewall when it ends."""
        log = f"/srv/{backend}.log"
        append(log, "")
        made = Mailban(f"/srv/{backend}", backend, log, on_stop="keep", ports=(PORT,))
        self.addCleanup(made.__exit__)
        return made

    @contextlib.contextmanager
    def nobody_gets_in(self):
        """Each attacker tries again and again, as long as the block lasts."""
        over = threading.Event()
        tries = dict.fromkeys(ATTACKERS, 0)
        let_in = []

        def knock(address):
            while not over.is_set():
                tries[address] += 1
                if not client.gets_no_answer(address, PORT, 0.05):
                    let_in.append(address)

        knocking = [threading.Thread(target=knock, args=(one,)) for one in ATTACKERS]
        for one in knocking:
            one.start()
        try:
            yield
            already = dict(tries)
            wait_until(lambda: all(tries[one] > already[one] + 1 for one in ATTACKERS), "all tried last")
        finally:
            over.set()
            for one in knocking:
                one.join()
        self.assertEqual(let_in, [])

    def is_recovered(self, backend):
        """Bans, a database that is none any more and a log that is gone: the firewall knows."""
        firewall = self.enterContext(firewalls.BY_NAME[backend]())
        before = firewall.snapshot()
        mailban = self.mailban(backend)
        mailban.start()
        for one in ATTACKERS:
            append(mailban.log, failure(one) * 5)
        for one in ATTACKERS:
            mailban.wait_for_ban(one)
        banned = sorted(mailban.banned())
        with self.nobody_gets_in():
            self.assertEqual(mailban.stop(), 0)
            os.remove(mailban.log)
            append(mailban.log, "")
            damage(f"{mailban.folder}/state/mailban.db")
            began = datetime.datetime.now(datetime.timezone.utc)
            mailban.start()
            bans = mailban.ask("bans")
            self.assertEqual(sorted(one["prefix"] for one in bans), banned)
            self.assertEqual({one["rule"] for one in bans}, {"recovered"})
            for one in bans:
                left = datetime.datetime.fromisoformat(one["until"]) - began
                self.assertLess(abs(left.total_seconds() - BAN_SECONDS), 20)
            self.assertTrue(web.is_reachable(network.customer(1)))
        self.assertIn("3 bans were recovered from the firewall", mailban.said())
        self.assertIn("a new one was created", str(mailban.ask("status")["warnings"]))
        # From now on they are bans like others: known after a restart, and lifted when told.
        with self.nobody_gets_in():
            mailban.kill()
            mailban.start()
            self.assertEqual(sorted(mailban.banned()), banned)
        for one in banned:
            self.assertEqual(mailban.command("unban", one).returncode, 0)
        for one in ATTACKERS:
            wait_until(lambda one=one: web.is_reachable(one), f"{one} is let in again")
        self.assertEqual(mailban.command("firewall", "remove", "--config", mailban.config).returncode, 0)
        wait_until(lambda: firewall.snapshot() == before, "nothing of it is left", 20, 0.2)

    def test_from_firewalld(self):
        self.is_recovered("firewalld")

    def test_from_ufw(self):
        self.is_recovered("ufw")


if __name__ == "__main__":
    story.tell()
