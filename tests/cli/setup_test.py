"""`mailban setup`: what it finds, proposes, writes and takes back, in a folder of its own. Needs no root."""

import datetime
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.realpath(os.path.join(os.path.dirname(__file__), "../e2e")))

from lab import daemon  # noqa: E402
from lab.daemon import Mailban, append  # noqa: E402

SSH = "198.51.100.77 51234 192.0.2.1 22"
SHIPPED = pathlib.Path(__file__).resolve().parent / "../../config/mailban.yaml"


class Setup(unittest.TestCase):

    maxDiff = None

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.config = pathlib.Path(self.folder, "mailban.yaml")

    def setup(self, *words, answers="", ssh=SSH, code=0, config=None):
        """What `mailban setup` prints."""
        environment = {name: value for name, value in os.environ.items() if name != "SSH_CONNECTION"}
        # Without one of its own, the tester's session would be found.
        environment["SSH_CONNECTION"] = ssh or "127.0.0.1 1 127.0.0.1 22"
        done = subprocess.run([daemon.PROGRAM, "setup", "--config", config or self.config, "--fail2ban",
                               f"{self.folder}/f2b", "--csf", f"{self.folder}/csf", *words],
                              input=answers, capture_output=True, text=True, check=False, env=environment, timeout=120)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_writes_only_what_differs_and_takes_it_back(self):
        before = SHIPPED.read_bytes()
        self.config.write_bytes(before)
        os.chmod(self.config, 0o640)
        said = self.setup("--yes")
        self.assertIn("Found on this machine:", said)
        self.assertRegex(said, r"(ok|warning|wrong) +firewall: ")
        self.assertIn("-allow: []\n  +allow: [198.51.100.77]\n", said)
        after = self.config.read_bytes()
        self.assertEqual(after, before.replace(b"\nallow: []\n", b"\nallow: [198.51.100.77]\n"))
        self.assertEqual(os.stat(self.config).st_mode & 0o777, 0o640)
        self.assertIn("says all of it already", self.setup("--yes"))
        self.assertEqual(self.setup("--undo"), f"Restored: {self.config}\n")
        self.assertEqual(self.config.read_bytes(), before)
        self.assertEqual(os.stat(self.config).st_mode & 0o777, 0o640)
        self.assertEqual(os.listdir(self.folder), ["mailban.yaml"])
        self.assertIn("Nothing to take back", self.setup("--undo"))

    def test_takes_back_a_file_that_was_named_from_where_it_lies(self):
        self.config.write_text("sources: auto\n", encoding="utf-8")
        where = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, where)
        self.setup("--yes", config="./mailban.yaml")
        self.assertNotEqual(self.config.read_text(encoding="utf-8"), "sources: auto\n")
        self.setup("--undo")
        self.assertEqual(self.config.read_text(encoding="utf-8"), "sources: auto\n")

    def test_asks_and_does_nothing_without_an_answer(self):
        before = SHIPPED.read_bytes()
        self.config.write_bytes(before)
        self.assertIn("no answer", self.setup())
        self.assertIn("says all of it already", self.setup(answers="n\n"))
        said = self.setup(answers="y\nno\n")
        self.assertIn("+allow: [198.51.100.77]", said)
        self.assertIn("Nothing was changed.", said)
        self.assertEqual(self.config.read_bytes(), before)
        self.setup(answers="\n\n")
        self.assertIn(b"allow: [198.51.100.77]", self.config.read_bytes())

    def test_of_a_machine_without_a_file_writes_a_short_one(self):
        said = self.setup("--yes", ssh=None)
        self.assertIn(f"New file {self.config}:", said)
        self.assertEqual(self.config.read_text(encoding="utf-8").splitlines()[-1], "sources: auto")
        self.assertEqual(self.setup("--undo", ssh=None), f"Removed: {self.config}\n")
        self.assertEqual(os.listdir(self.folder), [])

    def test_begins_by_watching_and_ends_it(self):
        before = SHIPPED.read_bytes()
        self.config.write_bytes(before)
        self.setup("--watch", "--yes", ssh=None)
        day = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=7)).strftime("%Y-%m-%d").encode()
        watching = self.config.read_bytes()
        self.assertIn(b"  backend: dry-run\n", watching)
        self.assertEqual(watching.count(b"watch_until"), 1)
        self.assertIn(b"\n  watch_until: " + day + b"\n", watching)
        self.setup("--enforce", "--yes", ssh=None)
        self.assertEqual(self.config.read_bytes(), before)
        self.assertIn("choose one", self.setup("--watch", "--enforce", code=2))

    def test_refuses_to_take_back_what_was_edited_since(self):
        self.config.write_bytes(SHIPPED.read_bytes())
        self.setup("--yes")
        edited = self.config.read_bytes() + b"# mine\n"
        self.config.write_bytes(edited)
        said = self.setup("--undo", code=1)
        self.assertIn(f"{self.config} was edited since mailban wrote it", said)
        self.assertEqual(self.config.read_bytes(), edited)

    def test_proposes_no_address_that_is_allowed_or_local(self):
        self.config.write_text("sources: auto\nallow: [198.51.100.0/24]\n", encoding="utf-8")
        self.assertNotIn("SSH session", self.setup("--yes"))
        self.assertNotIn("SSH session", self.setup("--yes", ssh="127.0.0.1 1 127.0.0.1 22"))
        self.assertIn("from 2001:db8:1:2::/64", self.setup("--yes", ssh="2001:db8:1:2::9 5 2001:db8::1 22"))
        self.assertIn('allow: [198.51.100.0/24, "2001:db8:1:2::/64"]', self.config.read_text(encoding="utf-8"))

    def test_names_what_import_can_take_over(self):
        os.makedirs(f"{self.folder}/f2b")
        os.makedirs(f"{self.folder}/csf")
        self.config.write_text("sources: auto\n", encoding="utf-8")
        pathlib.Path(self.folder, "f2b/jail.local").write_text(
            "[sshd]\nenabled = true\n[dovecot]\nenabled = true\n", encoding="utf-8")
        self.assertNotIn("mailban import csf", self.setup(ssh=None))
        pathlib.Path(self.folder, "csf/csf.conf").write_text("", encoding="utf-8")
        said = self.setup(ssh=None)
        self.assertIn("fail2ban has 1 enabled jail of mail servers (dovecot): `mailban import fail2ban`", said)
        self.assertIn("`mailban import csf`", said)

    def test_reloads_a_running_daemon(self):
        log = f"{self.folder}/log"
        append(log, "")
        mailban = self.enterContext(Mailban(f"{self.folder}/m", "dry-run", log))
        said = self.setup("--yes", config=mailban.config)
        self.assertIn("Written: ", said)
        allowed = [entry["prefix"] for entry in mailban.ask("allow")["entries"]]
        self.assertIn("198.51.100.77/32", allowed)
        self.setup("--undo", config=mailban.config)
        allowed = [entry["prefix"] for entry in mailban.ask("allow")["entries"]]
        self.assertNotIn("198.51.100.77/32", allowed)

    def test_finds_the_session_behind_sudo(self):
        self.config.write_text("sources: auto\n", encoding="utf-8")
        # As sudo does, the shell in between drops the variable.
        done = subprocess.run(["sh", "-c", f'env -u SSH_CONNECTION "{daemon.PROGRAM}" setup --config "{self.config}" '
                               f'--fail2ban /none --csf /none; exit $?'],
                              input="", capture_output=True, text=True, check=False, timeout=120,
                              env={**os.environ, "SSH_CONNECTION": SSH})
        self.assertIn("Your SSH session comes from 198.51.100.77", done.stdout)


if __name__ == "__main__":
    unittest.main()
