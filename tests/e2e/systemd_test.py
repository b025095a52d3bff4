"""The installed service under a booted systemd, in its sandbox, with each of the firewalls."""

import json
import os
import time

from lab import network, story, web
from lab.daemon import append, failure
from lab.installed import BUILD, CONFIG, LOG, PORT, InstalledService
from lab.shell import run, wait_until

DROP_IN = "/etc/systemd/system/mailban.service.d/story.conf"
UNIT = "story-mail"
MANY = 34            # attackers


def journal_configuration():
    """The usual one with the mail server's unit in the journal for a log."""
    return InstalledService.configuration("nftables").replace(
        f"{{file: {LOG}, parser: exim}}", f"{{journal: {{units: [{UNIT}, \"no-such-*\"]}}}}")


class TheService(InstalledService):

    HOSTS = MANY

    @classmethod
    def prepare(cls):
        # A watchdog that a test can wait for, and less time to stop than ufw takes.
        os.makedirs(os.path.dirname(DROP_IN))
        with open(DROP_IN, "w", encoding="ascii") as file:
            file.write("[Service]\nWatchdogSec=2\nTimeoutAbortSec=1\nTimeoutStopSec=2\n"
                       "[Unit]\nStartLimitIntervalSec=0\n")

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
        self.configure(self.configuration(backend).replace("limit", "limt"))
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
        self.configure(journal_configuration())
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
        self.configure(journal_configuration())
        findings = {one["subject"]: one for one in
                    json.loads(self.machine.outcome("mailban", "check", "--json").stdout)}
        ours = findings[f"journal unit {UNIT}.service"]
        # It has run and is gone: what it said can be read.
        self.assertIn("readable; ", ours["text"])
        self.assertIn(f"unit {UNIT}.service does not exist", ours["text"])
        absent = findings["journal unit no-such-*"]
        self.assertEqual(absent["grade"], "warning")
        self.assertIn("no loaded unit matches no-such-*", absent["text"])

    def test_tells_the_journal_in_fields_that_a_catalog_explains(self):
        self.configure(self.configuration("nftables") + "\nlog: {level: debug}\n")
        self.addCleanup(self.machine.outcome, "systemctl", "stop", "mailban")
        self.machine.run("systemctl", "restart", "mailban")
        attacker = network.attacker(9)
        self.attack(attacker)

        def entries(*matches):
            said = self.machine.run("journalctl", "--output=json", "_SYSTEMD_UNIT=mailban.service", *matches)
            return [json.loads(line) for line in said.splitlines()]
        of_it = f"MAILBAN_ADDRESS={attacker}"
        ban, = wait_until(lambda: entries("MAILBAN_EVENT=ban", of_it), "the ban is in the journal", 10)
        self.assertEqual((ban["MAILBAN_RULE"], ban["MAILBAN_COUNT"], ban["PRIORITY"], ban["SYSLOG_IDENTIFIER"]),
                         ("password-guessing", "5", "6", "mailban"))
        self.assertIn(f"banned {attacker}/32 until", ban["MESSAGE"])
        self.assertEqual(ban["MAILBAN_LOG"], LOG)
        self.assertNotIn("CODE_FILE", ban)
        self.assertEqual(len(entries("MAILBAN_EVENT=auth_failure", of_it)), 5, "level debug shows each attempt")
        self.assertNotIn(f"banned {attacker}", "".join(
            one["MESSAGE"] for one in entries("_TRANSPORT=stdout")), "it is there once")

        self.machine.run("mailban", "unban", attacker)
        end, = wait_until(lambda: entries("MAILBAN_EVENT=unban", of_it), "so is its end", 10)
        self.assertEqual(end["MAILBAN_WHY"], "unbanned")
        self.machine.run("journalctl", "--update-catalog")
        explained = self.machine.run("journalctl", "--catalog", "--no-pager", "MAILBAN_EVENT=ban", of_it)
        self.assertIn(f"Subject: {attacker}/32 was banned", explained)
        self.assertIn(f"mailban unban {attacker}", explained)

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
        self.configure(self.configuration("nftables").replace("rules", "ruls"))
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
        self.configure("# mine\n")
        run("cmake", "--install", BUILD, "--prefix", "/usr", timeout=120)
        with open(CONFIG, encoding="utf-8") as file:
            self.assertEqual(file.read(), "# mine\n")


if __name__ == "__main__":
    story.tell()
