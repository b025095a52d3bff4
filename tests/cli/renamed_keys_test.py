"""Keys of the configuration under their old names: read, and warned of where an administrator looks. Needs no root."""

import json
import pathlib
import tempfile
import unittest

from lines import Daemon, mailban

OLD = "outage: {linger: 20m}\nlimits: {known: 1000}\n"


class AnOldName(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "log").touch()
        self.daemon = Daemon(self.folder, [self.folder / "log"], OLD)
        text = self.daemon.config.read_text("utf-8").splitlines()
        line = 1 + next(number for number, text in enumerate(text) if "linger" in text)
        self.warning = f"{self.daemon.config}:{line}:10: key 'linger' in outage was renamed; change it to 'idle_timeout'"

    def test_is_warned_of_by_check(self):
        found = json.loads(mailban("check", "--json", "--config", self.daemon.config).stdout)
        warnings = [one["text"] for one in found if (one["grade"], one["subject"]) == ("warning", "configuration")]
        self.assertEqual(len(warnings), 2)
        self.assertEqual(warnings[0], self.warning)

    def test_is_warned_of_by_a_command_that_reads_it(self):
        outcome = mailban("replay", "--config", self.daemon.config, "-", text=b"")
        self.assertIn(self.warning, outcome.stderr.decode())

    def test_is_warned_of_by_the_daemon_until_a_reload_without_it(self):
        with self.daemon as running:
            self.assertIn(self.warning, running.status()["warnings"])
            text = running.config.read_text("utf-8").replace(OLD, "")
            running.config.write_text(text, encoding="utf-8")
            self.assertEqual(mailban("reload", "--socket", running.socket).returncode, 0)
            self.assertNotIn(self.warning, running.status()["warnings"])
        self.assertEqual(running.said.count(self.warning), 1)


if __name__ == "__main__":
    unittest.main()
