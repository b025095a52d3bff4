"""The installed service under a booted systemd, in its sandbox, with each of the firewalls."""

import json
import os
import shutil
import time
import unittest

from lab import client, network, story, web
from lab.boot import BootedMachine
from lab.daemon import PROGRAM, append, failure
from lab.shell import run, wait_until

BUILD = os.environ.get("MAILBAN_BUILD") or os.path.dirname(PROGRAM)
LOG = "/var/log/mailban-story.log"
CONFIG = "/etc/mailban/mailban.yaml"
DROP_IN = "/etc/systemd/system/mailban.service.d/story.conf"
UNIT = "story-mail"
PORT = web.PORT
MANY = 34            # attackers


def configuration(backend):
    """What an administrator would write; the banned port is that of the lab's other service."""
    return f"""\
sources:
  - {{file: {LOG}, parser: exim}}
rules:
  - {{name: password-guessing, on: auth_failure, by: ip, limit: 5, within: 10m, ban: 1h}}
firewall: {{backend: {backend}, ports: [{PORT}], on_stop: remove}}
"""


def journal_configuration():
    """The same with the mail server's unit in the journal for a log."""
    return configuration("nftables").replace(f"{{file: {LOG}, parser: exim}}",
                                             f"{{journal: {{units: [{UNIT}, \"no-such-*\"]}}}}")


