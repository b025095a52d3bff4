"""Completion in bash, zsh and fish: commands, options, choices, and what the daemon knows."""

import os
import pathlib
import pty
import select
import shutil
import subprocess
import tempfile
import time
import unittest

from lines import ENVIRONMENT, PROGRAM, Daemon, mailban

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "completions"
BANNED, NETWORK, ALLOWED = "198.51.100.77", "2001:db8:7::/64", "203.0.113.9"
RULES = """rules:
  - {name: password-guessing, on: auth_failure, by: ip, limit: 3, within: 10m, ban: 1h}
"""


def candidates(*words):
    """What mailban itself proposes for the last word, without the meanings."""
    done = mailban("__complete", *words)
    assert done.returncode == 0, done
    return [line.split("\t")[0] for line in done.stdout.decode().splitlines()]


class Terminal:
    """An interactive shell; what is typed comes back as the words of an echo."""

    def __init__(self, *words, environment):
        self.terminal, side = pty.openpty()
        self.process = subprocess.Popen(words, stdin=side, stdout=side, stderr=side, env=environment,
                                        start_new_session=True)
        os.close(side)
        self.text = ""

    def close(self):
        self.process.kill()
        self.process.wait(10)
        os.close(self.terminal)

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait_for(self, text, seconds=120):
        end = time.monotonic() + seconds
        while text not in self.text:
            ready, _, _ = select.select([self.terminal], [], [], max(end - time.monotonic(), 0))
            if not ready:
                raise AssertionError(f"no {text!r} in {self.text!r}")
            self.text += os.read(self.terminal, 65536).decode(errors="replace")
        self.text = self.text[self.text.index(text) + len(text):]

    def completed(self, line):
        """What the line is after the tabulator key."""
        # The mark is written in two halves, so that the echo of what is typed does not have it.
        self.type(f"{line}\t\x01echo \"MA\"\"RK[\"\x05 \"]E\"\"ND\"\r")
        self.wait_for("MARK[")
        rest = self.text
        end = time.monotonic() + 120
        while "]END" not in rest:
            ready, _, _ = select.select([self.terminal], [], [], max(end - time.monotonic(), 0))
            if not ready:
                raise AssertionError(f"no end in {rest!r}")
            rest += os.read(self.terminal, 65536).decode(errors="replace")
        line, _, self.text = rest.partition("]END")
        return " ".join(line.split())


class TheCandidates(unittest.TestCase):

    def test_are_commands_and_options(self):
        commands = candidates("")
        self.assertIn("events", commands)
        self.assertIn("unban", commands)
        self.assertNotIn("__complete", commands)
        self.assertEqual(candidates("unb"), ["unban"])
        self.assertIn("--rule", candidates("bans", "--"))
        self.assertIn("-f", candidates("unban", "-"))
        self.assertEqual(candidates("firewall", ""), ["show", "remove"])
        self.assertIn("--json", candidates("firewall", "show", "--"))

    def test_are_each_command_and_option_that_help_lists(self):
        for command in candidates(""):
            shown = mailban(command, "--help").stdout.decode()
            for option in candidates(command, "--"):
                self.assertIn(option, shown, command)

    def test_are_choices_kinds_and_files(self):
        self.assertEqual(candidates("bans", "--format", ""), ["table", "json", "csv"])
        self.assertEqual(candidates("bans", "--format=j"), ["--format=json"])
        self.assertEqual(candidates("events", "--kind", "ban,un"), ["ban,unknown_recipient", "ban,unban"])
        self.assertEqual(candidates("check", "--config", "/etc/ma"), [":files"])
        self.assertIn(":files", candidates("scan", ""))
        self.assertEqual(candidates("bans", "--since"), [])
        self.assertEqual(candidates("nonsense", ""), candidates("nonsense", ""))

    def test_are_empty_without_a_daemon(self):
        self.assertEqual(candidates("unban", "--socket", "/nowhere", ""), [])
        self.assertEqual(candidates("bans", "--config", "/nowhere", "--rule", ""), [])


class InAShell(unittest.TestCase):

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.daemon = self.enterContext(Daemon(self.folder, [self.folder / "log"], RULES))
        for words in (("ban", BANNED, NETWORK), ("allow", ALLOWED)):
            self.assertEqual(mailban(*words, "--socket", self.daemon.socket).returncode, 0)
        programs = self.folder / "bin"
        programs.mkdir()
        (programs / "mailban").symlink_to(PROGRAM)
        (self.folder / "blocklist.txt").touch()
        self.environment = {**ENVIRONMENT, "PATH": f"{programs}:{ENVIRONMENT['PATH']}", "HOME": str(self.folder),
                            "TERM": "dumb", "PS1": "> ", "COLUMNS": "400"}
        self.socket = f"--socket {self.daemon.socket}"

    def lines(self):
        """(what is typed, what it becomes)"""
        socket, config = self.socket, self.daemon.config
        return ((f"mailban unb", "mailban unban"),
                (f"mailban bans --form", "mailban bans --format"),
                (f"mailban bans --format c", "mailban bans --format csv"),
                (f"mailban unban {socket} 198.5", f"mailban unban {socket} {BANNED}"),
                (f"mailban unban {socket} 2001:db", f"mailban unban {socket} {NETWORK}"),
                (f"mailban allow {socket} --remove 203", f"mailban allow {socket} --remove {ALLOWED}"),
                (f"mailban bans --config {config} --rule pass", f"mailban bans --config {config} --rule password-guessing"),
                (f"mailban ban -f {self.folder}/blockl", f"mailban ban -f {self.folder}/blocklist.txt"))

    def is_completed_by(self, shell, *setup):
        self.assertIsNotNone(shutil.which(shell[0]), f"{shell[0]} is a test package (scripts/common.sh)")
        terminal = Terminal(*shell, environment=self.environment)
        self.addCleanup(terminal.close)
        terminal.type("stty cols 400\r")
        for line in (*setup, "echo RE\"\"ADY"):
            terminal.type(f"{line}\r")
        terminal.wait_for("READY")
        for typed, expected in self.lines():
            with self.subTest(typed=typed):
                self.assertEqual(terminal.completed(typed), expected)

    def test_of_bash(self):
        self.is_completed_by(("bash", "--norc", "--noprofile", "-i"), f"source {SCRIPTS}/mailban.bash")

    def test_of_zsh(self):
        self.is_completed_by(("zsh", "-f", "-i"), "bindkey -e", f"fpath=({SCRIPTS} $fpath)",
                             "autoload -Uz compinit", "compinit -u -D")

    def test_of_fish(self):
        for typed, expected in self.lines():
            with self.subTest(typed=typed):
                done = subprocess.run(
                    ("fish", "--no-config", "-c", f"source {SCRIPTS}/mailban.fish; complete -C '{typed}'"),
                    env=self.environment, capture_output=True, text=True, timeout=60, check=True)
                words = [line.split("\t")[0] for line in done.stdout.splitlines()]
                self.assertEqual(words, [expected.split()[-1]], done)


if __name__ == "__main__":
    unittest.main()
