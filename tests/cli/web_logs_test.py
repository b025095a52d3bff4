"""Logs that clients can write to: what `check` says of them, and what `scan` and `explain` are assured of."""

import datetime
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = str(os.environ.get("MAILBAN") or HERE / "../../build/dev/mailban")
ENVIRONMENT = {**os.environ, "TZ": "UTC"}

NOW = datetime.datetime.now(datetime.timezone.utc)
STAMP = NOW.strftime("%b %d %H:%M:%S")

SOGO = (f"{STAMP} sogod [20517]: SOGoRootPage Login from '192.0.2.7' for user 'bob' might not have worked - "
        "password policy: 65535  grace: -1  expire: -1  bound: 173\n"
        f"{STAMP} sogod [20517]: 192.0.2.7 \"POST /SOGo/connect HTTP/1.1\" 403 33/36 0.045 - - 6M - 12\n")
HORDE = (f"{STAMP} web HORDE[683]: [horde] FAILED LOGIN for bob to horde (192.0.2.7) [pid 683 on line 192 of "
         "\"/usr/share/horde/login.php\"]\n")
ROUNDCUBE = (f"[{NOW.strftime('%d-%b-%Y %H:%M:%S')} +0000]: Failed login for bob from 192.0.2.7 in session heen8giecte19hee "
             "(error: 0)\n")


class AWebLog(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name, text in (("sogo", SOGO), ("horde", HORDE), ("roundcube", ROUNDCUBE)):
            (self.folder / name).write_text(text)

    def run_it(self, *words):
        return subprocess.run((PROGRAM, *words), capture_output=True, timeout=60, check=False, env=ENVIRONMENT)

    def warnings_of(self, source):
        """The texts of what `check` warns of about a source or its log."""
        config = self.folder / "mailban.yaml"
        config.write_text(f"sources: [{source}]\nfirewall: {{backend: dry-run}}\n"
                          f"state: {{directory: {self.folder}}}\n")
        outcome = self.run_it("check", "--json", "--config", str(config))
        return [finding["text"] for finding in json.loads(outcome.stdout)
                if finding["grade"] == "warning" and str(self.folder) in finding["subject"]]

    def test_is_warned_of_until_its_source_assures_what_makes_it_true(self):
        for name, setting in (("sogo", "trusted_front_end"), ("horde", "escaped_line_feeds")):
            log = self.folder / name
            by_default = self.warnings_of(f"{{file: {log}}}")
            self.assertEqual(len(by_default), 1, by_default)
            self.assertIn(setting, by_default[0])
            named = self.warnings_of(f"{{file: {log}, parser: {name}}}")
            self.assertEqual(len(named), 2, named)
            self.assertIn("is named, but its lines are ignored", named[0])
            self.assertEqual(self.warnings_of(f"{{file: {log}, parser: {name}, {setting}: true}}"), [])

    def test_of_roundcube_without_marks_is_warned_of(self):
        warnings = self.warnings_of(f"{{file: {self.folder / 'roundcube'}}}")
        self.assertEqual(len(warnings), 1, warnings)
        self.assertIn("log_session_id", warnings[0])

    def test_tells_scan_nothing_unless_it_is_assured(self):
        for name, flag in (("sogo", "--trusted-front-end"), ("horde", "--escaped-line-feeds")):
            log = str(self.folder / name)
            for words in ((), (flag,), ("--parser", name)):
                self.assertEqual(self.run_it("scan", "--events", *words, log).stdout, b"")
            told = self.run_it("scan", "--events", "--parser", name, flag, log).stdout.splitlines()
            self.assertEqual([json.loads(line)["ip"] for line in told], ["192.0.2.7"])

    def test_is_explained_by_what_is_assured(self):
        for words, ip in (((), None), (("--escaped-line-feeds",), "192.0.2.7")):
            told = json.loads(self.run_it("explain", "--json", "--parser", "horde", *words, HORDE.strip()).stdout)
            self.assertEqual((told["event"] or {}).get("ip"), ip)


if __name__ == "__main__":
    unittest.main()
