"""`mailban setup` and its undo while the disk of the configuration has no room, or room for a part.

Runs in namespaces of its own (../firewall/in_namespace), with a small disk. Demanded: a file is as it was or as it was
to become, what went wrong is said, and with room again all of it can be done.
"""

import os
import pathlib
import subprocess
import unittest

from lab import daemon
from lab.faults import Faulty

SHIPPED = pathlib.Path(__file__).resolve().parent / "../../config/mailban.yaml"
PAGE = os.sysconf("SC_PAGE_SIZE")


class TheSetup(Faulty):

    def setUp(self):
        super().setUp()
        self.etc = pathlib.Path(self.folder, "etc")
        self.config = self.etc / "mailban.yaml"
        self.before = SHIPPED.read_bytes()
        self.after = self.before.replace(b"\nallow: []\n", b"\nallow: [198.51.100.77]\n")
        self.assertNotEqual(self.after, self.before)
        self.small_disk(str(self.etc), "512k")

    def setup(self, *words):
        """Exit code, and all that was said."""
        done = subprocess.run([daemon.PROGRAM, "setup", "--config", self.config, "--fail2ban", "/none", "--csf", "/none",
                               *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False, timeout=120, env={**os.environ, "SSH_CONNECTION": "198.51.100.77 51234 192.0.2.1 22"})
        return done.returncode, done.stdout

    def leave(self, pages):
        """The disk has so many pages left, beside what it needs for a name."""
        filler = self.etc / "filler"
        filler.unlink(missing_ok=True)
        free = os.statvfs(self.etc).f_bfree
        filler.write_bytes(b"x" * PAGE * max(0, free - pages))
        self.assertEqual(os.statvfs(self.etc).f_bfree, pages)

    def assert_nothing_half(self):
        """No file is cut, and none was forgotten."""
        self.assertIn(self.config.read_bytes(), (self.before, self.after))
        self.assertLessEqual(set(os.listdir(self.etc)), {"mailban.yaml", "mailban.yaml.undo", "filler"})

    def test_writes_all_or_nothing_however_much_room_there_is(self):
        refused = 0
        whole = (len(self.before) // PAGE + 1) * 4  # the file, and its record with both texts
        for pages in range(whole):
            self.config.write_bytes(self.before)
            self.leave(pages)
            code, said = self.setup("--yes")
            self.assert_nothing_half()
            if self.config.read_bytes() == self.after:
                self.assertEqual(code, 0, said)
            else:
                refused += 1
                self.assertNotEqual(code, 0, said)
                self.assertIn("No space left on device", said)
            self.undo_with(pages)
        self.assertGreater(refused, 2)
        self.assertLess(refused, whole)

    def undo_with(self, pages):
        """Taken back in as little room, and else once there is more."""
        code, said = self.setup("--undo")
        self.assert_nothing_half()
        if code != 0:
            self.assertIn("No space left on device", said)
            self.leave(pages + 40)
            code, said = self.setup("--undo")
        self.assertEqual(code, 0, said)
        self.assertEqual(self.config.read_bytes(), self.before)
        self.assertLessEqual(set(os.listdir(self.etc)), {"mailban.yaml", "filler"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
