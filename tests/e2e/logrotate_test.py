"""The real logrotate with the configurations of Debian's exim4 and rsyslog, on a log that is written
on and on: every line once, whether the daemon runs, is stopped or is killed meanwhile.
"""

import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
import unittest

from lab.daemon import Mailban, append, failure
from lab.shell import run, wait_until

LOGROTATE = shutil.which("logrotate", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
ROTATIONS = 6
# As the packages install them; the daily and weekly of theirs is --force here.
EXIM = "daily\n missingok\n rotate 10\n compress\n delaycompress\n notifempty\n nocreate"
RSYSLOG = ("rotate 10\n weekly\n missingok\n notifempty\n compress\n delaycompress\n sharedscripts\n"
           " postrotate\n true\n endscript")
DATED = EXIM + "\n dateext\n dateformat -%Y%m%d-%s"
COPIED = EXIM.replace("nocreate", "copytruncate")
AT_ONCE = "rotate 10\n missingok\n compress\n create 0640"


class Logrotate(unittest.TestCase):

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.log = f"{self.folder}/mainlog"
        self.choose = random.Random(7)
        append(self.log, failure("192.0.2.1"))
        self.written = 1
        self.rotated = 0
        self.mailban = Mailban(f"{self.folder}/m", "dry-run", self.log, limit=100_000)
        with open(self.mailban.config, encoding="utf-8") as file:
            text = file.read().replace(", group: root", "")
        self.mailban.write_config(text)
        self.addCleanup(self.mailban.__exit__)

    def write(self):
        count = self.choose.randrange(1, 40)
        append(self.log, "".join(failure("192.0.2.1", account=f"user{self.written + number}")
                                 for number in range(count)))
        self.written += count

    def accounts(self):
        with sqlite3.connect(f"file:{self.mailban.folder}/state/mailban.db?mode=ro", uri=True) as base:
            rows = base.execute("SELECT account FROM events ORDER BY id").fetchall()
        base.close()
        return [row[0] for row in rows]

    def rotate(self, rules):
        """Rotates once, as a timer of the system would."""
        config = f"{self.folder}/logrotate.conf"
        # It gives no name twice, and its finest date is a second of time(2), which the kernel lets
        # lag behind the exact clock by a few milliseconds.
        wait_until(lambda: time.time() > self.rotated + 1.1 or "dateext" not in rules, "a second")
        with open(config, "w", encoding="ascii") as file:
            file.write(f"{self.log} {{\n {rules}\n}}\n")
        os.chmod(config, 0o644)
        run(LOGROTATE, "--force", "--state", f"{self.folder}/logrotate.state", config)
        self.rotated = int(time.time())  # the name has this second or the one before

    def every_line_is_told_once(self, rules):
        self.mailban.start()
        for turn in range(ROTATIONS):
            self.write()
            ending = (None, self.mailban.stop, self.mailban.kill)[turn % 3]
            if ending:
                ending()
            self.write()
            self.rotate(rules)
            self.write()
            if ending:
                self.mailban.start()
        wait_until(lambda: len(self.accounts()) >= self.written, "every line is told", 20)
        expected = ["bob@example.com"] + [f"user{number}" for number in range(1, self.written)]
        found = [one.decode() if isinstance(one, bytes) else one for one in self.accounts()]
        self.assertEqual(found, expected)
        for source in self.mailban.ask("status")["sources"]:
            self.assertFalse(source.get("note"), source)

    def test_as_exim_is_rotated(self):
        self.every_line_is_told_once(EXIM)

    def test_as_rsyslog_is_rotated(self):
        self.every_line_is_told_once(RSYSLOG)

    def test_with_dates(self):
        self.every_line_is_told_once(DATED)

    def test_by_copying_and_truncating(self):
        self.every_line_is_told_once(COPIED)

    def test_with_packing_at_once(self):
        self.every_line_is_told_once(AT_ONCE)


if __name__ == "__main__":
    if not LOGROTATE:
        sys.exit("this test needs logrotate")
    unittest.main()
