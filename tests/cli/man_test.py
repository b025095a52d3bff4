"""The manual pages: complete, the same words as `--help` and the document, and sound roff."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from lines import mailban

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/configuration.md"


def words_of(text):
    """The text as one line, without the hyphens that lines were broken at."""
    return " ".join(text.split())


def options_of(help_text):
    """(the names of an option, its meaning) of each that a help lists."""
    body = help_text.partition("Options:")[2]
    entries = re.findall(r"^  ((?:-\w,)?--[\w-]+|-\w)\b(.*(?:\n {10,}.*)*)", body, re.M)
    return [(names.split(","), words_of(rest)) for names, rest in entries]


class TheManualPages(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        for section in ("man1", "man5", "man7"):
            (cls.folder / section).mkdir()
        done = mailban("__man", cls.folder, DOCUMENT.parent)
        assert done.returncode == 0, done
        cls.pages = {page.name: page for page in cls.folder.rglob("*.[157]")}
        cls.commands = re.findall(r"^  (\w+) ", mailban("--help").stdout.decode().partition("Subcommands:")[2], re.M)

    def rendered(self, name):
        """A page as man shows it; any warning is an error."""
        done = subprocess.run(("man", "--warnings=w", "-l", str(self.pages[name])), capture_output=True, check=False,
                              timeout=60, env={**os.environ, "MANWIDTH": "80", "MANPAGER": "cat", "LC_ALL": "C.UTF-8",
                                               "MAN_KEEP_FORMATTING": "", "GROFF_NO_SGR": "1"})
        self.assertEqual((done.returncode, done.stderr), (0, b""), name)
        return re.sub(".\b", "", done.stdout.decode())

    def test_are_one_for_each_command(self):
        self.assertGreater(len(self.commands), 15)
        self.assertEqual(set(self.pages), {"mailban.1", "mailban.yaml.5", "mailban-policy.7",
                                           *(f"mailban-{command}.1" for command in self.commands)})
        overview = words_of(self.rendered("mailban.1"))
        for command in self.commands:
            self.assertIn(f"mailban-{command}(1)", overview)

    def test_render_without_a_warning_within_80_columns(self):
        for name in self.pages:
            lines = self.rendered(name).splitlines()
            self.assertGreater(len(lines), 10, name)
            # Examples stay as they are.
            prose = [line for line in lines if len(line) > 80 and not line.startswith("           ")]
            self.assertEqual(prose, [], name)

    def test_have_the_options_and_words_of_the_help(self):
        for command in self.commands:
            page = words_of(self.rendered(f"mailban-{command}.1"))
            help_text = mailban(command, "--help").stdout.decode()
            self.assertIn(words_of(help_text.partition("\nUsage")[0].partition("[Exactly")[0]), page, command)
            options = options_of(help_text)
            self.assertNotEqual(options, [], command)
            for names, _ in options:
                for option in names:
                    self.assertRegex(page, rf"(?<![\w-]){option}\b", command)

    def test_of_the_configuration_has_every_key_default_and_heading_of_the_document(self):
        page = words_of(self.rendered("mailban.yaml.5"))
        document = DOCUMENT.read_text(encoding="utf-8")
        table = document.partition("## All keys")[2].partition("**Time spans**")[0]
        rows = re.findall(r"^\| (`[a-z.]+`.*?) \| (.*?) \| (.*?) \| (.*) \|$", table, re.M)
        self.assertGreater(len(rows), 20)
        for key, _, default, _ in rows:
            self.assertIn(f"{key} type:".replace("`", ""), page)
            self.assertIn(f"default: {default}".replace("`", "").partition(" see")[0].partition("[")[0], page, key)
        for heading in re.findall(r"^## (.*)$", document, re.M):
            self.assertIn(heading.upper(), page)
        for heading in re.findall(r"^### (.*)$", document, re.M):
            self.assertIn(heading, page)

    def test_show_examples_as_they_are(self):
        for name, document in (("mailban.yaml.5", DOCUMENT), ("mailban-policy.7", DOCUMENT.with_name("policy.md"))):
            # Continued list items are indented, too; an example begins behind a blank line.
            blocks = re.findall(r"(?<=\n\n)(?:    .*\n)+", document.read_text(encoding="utf-8"))
            examples = [line for block in blocks for line in block.splitlines()]
            shown = {line.strip() for line in self.rendered(name).splitlines()}
            self.assertGreater(len(examples), 30)
            self.assertEqual([line for line in examples if line.strip() not in shown], [])

    def test_tell_of_a_directory_without_the_documents(self):
        done = mailban("__man", self.folder, self.folder / "nowhere")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"cannot read", done.stderr)


if __name__ == "__main__":
    unittest.main()
