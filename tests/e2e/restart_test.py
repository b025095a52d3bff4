"""A restart loses nothing and counts nothing twice, be it by SIGTERM or by SIGKILL."""

import os
import time
import unittest

from lab import client, firewalls, network, story, web
from lab.daemon import Mailban, append, failure
from lab.shell import run, wait_until

PORT = web.PORT  # one banned port is enough here: that of a service which needs no mail server


def stamp(text):
    """A time that mailban prints, to the second."""
    return text[:19]


class ARestart(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        network.connect_hosts()
        cls.enterClassContext(firewalls.Nftables())
        cls.enterClassContext(web.OtherService())

    def mailban(self, name, **settings):
        """A daemon that leaves its bans in the firewall when it ends, on an empty log."""
        log = f"/srv/{name}.log"
        append(log, "")
        made = Mailban(f"/srv/{name}", "nftables", log, on_stop="keep", ports=(PORT,), **settings)
        self.addCleanup(run, "nft", "delete", "table", "inet", "mailban", check=False)
        self.addCleanup(made.__exit__)
        return made

    def is_out(self, address):
        """Whether an attacker's packets are dropped."""
        return client.unanswered(address, (PORT,), 0.5) == [PORT]

    def bans_survive(self, mailban, end, address):
        """A ban stands while the daemon is down and after, and ends when it would have ended."""
        mailban.start()
        for _ in range(5):
            append(mailban.log, failure(address))
        before = mailban.wait_for_ban(address)
        began = time.monotonic()
        end(mailban)
        self.assertTrue(self.is_out(address), "the ban fell with the daemon")
        mailban.start()
        self.assertTrue(self.is_out(address))
        after = mailban.ask("show", address)["ban"]
        self.assertEqual((stamp(after["since"]), stamp(after["until"])),
                         (stamp(before["since"]), stamp(before["until"])))
        self.assertEqual(mailban.ask("status")["active_bans"], 1)
        wait_until(lambda: not client.unanswered(address, (PORT,), 0.2), "the ban ends", 12)
        self.assertLess(abs(time.monotonic() - began - 6), 2.5)
        wait_until(lambda: mailban.banned() == [], "the ban is forgotten", 5)

    def test_keeps_bans_when_stopped(self):
        self.bans_survive(self.mailban("stop", ban="6s"), Mailban.stop, network.attacker(1))

    def test_keeps_bans_when_killed(self):
        self.bans_survive(self.mailban("kill", ban="6s"), Mailban.kill, network.attacker6(2))

    def lines_count_once(self, mailban, end, address):
        """Three before, one while down, one after: five, on the fifth and not before."""
        mailban.start()
        for _ in range(3):
            append(mailban.log, failure(address))
        wait_until(lambda: mailban.ask("status")["sources"][0]["bytes_behind"] == 0
                   and mailban.ask("show", address)["evidence"], "three lines are read")
        end(mailban)
        append(mailban.log, failure(address))
        mailban.start()
        self.assertEqual(len(mailban.ask("show", address)["evidence"]), 4)
        self.assertEqual(mailban.banned(), [])
        append(mailban.log, failure(address))
        self.assertEqual(mailban.wait_for_ban(address)["count"], 5)
        end(mailban)
        mailban.start()
        self.assertEqual(len(mailban.ask("show", address)["evidence"]), 5)
        self.assertEqual(len(mailban.banned()), 1)

    def test_reads_missed_lines_once_when_stopped(self):
        self.lines_count_once(self.mailban("missed"), Mailban.stop, network.attacker(3))

    def test_reads_missed_lines_once_when_killed(self):
        self.lines_count_once(self.mailban("missed-killed"), Mailban.kill, network.attacker(4))

    def test_bans_for_what_happened_meanwhile(self):
        mailban = self.mailban("meanwhile")
        mailban.start()
        mailban.stop()
        append(mailban.log, "".join(failure(network.attacker(5)) for _ in range(5)))
        mailban.start()
        mailban.wait_for_ban(network.attacker(5))
        self.assertTrue(self.is_out(network.attacker(5)))

    def across_a_rotation(self, mailban, address, *, is_down):
        """Two lines read, one more unread when the log is renamed, one in the new log: four."""
        def evidence():
            return len(mailban.ask("show", address)["evidence"])
        mailban.start()
        append(mailban.log, failure(address) * 2)
        wait_until(lambda: evidence() == 2, "two are read")
        if is_down:
            mailban.stop()
        append(mailban.log, failure(address))
        os.rename(mailban.log, mailban.log + ".1")
        append(mailban.log, failure(address))
        if is_down:
            mailban.start()
        wait_until(lambda: evidence() == 4, "four are read")
        self.assertEqual(mailban.banned(), [])
        append(mailban.log, failure(address))
        self.assertEqual(mailban.wait_for_ban(address)["count"], 5)

    def test_loses_nothing_when_the_log_is_rotated(self):
        self.across_a_rotation(self.mailban("rotated"), network.attacker(6), is_down=False)

    def test_loses_nothing_when_the_log_is_rotated_meanwhile(self):
        self.across_a_rotation(self.mailban("rotated-down"), network.attacker(7), is_down=True)


if __name__ == "__main__":
    story.tell()