class TheService(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        network.connect_hosts(count=MANY)
        cls.enterClassContext(web.OtherService())
        run("cmake", "--install", BUILD, "--prefix", "/usr", timeout=120)
        # A watchdog that a test can wait for, and less time to stop than ufw takes.
        os.makedirs(os.path.dirname(DROP_IN))
        with open(DROP_IN, "w", encoding="ascii") as file:
            file.write("[Service]\nWatchdogSec=2\nTimeoutAbortSec=1\nTimeoutStopSec=2\n"
                       "[Unit]\nStartLimitIntervalSec=0\n")
        cls.machine = cls.enterClassContext(BootedMachine())
        cls.machine.run("systemd-sysusers")
        cls.machine.run("systemctl", "start", "mailban-ufw.socket")

    def setUp(self):
        shutil.rmtree("/var/lib/mailban", ignore_errors=True)
        # As distributions have their mail logs: the service is not root.
        with open(LOG, "w", encoding="ascii"):
            shutil.chown(LOG, group="adm")
            os.chmod(LOG, 0o640)

    def begin(self, backend):
        """Starts the service with this back end; it is stopped when the test ends."""
        with open(CONFIG, "w", encoding="utf-8") as file:
            file.write(configuration(backend))
        self.addCleanup(self.machine.outcome, "systemctl", "stop", "mailban")
        started = self.machine.outcome("systemctl", "start", "mailban")
        self.assertEqual(started.returncode, 0, started.stderr + self.journal())
        self.assertEqual(self.machine.property("mailban", "ActiveState"), "active")

    def journal(self):
        """What the service has said."""
        return self.machine.run("journalctl", "--no-pager", "--unit=mailban", "--lines=40")

    def attack(self, address):
        """Five wrong passwords in the log, and the ban that has to follow, packets and all."""
        self.assertTrue(web.is_reachable(address))
        append(LOG, failure(address) * 5)
        try:
            wait_until(lambda: self.is_out(address), f"{address} is shut out", 15)
        except AssertionError as late:
            self.fail(f"{late}\n{self.journal()}")

    @staticmethod
    def is_out(address):
        """Whether a client's packets are dropped."""
        return client.unanswered(address, (PORT,), 0.5) == [PORT]

    def banned(self):
        """The banned prefixes, as the service tells them."""
        return [ban["prefix"] for ban in json.loads(self.machine.run("mailban", "bans", "--json"))]

    def live_a_day(self, backend, number):
        """Start, ban, reload, a wrong reload, stop."""
        attackers = network.attacker(number), network.attacker6(number)
        self.begin(backend)
        for one in attackers:
            self.attack(one)
        status = json.loads(self.machine.run("mailban", "status", "--json"))
        self.assertEqual(status["firewall"]["backend"], backend)
        told = f"2 banned, firewall {backend} ok"
        wait_until(lambda: self.machine.property("mailban", "StatusText") == told, "systemd is told", 5)
        self.machine.run("systemctl", "reload", "mailban")
        with open(CONFIG, "w", encoding="utf-8") as file:
            file.write(configuration(backend).replace("limit", "limt"))
        refused = self.machine.outcome("systemctl", "reload", "mailban")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("limt", self.journal())
        self.assertEqual(self.machine.property("mailban", "ActiveState"), "active")
        self.assertTrue(all(self.is_out(one) for one in attackers))
        self.machine.run("systemctl", "stop", "mailban")
        self.assertEqual(self.machine.property("mailban", "Result"), "success", self.journal())
        self.assertTrue(all(web.is_reachable(one) for one in attackers))

    def test_bans_with_nftables(self):
        self.live_a_day("nftables", 1)

    def test_bans_with_ufw(self):
        self.machine.run("ufw", "allow", f"{PORT}/tcp")
        self.addCleanup(self.machine.run, "ufw", "--force", "disable")
        self.machine.run("ufw", "--force", "enable")
        self.live_a_day("ufw", 2)
        self.begin("ufw")
        attackers = [network.attacker(number) for number in range(20, MANY + 1)]
        append(LOG, "".join(failure(one) * 5 for one in attackers))
        wait_until(lambda: all(self.is_out(one) for one in (attackers[0], attackers[-1])),
                   "the first and the last are shut out", 30)
        began = time.monotonic()
        self.machine.run("systemctl", "stop", "mailban")
        taken = time.monotonic() - began
        self.assertEqual(self.machine.property("mailban", "Result"), "success", self.journal())
        self.assertGreater(taken, 2, "the limit that systemd was told was not even reached")
        self.assertTrue(all(web.is_reachable(one) for one in attackers))

    def test_bans_with_firewalld_and_survives_its_restart(self):
        self.addCleanup(self.machine.run, "systemctl", "stop", "firewalld")
        self.machine.run("firewall-offline-cmd", f"--add-port={PORT}/tcp")
        self.machine.run("systemctl", "start", "firewalld")
        self.live_a_day("firewalld", 3)
        attacker = network.attacker(13)
        self.begin("firewalld")
        self.attack(attacker)
        before = self.machine.property("mailban", "MainPID")
        self.machine.run("systemctl", "restart", "firewalld")
        wait_until(lambda: self.is_out(attacker), "the ban is back after firewalld's restart", 10)
        self.assertEqual(self.machine.property("mailban", "MainPID"), before)

    def write_to_journal(self, *lines):
        """A mail server's unit that writes these lines to the journal."""
        self.machine.run("systemd-run", "--quiet", "--wait", "--collect", f"--unit={UNIT}",
                         "--property=SyslogIdentifier=exim", "printf", "%s\\n", *lines)

    def caught_up(self):
        """Whether every source has been read to its end."""
        told = self.machine.outcome("mailban", "status", "--json")
        sources = json.loads(told.stdout)["sources"] if told.returncode == 0 else []
        return bool(sources) and all(one["caught_up"] for one in sources)

    def test_follows_the_journal_over_restarts_and_rotations(self):
        early, late, patient = (network.attacker(number) for number in (5, 6, 7))
        self.write_to_journal("nothing of note")
        with open(CONFIG, "w", encoding="utf-8") as file:
            file.write(journal_configuration())
        self.addCleanup(self.machine.outcome, "systemctl", "stop", "mailban")
        self.machine.run("systemctl", "start", "mailban")
        wait_until(self.caught_up, "the journal has been read", 10)

        self.write_to_journal(*[failure(early).strip()] * 5)
        wait_until(lambda: self.is_out(early), f"{early} is shut out", 15)

        self.write_to_journal(*[failure(late).strip(), failure(patient).strip()] * 2)
        self.machine.run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", "mailban")
        self.machine.run("systemctl", "stop", "mailban")
        self.machine.run("journalctl", "--rotate")
        self.write_to_journal(*[failure(late).strip(), failure(patient).strip()] * 2)
        self.machine.run("journalctl", "--rotate")
        self.machine.outcome("systemctl", "reset-failed", "mailban")
        self.machine.run("systemctl", "start", "mailban")
        wait_until(self.caught_up, "the journal has been read", 10)
        self.write_to_journal(failure(late).strip())
        wait_until(lambda: self.is_out(late), f"{late} is shut out", 15)
        self.assertTrue(self.is_out(early))
        # Four attempts, each counted once.
        self.assertTrue(web.is_reachable(patient))
        windows = json.loads(self.machine.run("mailban", "show", patient, "--json"))["windows"]
        self.assertEqual(windows, {"password-guessing": "4 of 5 within 10m"})

        self.machine.run("journalctl", "--rotate")
        self.write_to_journal(failure(patient).strip())
        wait_until(lambda: self.is_out(patient), f"{patient} is shut out", 15)

    def test_checks_the_journal(self):
        self.write_to_journal(failure(network.attacker(8)).strip())
        with open(CONFIG, "w", encoding="utf-8") as file:
            file.write(journal_configuration())
        findings = {one["subject"]: one for one in
                    json.loads(self.machine.outcome("mailban", "check", "--json").stdout)}
        ours = findings[f"journal unit {UNIT}.service"]
        # It has run and is gone: what it said can be read.
        self.assertIn("readable; ", ours["text"])
        self.assertIn(f"there is no unit {UNIT}.service here", ours["text"])
        absent = findings["journal unit no-such-*"]
        self.assertEqual(absent["grade"], "warning")
        self.assertIn("no unit that systemd has loaded fits no-such-*", absent["text"])

    def test_comes_back_when_killed(self):
        self.begin("nftables")
        attacker = network.attacker(4)
        self.attack(attacker)
        self.assert_comes_back_after("KILL")
        self.assertTrue(self.is_out(attacker))
        self.assertIn(f"{attacker}/32", self.banned())

    def test_comes_back_when_it_hangs(self):
        self.begin("nftables")
        self.assert_comes_back_after("STOP")
        self.assertIn("atchdog", self.journal())

    def assert_comes_back_after(self, signal):
        """The main process is another one soon after the signal, and active."""
        before = self.machine.property("mailban", "MainPID")
        self.machine.run("kill", f"-{signal}", before)

        def is_back():
            return (self.machine.property("mailban", "MainPID") not in (before, "0")
                    and self.machine.property("mailban", "ActiveState") == "active")
        wait_until(is_back, f"the service is back after SIG{signal}", 20, 0.1)

    def test_is_not_tried_again_with_a_wrong_configuration(self):
        with open(CONFIG, "w", encoding="utf-8") as file:
            file.write(configuration("nftables").replace("rules", "ruls"))
        self.addCleanup(self.machine.outcome, "systemctl", "reset-failed", "mailban")
        self.assertNotEqual(self.machine.outcome("systemctl", "start", "mailban").returncode, 0)
        self.assertEqual(self.machine.property("mailban", "ActiveState"), "failed")
        self.assertEqual(self.machine.property("mailban", "NRestarts"), "0")
        self.assertIn("ruls", self.journal())

    def test_answers_its_group_and_nobody_else(self):
        self.begin("nftables")
        def ask(group):
            return self.machine.outcome("setpriv", "--reuid=nobody", f"--regid={group}", "--clear-groups",
                                        "mailban", "bans", "--json")
        self.assertEqual(ask("mailban").returncode, 0)
        self.assertNotEqual(ask("nogroup").returncode, 0)

    def test_keeps_an_administrators_configuration_when_installed_again(self):
        with open(CONFIG, "w", encoding="utf-8") as file:
            file.write("# mine\n")
        run("cmake", "--install", BUILD, "--prefix", "/usr", timeout=120)
        with open(CONFIG, encoding="utf-8") as file:
            self.assertEqual(file.read(), "# mine\n")


if __name__ == "__main__":
    story.tell()
