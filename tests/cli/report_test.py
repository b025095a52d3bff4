"""`mailban report`: what the daemon has recorded, added up while it runs and when it does not."""

import contextlib
import json
import pathlib
import sqlite3
import tempfile
import time
import unittest

from lines import Daemon, exim_failure, exim_login, mailban, until
from tune_test import Page

HOSTILE = "<script>alert(1)</script><img/src=x/onerror=alert(2)>&\"'"


class AReport(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.log = self.folder / "mainlog"
        begin = time.time() - 300
        lines = [exim_failure(begin + at, "192.0.2.7", "bob@example.com", 2000 + at) for at in range(6)]
        lines += [exim_failure(begin + 10 + at, "198.51.100.9", HOSTILE, 3000 + at) for at in range(3)]
        lines += [exim_login(begin + 20, "203.0.113.5", "carol@example.com", 4000)]
        self.log.write_text("".join(lines), encoding="utf-8")
        self.count = len(lines)
        self.daemon = Daemon(self.folder, [self.log])

    def report(self, *arguments):
        outcome = mailban("report", "--config", self.daemon.config, *arguments)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return outcome.stdout.decode()

    def run_daemon(self):
        """Until all is read and written."""
        with self.daemon as running:
            running.wait_for(self.count)
            until(lambda: json.loads(self.report("--json"))["events"] == self.count)
            return json.loads(self.report("--json"))

    def test_tells_the_same_while_the_daemon_runs_and_after(self):
        meanwhile = self.run_daemon()
        after = json.loads(self.report("--json"))
        for told in (meanwhile, after):
            self.assertLess(told.pop("since"), told.pop("until"))
        self.assertEqual(meanwhile, after)
        self.assertEqual((after["bans"], after["active_bans"]), (1, 1))
        self.assertEqual(after["rules"], [{"rule": "password-guessing", "bans": 1, "active_bans": 1, "observed": False}])
        self.assertEqual(after["servers"], [{"server": "exim", "events": self.count, "attempts": 9}])
        self.assertEqual(after["logs"], [{"log": str(self.log), "events": self.count, "attempts": 9}])

    def test_counts_as_a_scan_of_the_log_does(self):
        told = self.run_daemon()
        scanned = json.loads(mailban("scan", "--json", self.log).stdout)
        for part in ("kinds", "addresses", "subnets", "accounts", "hours", "distinct", "first", "last"):
            self.assertEqual(told[part], scanned[part], part)

    def test_leaves_out_what_was_before(self):
        self.run_daemon()
        told = json.loads(self.report("--json", "--since", "1s"))
        self.assertEqual((told["events"], told["bans"], told["active_bans"]), (0, 0, 1))

    def test_tells_of_one_account_or_one_rule(self):
        self.run_daemon()
        bob = json.loads(self.report("--json", "--account", "BOB@example.com"))
        self.assertEqual((bob["account"], bob["rule"]), ("BOB@example.com", None))
        self.assertEqual((bob["events"], bob["bans"], bob["distinct"]["addresses"]), (6, 1, 1))
        carol = json.loads(self.report("--json", "--account", "carol@example.com"))
        self.assertEqual((carol["events"], carol["bans"], carol["active_bans"]), (1, 0, 0))
        rule = json.loads(self.report("--json", "--rule", "password-guessing"))
        self.assertEqual((rule["events"], rule["bans"]), (6, 1))
        none = json.loads(self.report("--json", "--rule", "slow-guessing", "--account", "bob@example.com"))
        self.assertEqual((none["events"], none["bans"]), (0, 0))
        self.assertIn("only account bob@example.com, rule password-guessing: 6 events",
                      " ".join(self.report("--rule", "password-guessing", "--account", "bob@example.com").split()))

    def test_shows_it_to_people(self):
        self.run_daemon()
        shown = self.report()
        for words in ("10 events", "192.0.2.7", "bob@example.com", "password-guessing", "█"):
            self.assertIn(words, shown)

    def test_writes_a_page_that_needs_nothing_else_and_runs_nothing_of_an_attackers(self):
        self.run_daemon()
        path = self.folder / "out.html"
        self.report("--html", path)
        page = Page()
        page.feed(path.read_text("utf-8"))
        self.assertEqual((page.open, page.outside), ([], []))
        self.assertEqual({"script", "link", "img", "iframe", "object", "embed"} & set(page.tags), set())
        self.assertIn(HOSTILE, page.text)
        self.assertEqual(page.tags.count("svg"), 2)

    def test_changes_nothing(self):
        self.run_daemon()
        database = self.folder / "state/mailban.db"
        before = database.read_bytes()
        self.report()
        self.assertEqual(database.read_bytes(), before)

    def test_says_why_it_cannot(self):
        def failure(*arguments):
            outcome = mailban("report", "--config", self.daemon.config, *arguments)
            return outcome.returncode, outcome.stderr.decode()
        code, said = failure()
        self.assertEqual(code, 1)
        self.assertIn(f"{self.folder}/state/mailban.db: No such file or directory", said)
        code, said = failure("--since", "yesterday")
        self.assertEqual(code, 2)
        self.assertIn("neither an age", said)
        self.run_daemon()
        with contextlib.closing(sqlite3.connect(self.folder / "state/mailban.db")) as database:
            database.execute("PRAGMA user_version = 1000")
        code, said = failure()
        self.assertEqual(code, 1)
        self.assertIn("newer mailban", said)
        (self.folder / "state/mailban.db").write_bytes(b"nonsense" * 1000)
        code, said = failure()
        self.assertEqual(code, 1)
        self.assertIn("not a database", said)


if __name__ == "__main__":
    unittest.main()
