"""What each command writes to a terminal of 80 columns, and of 40, fits it, and loses no word."""

import os
import pathlib
import pty
import re
import subprocess
import tempfile
import time
import unittest

from lines import ENVIRONMENT, PROGRAM, Daemon, exim_failure, exim_login, mailban, until

RULES = """rules:
  - {name: password-guessing-with-a-long-name-of-a-rule, limit: 3, within: 10m, ban: 1h}
  - {name: strict, limit: 2, within: 10m, ban: 2h, mode: observe}
"""
REASON = "a spam run of 4711 mails that the customer's own web shop sent, told to him by phone; see ticket 20261129-17"
ACCOUNT = "a.very.long.account.name.of.somebody@a.subdomain.of.customer.example.org"
COMMANDS = ("run", "status", "health", "bans", "events", "show", "ban", "unban", "allow", "reload", "check", "firewall",
            "explain", "scan", "replay", "tune", "report", "import", "setup", "version", "support")


def on_terminal(columns, *words, code=0, pager=""):
    """The lines that a command writes to a terminal, without colours."""
    environment = {**ENVIRONMENT, "MAILBAN_PAGER": pager}
    environment.pop("LESS", None)
    terminal, side = pty.openpty()
    subprocess.run(["stty", "cols", str(columns)], stdin=side, check=True)
    with subprocess.Popen([PROGRAM, *map(str, words)], stdout=side, stdin=side, env=environment) as process:
        os.close(side)
        text = b""
        try:
            while part := os.read(terminal, 65536):
                text += part
        except OSError:  # the terminal's other side is closed
            pass
        os.close(terminal)
        process.wait(60)
    assert code is None or process.returncode == code, (words, text)
    return re.sub(r"\x1b\[[0-9;]*[a-zA-Z]", "", text.decode()).replace("\r\n", "\n").splitlines()


class EachCommand(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.log = cls.folder / "mainlog"
        at = time.time() - 60
        cls.log.write_text(
            "".join(exim_failure(at + i, ip, ACCOUNT, 40000 + i)
                    for i, ip in enumerate(3 * ["192.0.2.7", "2001:db8:1111:2222:3333:4444:5555:6666"])) +
            exim_login(at + 10, "198.51.100.9", ACCOUNT, 40010), encoding="ascii")
        cls.daemon = cls.enterClassContext(Daemon(cls.folder, [cls.log], RULES))
        until(lambda: len(cls.daemon.ask("bans")) == 2)
        mailban("ban", "198.51.100.0/24", "--reason", REASON, "--socket", cls.daemon.socket)
        mailban("allow", "203.0.113.9", "--reason", REASON, "--socket", cls.daemon.socket)

    def assert_fits(self, *words, code=0):
        for columns in (80, 40):
            lines = on_terminal(columns, *words, code=code)
            self.assertNotEqual(lines, [], words)
            # A word that has no blank may be wider: the path of a log.
            wide = [line for line in lines
                    if len(line) > columns and max(map(len, line.split())) < columns // 2]
            self.assertEqual(wide, [], (words, columns))
        return lines

    def test_fits_with_its_help(self):
        for command in COMMANDS:
            self.assert_fits(command, "--help")
        self.assert_fits("--help")

    def test_fits_when_it_asks_the_daemon(self):
        socket = ("--socket", self.daemon.socket)
        for words in (("status",), ("health",), ("bans",), ("bans", "--observed"), ("show", "192.0.2.7"),
                      ("show", "198.51.100.9"), ("allow", "--list")):
            self.assert_fits(*words, *socket, code=None)

    def test_fits_when_it_reads_what_is_stored(self):
        config = ("--config", self.daemon.config)
        for words in (("events",), ("show", ACCOUNT), ("report",), ("check",), ("replay",), ("tune",), ("scan",)):
            self.assert_fits(*words, *config, code=None)
        for words in (("explain", self.log), ("scan", self.log), ("replay", self.log)):
            self.assert_fits(*words)
        self.assert_fits("explain", self.log.read_text(encoding="ascii").splitlines()[0])

    def test_goes_through_a_pager_where_one_is_wanted(self):
        config = ("--config", self.daemon.config)
        for words in (("events",), ("report",), ("show", ACCOUNT)):
            plain = on_terminal(80, *words, *config)
            paged = on_terminal(80, *words, *config, pager="sed 's/^/page: /'")
            self.assertEqual(paged[1:], [f"page: {line}" for line in plain[1:]], words)
        # What programs read, what goes on and what is short does not.
        for words in (("events", "--json", *config), ("version",), ("status", "--socket", self.daemon.socket)):
            self.assertNotIn("page: ", "\n".join(on_terminal(80, *words, code=None, pager="sed 's/^/page: /'")), words)

    def test_lets_a_pager_start_no_shell_and_end_early(self):
        config = ("--config", self.daemon.config)
        lines = on_terminal(80, "events", *config, pager="cat >/dev/null; echo less secure: $LESSSECURE $LESS")
        self.assertEqual(lines, ["less secure: 1 FRX"])
        on_terminal(80, "events", *config, code=None, pager="true")
        on_terminal(80, "events", *config, pager="cat")

    def test_loses_no_word_of_a_long_reason(self):
        lines = on_terminal(80, "events", "--config", self.daemon.config, "--kind", "ban")
        self.assertIn(REASON, " ".join(line.strip() for line in lines))
        self.assertTrue(any(REASON in line for line in on_terminal(400, "events", "--config", self.daemon.config)))
        # No terminal: nothing is wrapped.
        self.assertIn(REASON, mailban("events", "--config", self.daemon.config).stdout.decode())

    def test_leaves_json_as_it_is(self):
        line, = on_terminal(40, "bans", "--json", "--socket", self.daemon.socket)
        self.assertIn(REASON, line)


if __name__ == "__main__":
    unittest.main(verbosity=2)
