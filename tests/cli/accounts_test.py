"""Which bans an administrator means: of a rule, inside a prefix, of an account; and what is shown of an account."""

import csv
import io
import json
import os
import pathlib
import pty
import subprocess
import tempfile
import time
import unittest

from lines import ENVIRONMENT, PROGRAM, Daemon, exim_failure, exim_login, mailban, until

VICTIM, OTHER = "bob@example.com", "info@example.com"
USER, DEVICE, GUESSER, BYSTANDER = "203.0.113.5", "198.51.100.7", "198.51.100.8", "192.0.2.9"
RULES = """rules:
  - {name: guessing, on: auth_failure, by: ip, limit: 3, within: 10m, ban: 1h}
  - {name: relaying, on: relay_denied, by: ip, limit: 1, within: 10m, ban: 2d}
trust: off
outage: off
"""


def relay_denied(at, ip):
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))
    return (f"{stamp} H=(x.example) [{ip}]:5000 F=<a@x.example> rejected RCPT <b@y.example>: "
            "relay not permitted\n")


class ABannedAccount(unittest.TestCase):
    """Its user is banned, a device of the user's, somebody who guesses at every account, and a relayer."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        log = self.folder / "log"
        now = time.time() - 60
        lines = [exim_login(now, USER, VICTIM, 4000)]
        lines += [exim_failure(now + 1, USER, OTHER, 4001)]
        for ip, accounts in ((USER, (VICTIM,) * 3), (DEVICE, (VICTIM,) * 3),
                             (GUESSER, (VICTIM, OTHER, VICTIM, OTHER))):
            lines += [exim_failure(now + 2 + at, ip, account, 5000 + at) for at, account in enumerate(accounts)]
        lines += [relay_denied(now + 9, BYSTANDER)]
        log.write_text("".join(lines), encoding="ascii")
        self.daemon = self.enterContext(Daemon(self.folder, [log], RULES))
        self.daemon.wait_for(len(lines))
        until(lambda: len(self.banned()) == 4)
        until(lambda: len(self.stored()) >= len(lines) + 4)

    def stored(self):
        return mailban("events", "--json", "--config", self.daemon.config).stdout.splitlines()

    def says(self, code, *words):
        if words[0] in ("show", "bans", "unban"):
            words = (*words, "--config", self.daemon.config)
        done = mailban(*words, "--socket", self.daemon.socket)
        self.assertEqual(done.returncode, code, done)
        return (done.stdout + done.stderr).decode()

    def banned(self, *words):
        return sorted(ban["address"] for ban in json.loads(self.says(0, "bans", "--json", *words)))

    def test_is_shown_with_its_addresses(self):
        shown = json.loads(self.says(0, "show", VICTIM.upper(), "--json"))
        self.assertEqual((shown["logins"], shown["failures"], shown["addresses"], shown["banned_addresses"]),
                         (1, 8, 3, 3))
        clients = {client["address"]: client for client in shown["clients"]}
        self.assertEqual(set(clients), {USER, DEVICE, GUESSER})
        self.assertEqual((clients[USER]["logins"], clients[USER]["failures"]), (1, 3))
        self.assertEqual([ban["rule"] for ban in clients[DEVICE]["bans"]], ["guessing"])
        text = self.says(0, "show", VICTIM)
        self.assertIn("1 login, 8 failures from 3 addresses", text)
        self.assertRegex(text, rf"{DEVICE} +0 +3 .*until .*, guessing")
        self.assertIn("no stored event names", self.says(1, "show", "nobody@example.com"))
        self.assertIn("mailban bans --inside 192.0.2.0/24", self.says(2, "show", "192.0.2.0/24"))

    def test_is_unbanned_but_not_whoever_guesses_at_others(self):
        self.assertEqual(self.banned("--account", VICTIM), sorted((USER, DEVICE, GUESSER)))
        said = self.says(0, "unban", "--account", VICTIM)
        self.assertRegex(said, rf"not unbanned, because these clients also tried other accounts: {GUESSER}/32")
        self.assertEqual(self.banned(), sorted((GUESSER, BYSTANDER)))
        self.assertIn("no ban of a client", self.says(1, "unban", "--account", VICTIM))
        self.says(1, "unban", "--account", "nobody@example.com")

    def test_bans_are_listed_and_lifted_by_rule_and_prefix(self):
        self.assertEqual(self.banned("--rule", "relaying"), [BYSTANDER])
        self.assertEqual(self.banned("--inside", "198.51.100.0/24"), [DEVICE, GUESSER])
        self.assertEqual(self.banned("--inside", "198.51.100.0/24", "--rule", "relaying"), [])
        self.assertIn("No such ban.", self.says(0, "bans", "--rule", "none"))
        self.says(0, "unban", "--rule", "guessing", "--inside", "198.51.100.0/29")
        self.assertEqual(self.banned(), sorted((USER, GUESSER, BYSTANDER)))
        self.says(0, "unban", "--rule", "guessing")
        self.assertEqual(self.banned(), [BYSTANDER])
        self.assertIn("did you mean 192.0.2.0/24?", self.says(2, "unban", "--inside", "192.0.2.9/24"))
        self.assertIn("give only one of", self.says(2, "unban", "--all", "--rule", "guessing"))
        self.assertIn("give only one of", self.says(2, "unban", BYSTANDER, "--account", VICTIM))
        self.assertEqual(self.banned(), [BYSTANDER])

    def test_bans_are_sorted(self):
        def sorted_by(member):
            return [ban["address"] for ban in json.loads(self.says(0, "bans", "--json", "--sort", member))]
        self.assertEqual(sorted_by("until")[-1], BYSTANDER)
        self.assertEqual(sorted_by("rule")[-1], BYSTANDER)
        self.assertEqual(sorted_by("count")[-1], BYSTANDER)
        self.assertEqual(set(sorted_by("since")), {USER, DEVICE, GUESSER, BYSTANDER})
        self.assertIn("--sort", self.says(2, "bans", "--sort", "colour"))

    def test_bans_show_the_time_that_is_left(self):
        table = self.says(0, "bans", "--rule", "relaying")
        self.assertRegex(table, rf"{BYSTANDER} +1d23h +\d\d\d\d-.* relaying ")
        self.assertRegex(self.says(0, "bans", "--rule", "guessing"), rf"{DEVICE} +5\dm")

    def test_lists_are_rows_of_csv(self):
        rows = list(csv.DictReader(io.StringIO(self.says(0, "bans", "--format", "csv"))))
        self.assertEqual(sorted(row["address"] for row in rows), self.banned())
        self.assertEqual({row["origin"] for row in rows}, {"rule"})
        mailban("allow", "192.0.2.77", "--reason", 'our "own", monitor', "--socket", self.daemon.socket)
        rows = list(csv.DictReader(io.StringIO(self.says(0, "allow", "--list", "--format", "csv"))))
        self.assertIn(("192.0.2.77", 'our "own", monitor'), [(row["address"], row["reason"]) for row in rows])
        self.assertEqual(json.loads(self.says(0, "allow", "--format", "json"))["names"], [])
        self.assertEqual(self.says(0, "bans", "--rule", "none", "--format", "csv"),
                         "prefix,address,since,until,origin,rule,reason,count,level,ports,where,dry_run\n")

    def test_fits_a_terminal_of_80_columns(self):
        self.says(0, "ban", "2001:db8:1234:5678::1")
        for words in (("bans",), ("bans", "--sort", "until"), ("show", VICTIM), ("show", GUESSER), ("allow",),
                      ("events",), ("status",)):
            lines = self.on_terminal(80, *words)
            tables = [line for line in lines if "  " in line.strip()]
            self.assertNotEqual(tables, [], words)
            # Sentences may be longer, and one cell may be: the path of a log in a temporary folder.
            self.assertEqual([line for line in tables if len(line) > 80 and str(self.folder) not in line], [], words)
        self.assertGreater(max(map(len, self.on_terminal(200, "bans"))), 100)

    def on_terminal(self, columns, *words):
        """The lines that a command writes to a terminal, without colours."""
        words = [PROGRAM, *words, "--socket", self.daemon.socket]
        if words[1] in ("show", "bans", "events"):
            words += ["--config", self.daemon.config]
        terminal, side = pty.openpty()
        subprocess.run(["stty", "cols", str(columns)], stdin=side, check=True)
        process = subprocess.Popen(words, stdout=side, stdin=side, env={**ENVIRONMENT, "NO_COLOR": "1"})
        os.close(side)
        text = b""
        try:
            while part := os.read(terminal, 65536):
                text += part
        except OSError:  # the terminal's other side is closed
            pass
        os.close(terminal)
        self.assertEqual(process.wait(30), 0)
        return text.decode().replace("\r\n", "\n").splitlines()


class AnAccountUnderAttack(unittest.TestCase):
    """Twelve strangers guess at it; mail servers may ask."""

    POLICY = """policy:
  mode: enforce
  exim: {{listen: {folder}/exim.sock}}
