"""A wrong configuration gets a clear error and changes nothing. Needs no root and no machine."""

import os
import tempfile
import unittest

from lab import daemon
from lab.daemon import Mailban, append
from lab.shell import outcome


class AWrongConfiguration(unittest.TestCase):

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        append(f"{self.folder}/log", "")
        self.mailban = Mailban(f"{self.folder}/m", "dry-run", f"{self.folder}/log")
        with open(self.mailban.config, encoding="utf-8") as file:
            self.right = file.read().replace("group: root", f"group: {os.getegid()}")
        self.right = self.right.replace(f", group: {os.getegid()}", "")
        self.wrong = self.right.replace("limit: 5", "limt: 5")
        self.mailban.write_config(self.wrong)
        line = next(number for number, text in enumerate(self.wrong.splitlines(), 1) if "limt" in text)
        column = self.wrong.splitlines()[line - 1].index("limt") + 1
        self.place = f"{self.mailban.config}:{line}:{column}:"

    def assert_names_the_mistake(self, text):
        """File, line and column, the wrong word, and the one that was probably meant."""
        self.assertIn(self.place, text)
        self.assertIn("'limt'", text)
        self.assertIn("'limit'", text)

    def test_is_explained_by_check(self):
        checked = outcome(daemon.PROGRAM, "check", "--config", self.mailban.config)
        self.assertEqual(checked.returncode, 2)
        self.assert_names_the_mistake(checked.stderr)

    def test_is_refused_by_run(self):
        refused = outcome(daemon.PROGRAM, "run", "--config", self.mailban.config, timeout=20)
        self.assertEqual(refused.returncode, 2)
        self.assert_names_the_mistake(refused.stderr)
        self.assertFalse(os.path.exists(f"{self.mailban.folder}/state"))

    def test_leaves_the_running_one_in_force(self):
        self.mailban.write_config(self.right)
        with self.mailban as running:
            running.write_config(self.wrong)
            reloaded = running.command("reload")
            self.assertEqual(reloaded.returncode, 2)
            self.assert_names_the_mistake(reloaded.stderr)
            self.assertRegex(reloaded.stderr, "stays in force")
            append(running.log, daemon.failure("192.0.2.7") * 5)
            running.wait_for_ban("192.0.2.7")
            running.write_config(self.right)
            self.assertEqual(running.command("reload").returncode, 0)
            self.assertEqual(running.banned(), ["192.0.2.7/32"])

    def test_that_is_missing_is_named(self):
        missing = f"{self.folder}/none.yaml"
        checked = outcome(daemon.PROGRAM, "check", "--config", missing)
        self.assertEqual(checked.returncode, 2)
        self.assertIn(missing, checked.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
