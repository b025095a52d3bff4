"""`mailban import`: fail2ban's and csf's files, lists and bans, in a folder of their own. Needs no root."""

import json
import os
import pathlib
import sqlite3
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.realpath(os.path.join(os.path.dirname(__file__), "../e2e")))

from lab import daemon  # noqa: E402
from lab.daemon import Mailban, append  # noqa: E402
from lab.shell import outcome  # noqa: E402

JAILS = """\
[INCLUDES]
before = paths-debian.conf
[DEFAULT]
bantime = 10m
findtime = 10m
maxretry = 5
mode = normal
enabled = false
backend = auto
filter = %(__name__)s[mode=%(mode)s]
port = 0:65535
action = iptables-multiport[port="%(port)s"]
[sshd]
logpath = /var/log/auth.log
[dovecot]
port = pop3,pop3s,imap,imaps,submission,465,sieve
logpath = %(dovecot_log)s
[postfix-sasl]
filter = postfix[mode=auth]
port = smtp,465,submission
logpath = %(dovecot_log)s
"""
LOCAL = """\
[DEFAULT]
ignoreip = 127.0.0.1/8 192.0.2.7/24 office.example.net
bantime.increment = true
bantime.maxtime = 2w
[sshd]
enabled = true
[dovecot]
enabled = true
maxretry = 3
findtime = 1h
bantime = 1d
[postfix-sasl]
enabled = true
"""
BIPS = """CREATE TABLE bips(ip TEXT NOT NULL, jail TEXT NOT NULL, timeofban INTEGER NOT NULL, bantime INTEGER NOT NULL,
 bancount INTEGER NOT NULL default 1, data JSON, PRIMARY KEY(ip, jail))"""


