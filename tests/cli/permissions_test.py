"""Files that others can write say nothing to mailban. Needs no root."""

import json
import os
import pathlib
import tempfile
import unittest

from lines import Daemon, mailban


class AConfiguration(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "log").touch()
        self.daemon = Daemon(self.folder, [self.folder / "log"])
        self.config = self.daemon.config

    def findings(self):
        outcome = mailban("check", "--json", "--config", self.config)
        self.assertIn(outcome.returncode, (0, 1), outcome.stderr)
        return {one["subject"]: one for one in json.loads(outcome.stdout)}

    def test_that_everybody_can_write_is_refused_by_every_command_that_reads_it(self):
        self.config.chmod(0o666)
        for command in ("run", "check", "firewall show"):
            outcome = mailban(*command.split(), "--config", self.config)
            self.assertEqual(outcome.returncode, 2, command)
            said = outcome.stderr.decode()
            self.assertIn("(mode 0666) can be written by everybody", said)
            self.assertIn(f"chmod o-w {self.config}", said)

    def test_that_everybody_can_write_is_refused_at_a_reload_and_the_old_one_stays(self):
        with self.daemon as running:
            before = self.config.read_text("utf-8")
            self.config.write_text(before + "limits: {bans: 0}\n", encoding="utf-8")
            self.config.chmod(0o602)
            outcome = mailban("reload", "--socket", running.socket)
            self.assertEqual(outcome.returncode, 2)
            self.assertIn("can be written by everybody", outcome.stderr.decode())
            self.assertIn("the old configuration stays in force", outcome.stderr.decode())
            self.config.write_text(before, encoding="utf-8")
            self.config.chmod(0o600)
            self.assertEqual(mailban("reload", "--socket", running.socket).returncode, 0)

    def test_in_a_folder_where_everybody_can_replace_it_is_refused_unless_that_is_sticky(self):
        os.chmod(self.folder, 0o777)
        outcome = mailban("check", "--config", self.config)
        self.assertEqual(outcome.returncode, 2)
        self.assertIn("everybody can replace files", outcome.stderr.decode())
        os.chmod(self.folder, 0o1777)
        self.assertEqual(self.findings()["configuration"]["grade"], "ok")

    def test_that_its_group_can_write_is_warned_of(self):
        self.config.chmod(0o660)
        finding = self.findings()["configuration"]
        self.assertEqual(finding["grade"], "warning")
        self.assertIn(f"chmod g-w {self.config}", finding["text"])

    def test_names_a_state_directory_that_nobody_else_can_write(self):
        state = self.folder / "state"
        state.mkdir(mode=0o700)
        self.assertEqual(self.findings()["state"]["grade"], "ok")
        if os.geteuid() == 0:
            os.chown(state, 65534, -1)
            self.assertEqual(self.findings()["state"]["grade"], "warning")
            os.chown(state, 0, -1)
        state.chmod(0o777)
        self.assertEqual(self.findings()["state"]["grade"], "wrong")
        outcome = mailban("run", "--config", self.config, timeout=30)
        self.assertEqual(outcome.returncode, 1)
        self.assertIn(f"chmod o-w {state}", outcome.stderr.decode())

    def test_may_name_an_allow_file_that_is_refused_and_told_of(self):
        allow = self.folder / "allow.list"
        allow.write_text("192.0.2.0/24\n", encoding="utf-8")
        allow.chmod(0o646)
        with self.config.open("a", encoding="utf-8") as file:
            file.write(f"allow: [{allow}]\n")
        finding = self.findings()["allow"]
        self.assertEqual(finding["grade"], "wrong")
        self.assertIn(f"chmod o-w {allow}", finding["text"])
        with self.daemon as running:
            self.assertIn(f"chmod o-w {allow}", "\n".join(running.status()["warnings"]))


class TheControlSocket(unittest.TestCase):

    def test_tells_in_the_status_how_much_it_is_used_and_that_it_has_no_group(self):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "log"
            log.touch()
            with Daemon(folder, [log], "") as running:
                config = running.config.read_text("utf-8")
                first, second = running.status()["control"], running.status()["control"]
                self.assertEqual(second["requests"], first["requests"] + 1)
                self.assertEqual((second["rate_limited"], second["rejected_connections"]), (0, 0))
            running.config.write_text(config.replace("socket: ", "group: no-such-group, socket: "),
                                      encoding="utf-8")
            with running:
                self.assertIn("there is no group 'no-such-group'", "\n".join(running.status()["warnings"]))
                self.assertEqual(os.stat(running.socket).st_mode & 0o777, 0o600)


if __name__ == "__main__":
    unittest.main()
