"""`mailban firewall show` and `remove`, daemon running or not, against each real firewall."""

import json
import unittest

from lab import firewalls, story
from lab.daemon import PROGRAM, Mailban, append
from lab.shell import outcome, wait_until

BANNED = "198.51.100.7"
LATER = "198.51.100.8"


class FirewallCommand:
    """What holds for every firewall; mixed into the tests of each."""

    backend = ""

    def setUp(self):
        self.firewall = self.enterContext(firewalls.BY_NAME[self.backend]())
        self.before = self.firewall.snapshot()
        log = f"/srv/{self.backend}.log"
        append(log, "")
        self.mailban = Mailban(f"/srv/{self.id()}", self.backend, log, on_stop="keep")
        self.addCleanup(self.mailban.__exit__)
        self.mailban.start()

    def on_firewall(self, verb, *words):
        """Runs `mailban firewall VERB` with this daemon's configuration."""
        done = outcome(PROGRAM, "firewall", verb, "--config", self.mailban.config, *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def ban(self, address):
        """A ban by hand."""
        done = self.mailban.command("ban", address)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def bans_shown(self):
        """The prefixes that `show --json` lists of our backend."""
        shown = json.loads(self.on_firewall("show", "--json"))
        self.assertEqual([one["backend"] for one in shown], [self.backend])
        return [ban["prefix"] for ban in shown[0]["bans"]]

    def test_shows_what_is_there_as_the_firewall_does(self):
        self.ban(BANNED)
        wait_until(self.mailban.is_settled, "the ban stands")
        self.assertEqual(self.bans_shown(), [f"{BANNED}/32"])
        self.assertIn(BANNED, self.on_firewall("show"))
        self.assertIn(f"{self.backend}, 1 ban\n", self.on_firewall("show"))
        self.mailban.stop()
        self.assertEqual(self.bans_shown(), [f"{BANNED}/32"])

    def test_removes_all_under_a_running_daemon_until_a_reload(self):
        self.ban(BANNED)
        wait_until(self.mailban.is_settled, "the ban stands")
        self.assertIn("bans are not enforced until `mailban reload`", self.on_firewall("remove"))
        self.assertEqual(self.firewall.snapshot(), self.before)
        status = self.mailban.ask("status")
        self.assertEqual(status["firewall"]["state"], "removed")
        self.assertIn("bans are not enforced until `mailban reload`", status["firewall"]["reason"])
        self.assertIn("bans are not enforced until `mailban reload`", self.mailban.command("status").stdout)
        self.ban(LATER)
        self.assertEqual(self.firewall.snapshot(), self.before)
        self.assertEqual(len(self.mailban.banned()), 2)
        self.assertIn("nothing of mailban", self.on_firewall("show"))

        self.assertEqual(self.mailban.command("reload").returncode, 0)
        wait_until(lambda: self.mailban.is_settled() and len(self.bans_shown()) == 2,
                   "the reload puts both bans in force", 20)
        self.on_firewall("remove")
        self.assertEqual(self.firewall.snapshot(), self.before)

    def test_removes_all_without_a_daemon(self):
        self.ban(BANNED)
        wait_until(self.mailban.is_settled, "the ban stands")
        self.mailban.stop()
        self.assertNotEqual(self.firewall.snapshot(), self.before)
        self.assertIn(f"removed everything that mailban created in {self.backend}",
                      self.on_firewall("remove"))
        self.assertEqual(self.firewall.snapshot(), self.before)
        self.assertIn("contained nothing", self.on_firewall("remove"))

    def test_refuses_whoever_is_not_root(self):
        done = outcome("setpriv", "--reuid=65534", "--clear-groups", PROGRAM, "firewall", "remove",
                       "--config", self.mailban.config)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertEqual(self.mailban.ask("status")["firewall"]["state"], "ok")


def made_for(name):
    """The tests for one firewall."""
    return type(name.capitalize(), (FirewallCommand, unittest.TestCase), {"backend": name})


Nftables, Firewalld, Ufw = (made_for(name) for name in ("nftables", "firewalld", "ufw"))

if __name__ == "__main__":
    story.tell()
