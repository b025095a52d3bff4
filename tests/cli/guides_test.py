"""Commands of mailban in README.md and docs: each exists with its options, and those that only read are run."""

import glob
import pathlib
import re
import shlex
import tempfile
import time
import unittest

from lines import Daemon, exim_failure, exim_login, mailban, until

PROJECT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [PROJECT / "README.md", *map(pathlib.Path, sorted(glob.glob(f"{PROJECT}/docs/*.md")))]
# They only read; the daemon and the configuration are those of the test.
ASKING = ("status", "health", "bans", "show")
READING = ("events", "report", "scan", "replay", "tune", "check")
RULES = """rules:
  - {name: password-guessing, limit: 3, within: 10m, ban: 1h}
  - {name: account-under-attack, by: account, distinct: address, limit: 10, within: 1d, ban: 1d}
"""


def commands_of(text):
    """The words of each command of mailban in an indented example, without what the shell does with it."""
    for line in re.findall(r"^    (?:sudo )?(mailban(?: .*)?)$", text, re.MULTILINE):
        line = re.sub(r"\s{2,}.*$", "", line)                 # what it means
        line = re.split(r"\s[|>#]", line)[0].rstrip(";\\ ")
        try:
            words = shlex.split(line)
        except ValueError:
            continue
        # A line of a log begins with the name, too: "mailban[812]: …"
        if words[0] == "mailban":
            yield words[1:]


class TheCommands(unittest.TestCase):

    def test_exist_with_their_options(self):
        helps = {}
        found = 0
        for page in PAGES:
            for words in commands_of(page.read_text(encoding="utf-8")):
                if not words or words[0].startswith("-"):
                    continue
                if words[0] not in helps:
                    # Those of programs and parts below a command count as the command's.
                    below = {"import": ("fail2ban", "csf"), "firewall": ("show", "remove")}.get(words[0], ())
                    helps[words[0]] = ""
                    for more in ((), *((one,) for one in below)):
                        done = mailban(words[0], *more, "--help")
                        self.assertEqual(done.returncode, 0, (page.name, words, done.stderr))
                        helps[words[0]] += done.stdout.decode()
                found += 1
                for word in words[1:]:
                    if re.fullmatch(r"--[a-z][a-z-]*(=.*)?", word):
                        self.assertIn(word.partition("=")[0], helps[words[0]], (page.name, words))
        self.assertGreater(found, 70)

    def test_that_only_read_can_be_run(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        log = folder / "mainlog"
        at = time.time() - 60
        log.write_text("".join(exim_failure(at + i, "192.0.2.7", "bob@example.com", 40000 + i) for i in range(4)) +
                       exim_login(at + 10, "198.51.100.9", "bob@example.com", 40010), encoding="ascii")
        daemon = self.enterContext(Daemon(folder, [log], RULES))
        until(lambda: daemon.ask("bans"))
        run = set()
        for page in PAGES:
            for words in commands_of(page.read_text(encoding="utf-8")):
                if not words or words[0] not in ASKING + READING or not self.is_complete(words):
                    continue
                is_asking = words[0] in ASKING
                more = ["--socket", daemon.socket] if is_asking else ["--config", daemon.config]
                if words[0] in ("show", "bans"):
                    more += ["--config", daemon.config]
                if "--html" in words:
                    words = [word if not word.endswith(".html") else str(folder / word) for word in words]
                done = mailban(*words, *more)
                # A warning of `health`, and a check that finds something, are 1.
                self.assertIn(done.returncode, (0, 1), (page.name, words, done.stdout, done.stderr))
                run.add(" ".join(words))
        self.assertGreater(len(run), 15, run)
        self.assertIn("bans --observed", run)

    @staticmethod
    def is_complete(words):
        """Whether the words are the command itself: no placeholder, no file of another machine, no endless one."""
        forbidden = ("--follow", "-f", "--watch", "--journal", "--directory", "--config", "--socket", "--as", "--compare")
        return not any(word in forbidden or word.isupper() or word.startswith("/") or "…" in word or word == "-"
                       or "mainlog" in word or word.startswith("[") for word in words)


if __name__ == "__main__":
    unittest.main(verbosity=2)