"""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        now = time.time() - 60
        lines = [exim_login(now, USER, VICTIM, 4000)]
        lines += [exim_failure(now + 1 + at, f"198.51.{at}.7", VICTIM, 5000 + at) for at in range(12)]
        log = self.folder / "log"
        log.write_text("".join(lines), encoding="ascii")
        rules = ("rules:\n  - {name: attack, on: auth_failure, by: account, distinct: address, limit: 10, within: 1d, "
                 "ban: 1d}\n")
        self.daemon = Daemon(self.folder, [log], rules + self.POLICY.format(folder=self.folder))
        self.lines = len(lines)

    def shown(self, *words):
        done = mailban("show", VICTIM, *words, "--config", self.daemon.config, "--socket", self.daemon.socket)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode()

    def test_tells_what_the_door_would_say(self):
        with self.daemon as running:
            running.wait_for(self.lines)
            until(lambda: json.loads(self.shown("--json"))["failures"] == 12)
            told = json.loads(self.shown("--json"))
            shown = " ".join(self.shown().split())
        self.assertEqual(told["door"]["mode"], "enforce")
        stranger = {answer["service"]: answer["verdict"] for answer in told["door"]["answers"]}
        # Exim's log says nothing of IMAP.
        self.assertEqual((stranger["submission"], stranger["imap"]), ("deny", "allow"))
        clients = {client["address"]: {answer["verdict"] for answer in client["door"]} for client in told["clients"]}
        self.assertEqual(clients[USER], {"allow"})
        self.assertIn("deny", clients["198.51.11.7"])
        self.assertIn("At the door (policy.mode: enforce), a client that never used it: deny ", shown)
        self.assertIn("(account under attack), allow ", shown)
        # Without a daemon nobody can tell.
        self.assertIsNone(json.loads(self.shown("--json"))["door"])
        self.assertNotIn("At the door", self.shown())


if __name__ == "__main__":
    unittest.main()
