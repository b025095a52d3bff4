"""A reload that is refused is not forgotten: the daemon says what is wrong on the disk until it is put right."""

import json
import pathlib
import tempfile
import time
import unittest

from lines import Daemon, exim_failure, mailban, until


class ARefusedReload(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        log = pathlib.Path(folder.name) / "mail.log"
        # The log of a mail server, so that the daemon is well but for its dry run.
        log.write_text(exim_failure(time.time() - 60, "192.0.2.7", "bob", 4711))
        self.daemon = Daemon(folder.name, [log])
        self.enterContext(self.daemon)
        self.right = self.daemon.config.read_text()
        until(lambda: self.reload().returncode == 0)

    def reload(self):
        return mailban("reload", "--socket", self.daemon.socket, timeout=30)

    def break_it(self, more="no_such_key: 1\n"):
        self.daemon.config.write_text(self.right + more)
        line = self.right.count("\n") + 1
        return f"{self.daemon.config}:{line}:1:"

    def health(self):
        outcome = mailban("health", "--json", "--socket", self.daemon.socket, timeout=30)
        findings = [one["text"] for one in json.loads(outcome.stdout)["findings"] if one["name"] == "configuration"]
        return outcome.returncode, findings

    def test_ends_with_2_as_run_and_check_do(self):
        place = self.break_it()
        refused = self.reload()
        self.assertEqual(refused.returncode, 2)
        said = refused.stderr.decode()
        self.assertIn(place, said)
        self.assertIn("the old configuration stays in force", said)

    def test_is_told_by_status_and_health_with_place_and_time(self):
        before = self.daemon.status()["configuration"]
        self.assertIsNone(before["problem"])
        self.assertIsNone(before["since"])
        place = self.break_it("no_such_key: 1\nnor_this: 2\n")
        self.reload()
        after = self.daemon.status()["configuration"]
        self.assertIn(place, after["problem"])
        self.assertEqual(after["problem"].count("\n"), 1, "a line for each mistake")
        self.assertGreaterEqual(after["since"], before["loaded"])
        self.assertEqual(after["loaded"], before["loaded"])
        people = mailban("status", "--socket", self.daemon.socket).stdout.decode()
        self.assertIn(place, people)
        self.assertIn("the one that runs was read at", people)
        code, findings = self.health()
        self.assertEqual(code, 1)
        self.assertIn(place, findings[0])
        self.assertIn("(and 1 more error)", findings[0])
        self.assertRegex(findings[0], r"; since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}$")

    def test_is_told_until_a_reload_succeeds(self):
        self.break_it()
        self.reload()
        since = self.daemon.status()["configuration"]["since"]
        self.reload()
        self.assertEqual(self.daemon.status()["configuration"]["since"], since, "it is one trouble")
        self.daemon.config.write_text(self.right + "limits: {bans: 1000}\n")
        self.assertEqual(self.reload().returncode, 0)
        self.assertIsNone(self.daemon.status()["configuration"]["problem"])
        self.assertEqual(self.health()[1], [])


if __name__ == "__main__":
    unittest.main()
