"""Patterns that come with mailban: a source names them, `check` says which are in use."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = str(os.environ.get("MAILBAN") or HERE / "../../build/dev/mailban")
ENVIRONMENT = {**os.environ, "TZ": "UTC", "MAILBAN_PATTERNS": str(HERE / "../../config/patterns")}

LINE = "Nov 23 22:30:58 s imapd[411]: Login failed user=bob auth=bob host=client.example.net [192.0.2.7]\n"


class ShippedPatterns(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.log = self.folder / "mail.log"
        self.log.write_text(LINE)

    def check(self, parser, *words):
        config = self.folder / "mailban.yaml"
        config.write_text(f"sources: [{{file: {self.log}, parser: {parser}}}]\nfirewall: {{backend: dry-run}}\n"
                          f"state: {{directory: {self.folder}}}\n")
        return subprocess.run((PROGRAM, "check", *words, "--config", str(config)), capture_output=True, timeout=60,
                              check=False, env=ENVIRONMENT)

    def test_that_are_in_use_are_named_by_check(self):
        findings = json.loads(self.check("[auto, uw-imapd]", "--json").stdout)
        texts = {finding["subject"]: finding["text"] for finding in findings}
        self.assertIn("shipped with mailban, in use", texts["pattern uw-imapd"])
        self.assertIn("pattern uw-ipop3d", texts)
        self.assertNotIn("pattern perdition", texts)

    def test_are_listed_where_a_name_is_unknown(self):
        outcome = self.check("zzzzzzzz")
        said = (outcome.stdout + outcome.stderr).decode()
        self.assertNotEqual(outcome.returncode, 0)
        for name in ("exim", "perdition", "web-login"):
            self.assertIn(name, said)


if __name__ == "__main__":
    unittest.main()
