"""`mailban support`: what is in the report, and what is not."""

import os
import pathlib
import stat
import tempfile
import time
import unittest

from lines import Daemon, exim_failure, mailban, until

RULES = """rules:
  - {name: password-guessing, limit: 3, within: 10m, ban: 1h}
hooks:
  - {on: ban, run: [/usr/bin/true, --token=hunter2, "https://u:hunter2@example.com/", "to=postmaster@customer.example"]}
"""


class TheReport(unittest.TestCase):

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.log = self.folder / "mainlog"
        self.log.write_text("".join(exim_failure(time.time() - 60 + i, "192.0.2.7", "bob@customer.example", 40000 + i)
                                    for i in range(3)), encoding="ascii")

    def report(self, *words):
        done = mailban("support", "--config", self.folder / "mailban.yaml", *words)
        self.assertEqual(done.returncode, 0, done)
        return done.stdout.decode()

    def assert_masked(self, report):
        for secret in ("hunter2", "customer.example", "postmaster", "bob"):
            self.assertNotIn(secret, report)

    def test_has_all_parts_and_no_secret(self):
        with Daemon(self.folder, [self.log], RULES) as daemon:
            until(lambda: daemon.ask("bans"))
            report = self.report()
        self.assert_masked(report)
        for title in ("System", "mailban check", "mailban status --json", "systemctl show mailban",
                      "journalctl -u mailban", str(self.folder / "mailban.yaml")):
            self.assertIn(f"== {title}\n", report)
        self.assertIn('"active_bans": 1', report)
        self.assertIn("password-guessing", report)
        self.assertIn(str(self.log), report)
        self.assertIn("(masked)", report)

    def test_says_what_is_wrong_where_nothing_works(self):
        report = self.report()
        self.assertIn("does not exist", report)
        (self.folder / "mailban.yaml").write_text("limt: 1\n", encoding="ascii")
        self.assertIn("mailban.yaml:1:1: ", self.report())

    def test_goes_to_a_new_file_for_its_owner_alone(self):
        target = self.folder / "report.txt"
        self.report("--output", target)
        self.assertEqual(stat.S_IMODE(os.stat(target).st_mode), 0o600)
        self.assertIn("== System", target.read_text(encoding="utf-8"))
        again = mailban("support", "--config", self.folder / "mailban.yaml", "--output", target)
        self.assertEqual(again.returncode, 1)
        self.assertIn(b"exists already", again.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
