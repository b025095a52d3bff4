"""From a real fail2ban to mailban: Debian's package with its own jail.conf bans, and mailban takes over.

fail2ban and mailban both ban in the machine's nftables; what is compared is what the kernel has.
"""

import datetime
import json
import os
import pathlib
import time
import unittest

from lab import story
from lab.daemon import Mailban, append, failure
from lab.shell import outcome, run, start, stop, wait_until

LOG = "/var/log/exim4/mainlog"
OTHER_LOG = "/srv/other.log"
JAIL_LOCAL = f"""\
[DEFAULT]
banaction = nftables-multiport
ignoreip = 127.0.0.1/8 ::1 192.0.2.0/24
bantime.increment = true
bantime.maxtime = 3d

[exim]
enabled = true
maxretry = 3
findtime = 30m
bantime = 2h
logpath = {LOG}
backend = polling

[recidive]
enabled = false
"""
CLIENTS = "198.51.100.71", "198.51.100.72"


def in_kernel(table):
    """What the nftables table holds, as text; empty where it is not there."""
    return outcome("nft", "list", "table", *table.split()).stdout


class AServerThatHadFail2ban(unittest.TestCase):

    def setUp(self):
        os.makedirs(os.path.dirname(LOG), exist_ok=True)
        pathlib.Path(LOG).write_bytes(b"")
        pathlib.Path("/etc/fail2ban/jail.local").write_text(JAIL_LOCAL, encoding="utf-8")
        # Debian enables sshd, which has no log here.
        pathlib.Path("/etc/fail2ban/jail.d/defaults-debian.conf").unlink(missing_ok=True)
        os.makedirs("/run/fail2ban", exist_ok=True)
        self.fail2ban = start("fail2ban-server", "-xf", "start", log="/tmp/fail2ban.out")
        self.addCleanup(lambda: stop(self.fail2ban))
        wait_until(lambda: outcome("fail2ban-client", "ping").returncode == 0, "fail2ban answers", 60, 0.2)

    def banned_by_fail2ban(self):
        """Addresses and the ends of their bans, in seconds since 1970."""
        bans = {}
        for line in run("fail2ban-client", "get", "exim", "banip", "--with-time").splitlines():
            if "=" in line:
                address, end = line.split()[0], line.partition("=")[2].strip()
                bans[address] = datetime.datetime.fromisoformat(end).timestamp()
        return bans

    def test_keeps_its_bans_and_thresholds(self):
        append(LOG, "".join(failure(client) * 3 for client in CLIENTS))
        wait_until(lambda: len(self.banned_by_fail2ban()) == 2, "fail2ban has banned", 60, 0.2)
        theirs = self.banned_by_fail2ban()
        mailban = self.enterContext(Mailban("/srv/moving", "nftables", OTHER_LOG))
        words = "import", "fail2ban", "--config", mailban.config
        shown = json.loads(mailban.command(*words, "--json").stdout)
        self.assertEqual([note for note in shown["notes"] if note["fate"] == "not carried"], [])
        self.assertEqual(len(shown["bans"]), 2)
        self.assertIn("(jails exim)", shown["warning"])
        done = mailban.command(*words, "--write")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("warning: fail2ban runs", done.stderr)
        self.assertIn("Handed over: 2 of 2", done.stdout)
        for client in CLIENTS:
            self.assertIn(client, in_kernel("inet mailban"))
        for ban in mailban.ask("bans"):
            end = datetime.datetime.fromisoformat(ban["until"].replace("Z", "+00:00")).timestamp()
            self.assertAlmostEqual(end, theirs[ban["address"]], delta=3)
        # fail2ban goes, and its rules with it. mailban's bans stay, and it counts as fail2ban did.
        run("fail2ban-client", "stop")
        self.fail2ban.wait(30)
        for client in CLIENTS:
            self.assertNotIn(client, in_kernel("inet f2b-table"))
            self.assertIn(client, in_kernel("inet mailban"))
        append(LOG, failure("198.51.100.73", at=time.time()) * 2)
        append(LOG, failure("192.0.2.9") * 5)
        append(LOG, failure("198.51.100.73"))
        self.assertEqual(mailban.wait_for_ban("198.51.100.73")["count"], 3)
        self.assertNotIn("192.0.2.9/32", mailban.banned())
        self.assertIn(f"file: {LOG}", pathlib.Path(mailban.config).read_text(encoding="utf-8"))
        undone = mailban.command("setup", "--undo", "--config", mailban.config)
        self.assertEqual(undone.returncode, 0, undone.stderr)
        self.assertNotIn("fail2ban", pathlib.Path(mailban.config).read_text(encoding="utf-8"))

    def test_reads_the_shipped_configuration_with_every_mail_jail_enabled(self):
        jails = ("postfix postfix-rbl postfix-sasl sendmail-auth sendmail-reject dovecot sieve exim exim-spam kerio "
                 "courier-auth courier-smtp cyrus-imap uwimap-auth perdition solid-pop3d squirrelmail roundcube-auth "
                 "sogo-auth horde openwebmail qmail-rbl oracleims domino-smtp recidive sshd").split()
        folder = "/srv/all-jails"
        run("cp", "-a", "/etc/fail2ban", folder)
        pathlib.Path(folder, "jail.local").write_text(
            "[DEFAULT]\nenabled = false\n" + "".join(f"[{jail}]\nenabled = true\n" for jail in jails), encoding="utf-8")
        config = "/srv/all-jails.yaml"
        pathlib.Path(config).write_text("sources: auto\n", encoding="utf-8")
        done = outcome(os.environ["MAILBAN"], "import", "fail2ban", "--from", folder, "--config", config, "--json",
                       "--database", "/var/lib/fail2ban/fail2ban.sqlite3")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        named = {name for note in report["notes"] for name in note["subject"].split(", ")}
        self.assertEqual(set(jails) - named, set())
        # Every value of Debian's files can be read: no name is missing, no number is none.
        wrong = [note for note in report["notes"]
                 if "nothing defines" in note["text"] or "which is no" in note["text"]]
        self.assertEqual(wrong, [])
        said = outcome(os.environ["MAILBAN"], "check", "--config", config)
        self.assertNotEqual(said.returncode, 2, said.stderr)


if __name__ == "__main__":
    story.tell("moving")