class Imports(unittest.TestCase):
    """A daemon that only pretends to ban, and the other program's files."""

    maxDiff = None

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.log = f"{self.folder}/log"
        append(self.log, "")
        self.mailban = Mailban(f"{self.folder}/m", "dry-run", self.log)
        self.config = pathlib.Path(self.mailban.config)
        # An administrator's own words have to survive.
        self.config.write_text("# mine\n" + self.config.read_text(encoding="utf-8") + "# the end\n", encoding="utf-8")
        self.before = self.config.read_bytes()
        self.other_log = f"{self.folder}/other.log"
        append(self.other_log, "")
        self.database = f"{self.folder}/fail2ban.sqlite3"

    def write(self, **files):
        """Files of the other program by name; "_" stands for "." and "__" for "/"."""
        for name, text in files.items():
            path = pathlib.Path(self.folder, "other", name.replace("__", "/").replace("_", "."))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def write_fail2ban(self, bans=()):
        """Jails as Debian has them, with these standing bans: (address, jail, seconds ago, length)."""
        self.write(jail_conf=JAILS, jail_local=LOCAL)
        pathlib.Path(self.folder, "other/paths-debian.conf").write_text(
            f"[DEFAULT]\nmail_log = {self.other_log}\ndovecot_log = %(mail_log)s\n", encoding="utf-8")
        with sqlite3.connect(self.database) as database:
            database.execute(BIPS)
            database.executemany("INSERT INTO bips VALUES(?, ?, ?, ?, 1, '{}')",
                                 [(ip, jail, int(time.time()) - ago, length) for ip, jail, ago, length in bans])
        database.close()

    def run_import(self, program, *words, socket=None):
        where = ["--from", f"{self.folder}/other", "--config", str(self.config)]
        if program == "fail2ban":
            where += ["--database", self.database]
        else:
            where += ["--state", f"{self.folder}/other"]
        if socket:
            where += ["--socket", socket]
        return outcome(daemon.PROGRAM, "import", program, *where, *words)

    def says(self, code, *words, **more):
        done = self.run_import(*words, **more)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def rules(self):
        """The lines of rules in the configuration."""
        return [line.strip() for line in self.config.read_text(encoding="utf-8").splitlines()
                if line.strip().startswith("- {name")]

    def test_shows_all_of_it_and_changes_nothing(self):
        self.write_fail2ban([("198.51.100.9", "dovecot", 60, 3600), ("198.51.100.10", "sshd", 60, 3600)])
        said = self.says(0, "fail2ban")
        self.assertRegex(said, r"carried +dovecot: 3 failures within 1h, ban 1d: rule password-guessing "
                               r"\(before: 5 failures within 10m, ban 1h\)")
        self.assertRegex(said, r"covered +postfix-sasl: 5 failures within 10m, ban 10m: the rule of dovecot")
        self.assertRegex(said, r"not carried +sshd: not of mail servers")
        self.assertRegex(said, r"not carried +bans: 1 ban of jails")
        self.assertIn(f"carried      dovecot: log {self.other_log}: added to sources", said)
        self.assertIn("To hand over: 1 standing ban", said)
        self.assertIn("+escalation: {factor: 2, max: 14d, forget: 60d}", said)
        self.assertIn("Nothing was changed. `mailban import fail2ban --write`", said)
        self.assertEqual(self.config.read_bytes(), self.before)
        self.assertEqual(sorted(os.listdir(self.config.parent)), ["mailban.yaml"])

    def test_writes_what_differs_reloads_and_hands_over_the_bans(self):
        self.write_fail2ban([("198.51.100.9", "dovecot", 60, 3600), ("2001:db8:1::9", "postfix-sasl", 5, -1),
                             ("127.0.0.1", "dovecot", 60, 3600), ("198.51.100.11", "dovecot", 3600, 60)])
        self.enterContext(self.mailban)
        said = self.says(1, "fail2ban", "--write")
        self.assertIn("127.0.0.1/32 is never banned: loopback", said)
        self.assertIn("Handed over: 2 of 3 standing bans", said)
        bans = {ban["prefix"]: ban for ban in self.mailban.ask("bans")}
        self.assertEqual(sorted(bans), ["198.51.100.9/32", "2001:db8:1::/64"])
        self.assertEqual({ban["origin"] for ban in bans.values()}, {"imported"})
        self.assertEqual(bans["198.51.100.9/32"]["rule"], "fail2ban:dovecot")
        self.assertIsNone(bans["2001:db8:1::/64"]["until"])
        until = time.mktime(time.strptime(bans["198.51.100.9/32"]["until"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
        self.assertAlmostEqual(until, time.time() + 3540, delta=60)
        self.assertIn("imported from fail2ban:dovecot", self.mailban.said())
        # The daemon follows the new log by the new rule.
        append(self.other_log, daemon.failure("198.51.100.20") * 3)
        self.assertEqual(self.mailban.wait_for_ban("198.51.100.20")["count"], 3)
        # All of it again changes nothing, and a restart keeps it.
        again = self.says(1, "fail2ban", "--write")
        self.assertIn("nothing to change", again)
        self.mailban.stop()
        self.mailban.start()
        self.assertEqual(len(self.mailban.banned()), 3)
        self.assertIn("unbanned 198.51.100.9/32", self.mailban.command("unban", "198.51.100.9").stdout)

    def test_leaves_comments_alone_and_is_taken_back_byte_for_byte(self):
        self.write_fail2ban()
        said = self.says(0, "fail2ban", "--write")
        self.assertIn("`mailban setup --undo`", said)
        text = self.config.read_text(encoding="utf-8")
        self.assertTrue(text.startswith("# mine\n") and "\n# the end\n\nallow:\n" in text, text)
        # The lab's firewall.ports lack those of the jail.
        self.assertIn("- {name: password-guessing, on: auth_failure, by: ip, limit: 3, within: 1h, ban: 1d, "
                      "ports: [25,110,143,465,587,993,995,4190]}", text)
        self.assertIn("allow:\n  - 192.0.2.0/24\n  - office.example.net\n", text)
        self.assertEqual(outcome(daemon.PROGRAM, "check", "--config", str(self.config)).returncode // 2, 0)
        undone = outcome(daemon.PROGRAM, "setup", "--undo", "--config", str(self.config))
        self.assertEqual((undone.returncode, undone.stdout), (0, f"Restored: {self.config}\n"))
        self.assertEqual(self.config.read_bytes(), self.before)

    def test_without_a_daemon_says_how_to_hand_the_bans_over_later(self):
        self.write_fail2ban([("198.51.100.9", "dovecot", 60, 3600)])
        said = self.says(3, "fail2ban", "--write")
        self.assertIn("`mailban import fail2ban --bans`", said)
        self.assertNotEqual(self.config.read_bytes(), self.before)
        self.enterContext(self.mailban)
        self.assertIn("Handed over: 1 of 1 standing ban", self.says(0, "fail2ban", "--bans"))
        self.assertEqual(self.mailban.banned(), ["198.51.100.9/32"])

    def test_in_a_file_that_cannot_be_changed_says_what_to_add(self):
        self.write_fail2ban()
        self.config.write_text(f"{{sources: [{{file: {self.log}}}]}}\n", encoding="utf-8")
        said = self.says(1, "fail2ban", "--write")
        self.assertIn("add this by hand:", said)
        self.assertIn("escalation: {factor: 2, max: 14d}", said)
        self.assertEqual(self.config.read_text(encoding="utf-8"), f"{{sources: [{{file: {self.log}}}]}}\n")
        self.config.write_text("sorces: auto\n", encoding="utf-8")
        self.assertIn("unknown key 'sorces'", self.says(2, "fail2ban"))

    def test_into_no_file_writes_a_short_one(self):
        self.write_fail2ban()
        self.config.unlink()
        self.says(0, "fail2ban", "--write")
        text = self.config.read_text(encoding="utf-8")
        self.assertIn("sources:\n  - auto\n", text)
        self.assertEqual(len(self.rules()), 10)
        undone = outcome(daemon.PROGRAM, "setup", "--undo", "--config", str(self.config))
        self.assertEqual(undone.stdout, f"Removed: {self.config}\n")
        self.assertEqual(os.listdir(self.config.parent), [])

    def test_speaks_json(self):
        self.write_fail2ban([("198.51.100.9", "dovecot", 60, -1)])
        done = self.run_import("fail2ban", "--json")
        report = json.loads(done.stdout)
        self.assertEqual(report["program"], "fail2ban")
        self.assertEqual(report["bans"], [{"prefix": "198.51.100.9/32", "until": None, "from": "fail2ban:dovecot"}])
        self.assertEqual((report["written"], report["handed_over"], report["warning"]), (False, 0, ""))
        self.assertIn("limit: 3", report["diff"])
        self.assertEqual({note["fate"] for note in report["notes"]}, {"carried", "covered", "not carried"})

    def test_warns_while_fail2ban_runs(self):
        self.write_fail2ban()
        self.write(fail2ban_conf=f"[DEFAULT]\npidfile = {self.folder}/pid\n")
        pathlib.Path(self.folder, "pid").write_text(f"{os.getpid()}\n", encoding="utf-8")
        said = self.says(0, "fail2ban")
        self.assertIn("warning: fail2ban runs and bans for the same logs (jails dovecot, postfix-sasl)", said)
        pathlib.Path(self.folder, "pid").unlink()
        self.assertNotIn("warning", self.says(0, "fail2ban"))

    def test_of_a_folder_without_jails_says_what_to_name(self):
        self.assertIn("name the folder with --from", self.says(1, "fail2ban"))
        os.mkdir(f"{self.folder}/other")
        self.assertIn("there is no jail.conf", self.says(1, "fail2ban"))
        self.assertIn("there is no csf.conf", self.says(1, "csf"))
        self.write_fail2ban()
        os.unlink(self.database)
        self.assertIn("No such file or directory", self.says(1, "fail2ban"))

    def test_of_csf_carries_keys_lists_and_bans(self):
        now = int(time.time())
        self.write(csf_conf=f'LF_SMTPAUTH = "4"\nLF_SMTPAUTH_PERM = "1"\nLF_IMAPD = "10"\nLF_IMAPD_PERM = "3600"\n'
                            f'LF_INTERVAL = "7200"\nSMTPAUTH_LOG = "{self.log}"\nCC_DENY = "XX"\n',
                   csf_allow="192.0.2.0/24 # office\ntcp|in|d=3306|s=198.51.100.2\n",
                   csf_ignore="203.0.113.5\n",
                   csf_deny="198.51.100.9 # lfd: (smtpauth) Failed SMTP AUTH login from 198.51.100.9\n"
                            "udp|in|d=53|s=198.51.100.3\n",
                   csf_tempban=f"{now - 60}|198.51.100.12|*|in|3600|lfd - (imapd)\n{now - 60}|198.51.100.13|*|in|9|over\n")
        self.enterContext(self.mailban)
        said = self.says(0, "csf", "--write")
        self.assertRegex(said, r"carried +LF_SMTPAUTH: 4 failures within 2h, ban forever: rule password-guessing")
        self.assertRegex(said, r"covered +LF_IMAPD: 10 failures within 2h, ban 1h: the rule of LF_SMTPAUTH")
        self.assertRegex(said, r"not carried +csf.allow:2: tcp\|in\|d=3306\|s=198.51.100.2: a filter without a mail port")
        self.assertRegex(said, r"not carried +csf.deny:2: udp")
        self.assertIn("Handed over: 2 of 2 standing bans", said)
        bans = {ban["prefix"]: ban for ban in self.mailban.ask("bans")}
        self.assertEqual(sorted(bans), ["198.51.100.12/32", "198.51.100.9/32"])
        self.assertIn("Failed SMTP AUTH login", bans["198.51.100.9/32"]["reason"])
        allowed = [entry["prefix"] for entry in self.mailban.ask("allow")["entries"]]
        self.assertLessEqual({"192.0.2.0/24", "203.0.113.5/32"}, set(allowed))


if __name__ == "__main__":
    unittest.main()
