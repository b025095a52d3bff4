"""What `status` counts since the start, it counts over reloads, whatever they change."""

import pathlib
import tempfile
import time
import unittest

from lines import Daemon, exim_failure, mailban, until

RULES = "rules: [{{name: guessing, on: [auth_failure], limit: {limit}, within: 10m, ban: 1h}}]\n"


class WhatIsCounted(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.log = self.folder / "main.log"
        self.log.touch()
        self.daemon = Daemon(folder.name, [self.log], RULES.format(limit=5))
        self.enterContext(self.daemon)
        self.text = self.daemon.config.read_text()

    def fail(self, times, ip="192.0.2.7"):
        with open(self.log, "a", encoding="ascii") as log:
            for port in range(times):
                log.write(exim_failure(time.time(), ip, "bob", 1000 + port))

    def counts(self):
        status = self.daemon.status()
        lines = {log["file"]: (log["lines"], log["events"]) for log in status["sources"]}
        return (status["bans_made"], status["events"]["auth_failure"], status["firewall"]["applied"],
                lines[str(self.log)], status["started"])

    def reload(self, text):
        self.daemon.config.write_text(text)
        outcome = mailban("reload", "--socket", self.daemon.socket, timeout=60)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)

    def test_stays(self):
        self.fail(5)
        until(lambda: self.counts()[0] == 1 and self.counts()[2] == 1)
        before = self.counts()
        self.assertEqual(before[:4], (1, 5, 1, (5, 5)))
        other = self.folder / "other.log"
        other.touch()
        for what, text in {
                "nothing": self.text,
                "a rule": self.text.replace("limit: 5", "limit: 6"),
                "its logs": self.text.replace("sources:\n", f"sources:\n  - file: {other}\n"),
                "the firewall's ports": self.text.replace("dry-run", "dry-run, ports: [25]"),
        }.items():
            with self.subTest(what):
                self.reload(text)
                until(lambda: self.counts()[2] >= 1)
                after = self.counts()
                self.assertEqual(after[:2] + after[3:], before[:2] + before[3:])
                self.assertGreaterEqual(after[2], before[2])

    def test_windows_go_on(self):
        """Four of five failures, a reload, and the fifth."""
        self.fail(4)
        self.daemon.wait_for(4)
        self.reload(self.text + "limits: {bans: 1000}\n")
        self.fail(1)
        until(lambda: self.counts()[0] == 1)

    def test_windows_of_a_rule_that_changed_are_counted_anew_from_what_was_stored(self):
        self.fail(4)
        self.daemon.wait_for(4)
        self.reload(self.text.replace("within: 10m", "within: 20m"))
        self.fail(1)
        until(lambda: self.counts()[0] == 1)


if __name__ == "__main__":
    unittest.main()
