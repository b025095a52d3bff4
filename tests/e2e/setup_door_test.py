"""`mailban setup --door` with real mail servers: their own checks accept it, and --undo leaves the same bytes."""

import glob
import os
import sys
import unittest

from lab import daemon, dovecot, story
from lab.shell import outcome, run

CONFIG = "/etc/mailban/mailban.yaml"
TREES = ("/etc/dovecot", "/etc/exim4", "/etc/postfix", "/etc/mailban")
DOVECOT = "/etc/dovecot/conf.d/95-mailban.conf"


def tree():
    """Path, mode and bytes of each file of the configurations."""
    files = {}
    for path in (one for root in TREES for one in glob.glob(f"{root}/**", recursive=True)):
        if os.path.isfile(path):
            with open(path, "rb") as file:
                files[path] = os.stat(path).st_mode, file.read()
    return files


class TheDoor(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        dovecot.use_other_programs()

    def setUp(self):
        os.makedirs("/etc/mailban", exist_ok=True)
        with open(CONFIG, "w", encoding="ascii") as file:
            file.write("# mine\nsources: auto\nfirewall: {backend: dry-run}\n")
        self.before = tree()

    def setup(self, *words):
        return outcome(daemon.PROGRAM, "setup", "--config", CONFIG, "--socket", "/run/no-daemon.sock", *words, timeout=120)

    def undo(self):
        done = self.setup("--undo")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(tree(), self.before)
        return done.stdout

    def test_is_wired_checked_and_taken_back(self):
        done = self.setup("--door", "--yes")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with open(CONFIG, encoding="ascii") as file:
            text = file.read()
        self.assertTrue(text.startswith("# mine\n"))
        self.assertIn("mode: observe", text)
        self.assertEqual(outcome(daemon.PROGRAM, "check", "--config", CONFIG).returncode & 2, 0)
        shown = run("doveconf", "-n")
        self.assertIn("server_url = http://127.0.0.1:4001/", shown)
        with open("/etc/mailban/policy.key", encoding="ascii") as file:
            self.assertIn(f"X-API-Key: {file.read().strip()}", shown)
        self.assertEqual(os.stat(DOVECOT).st_mode & 0o777, 0o600)
        if os.path.exists("/etc/postfix/main.cf"):
            self.assertIn("check_policy_service", run("postconf", "-h", "smtpd_client_restrictions"))
            self.assertEqual(run("postconf", "-h", "smtpd_delay_reject").strip(), "no")
        if os.path.exists("/etc/exim4"):
            run("exim4", "-bV")
            self.assertIn("127.0.0.1:4003", run("exim4", "-bP", "acl_smtp_connect"))
        again = self.setup("--door", "--yes")
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
        self.assertNotIn("Write /etc", again.stdout)
        said = self.undo()
        self.assertIn("Now run: doveadm reload", said)
        self.assertNotIn("server_url = http", run("doveconf", "-n"))

    def test_leaves_nothing_that_a_server_refuses(self):
        broken = "/etc/dovecot/conf.d/99-broken.conf"
        with open(broken, "w", encoding="ascii") as file:
            file.write("no_such_setting = 1\n")
        self.before = tree()
        self.addCleanup(os.remove, broken)
        done = self.setup("--door", "--yes")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("Dovecot's own check refuses the change", done.stdout)
        self.assertFalse(os.path.exists(DOVECOT))
        self.undo()

    def test_asks_before_each_file(self):
        done = outcome(daemon.PROGRAM, "setup", "--config", CONFIG, "--socket", "/run/no-daemon.sock", "--door",
                       stdin="y\n" + "n\n" * 9)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("Write " + DOVECOT, done.stdout)
        self.assertFalse(os.path.exists(DOVECOT))
        self.undo()


if __name__ == "__main__":
    story.tell(sys.argv.pop(1) if len(sys.argv) > 1 else "exim")
