"""`mailban explain FILE`: what became of each line, and which kinds were not understood."""

import json
import pathlib
import re
import tempfile
import unittest

from lines import exim_failure, mailban, write_journal

BEGIN = 1793491200  # 2026-11-01
LOG = "".join((
    exim_failure(BEGIN, "192.0.2.7", "bob", 1024),
    "2026-11-01 00:00:01 1xVcUm-000123-0v Completed\n" * 3,
    "".join(f"2026-11-01 00:00:0{number} weird login of user carl from 192.0.2.{number}: refused, attempt "
            f"{number}\n" for number in range(1, 6)),
    "Nov  1 00:00:07 mx cron[1]: hello\n" * 2,
    "no header at all\n"))


class Explained(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.log = self.folder / "main log"
        self.log.write_text(LOG, encoding="ascii")

    def ran(self, *arguments, code=0, **more):
        outcome = mailban("explain", *arguments, **more)
        self.assertEqual(outcome.returncode, code, outcome.stderr)
        return outcome

    def told(self, *arguments, **more):
        return json.loads(self.ran("--json", *arguments, **more).stdout)


class AFile(Explained):

    def test_is_counted_by_what_became_of_its_lines(self):
        told = self.told(self.log)
        self.assertEqual((told["type"], told["lines"], told["events"]["auth_failure"]), ("log", 12, 1))
        self.assertEqual(told["lines_without_event"], {"exim": {"not_an_event": 8}})
        self.assertEqual((told["unknown_program_lines"], told["lines_without_header"], told["max_count_error"]), (2, 1, 0))
        self.assertEqual([(row["program"], row["lines"]) for row in told["programs"]], [("cron", 2)])
        self.assertEqual([row["shape"] for row in told["shapes_without_header"]], ["no header at all"])
        self.assertEqual([(row["shape"], row["lines"], row["likelihood"]) for row in told["shapes"]],
                         [("weird login of user {name} from {ip}: refused, attempt {n}", 5, "likely"),
                          ("{id} Completed", 3, "unlikely")])
        self.assertTrue(told["shapes"][0]["example"].endswith("carl from 192.0.2.1: refused, attempt 1"))

    def test_is_told_to_people_with_what_matters_first(self):
        shown = self.ran(self.log).stdout.decode()
        self.assertIn("12 lines in 1 log: 1 event, 8 lines of mail servers that are no events, 2 of other "
                      "programs, 1 without a header\n", shown)
        self.assertIn("       5  weird login of user {name} from {ip}: refused, attempt {n}\n", shown)
        self.assertNotIn("Completed", shown)
        self.assertIn("       3  {id} Completed\n", self.ran("--top", "0", self.log).stdout.decode())
        self.log.write_text("2026-11-01 00:00:01 1xVcUm-000123-0v Completed\n", encoding="ascii")
        self.assertIn("looks like a failed login", self.ran(self.log).stdout.decode())

    def test_may_be_several_or_the_standard_input(self):
        self.assertEqual(self.told(self.log, "--file", self.log)["lines"], 24)
        self.assertEqual(self.told("--file", "-", text=LOG.encode())["lines"], 12)

    def test_is_not_what_a_line_or_a_reply_is(self):
        self.assertEqual(self.told("-", text=LOG.encode())["type"], "line")
        self.assertEqual(self.told(LOG.splitlines()[0])["type"], "line")
        self.assertEqual(self.told("535 5.7.8 no")["type"], "reply")

    def test_that_is_not_there_is_told(self):
        gone = self.folder / "gone"
        outcome = self.ran(gone, code=1)
        self.assertIn(f"mailban: cannot open {gone}: No such file or directory".encode(), outcome.stderr)
        outcome = self.ran(self.log, "gone", code=2)
        self.assertIn(b"'gone' is not a file", outcome.stderr)
        self.assertEqual(self.ran("--config", gone, code=2).stdout, b"")

    def test_steers_no_terminal(self):
        hostile = b"a\x1b]0;x\x07\xff\x9b\xc2\x9b\xe2\x80\xae"
        self.log.write_bytes(b"2026-11-01 00:00:01 login of " + hostile + b" denied 192.0.2.7\n"
                             + b"Nov  1 00:00:07 mx " + hostile.replace(b" ", b"") + b": x\n" + hostile + b"\n")
        for more in ((), ("--json",), ("--top", "0")):
            shown = self.ran(*more, self.log).stdout
            self.assertIsNone(re.search(rb"[\x00-\x09\x0b-\x1f\x7f-\xff]", shown), shown)

    def test_is_read_by_the_patterns_of_a_configuration(self):
        config = self.folder / "a.yaml"
        config.write_text("patterns:\n  - {name: weird, match: 'weird login of user (?P<account>\\S+) from "
                          "(?P<ip>[0-9.]+): refused, .*', kind: auth_failure}\n", encoding="ascii")
        self.assertEqual(self.told("--config", config, self.log)["events"]["auth_failure"], 6)

    def test_is_read_from_a_time_on(self):
        told = self.told("--since", "2026-11-01T00:00:04Z", self.log)
        self.assertEqual(told["shapes"][0]["lines"], 2)


class TheJournal(Explained):

    def test_is_explained_as_a_log(self):
        journal = write_journal(self.folder / "journal", [
            (BEGIN, "dovecot.service", "dovecot", "auth: weird: login of bob from 192.0.2.7 failed"),
            (BEGIN + 1, "dovecot.service", "dovecot", "master: Dovecot starting up")])
        told = self.told("--journal", "--directory", journal)
        self.assertEqual(told["logs"][0]["file"], f"journal {journal} unit dovecot.service")
        self.assertEqual(told["shapes"][0]["shape"], "dovecot: auth: weird: login of bob from {ip} failed")
        self.assertEqual(told["shapes"][0]["example"],
                         "dovecot[77]: auth: weird: login of bob from 192.0.2.7 failed")


class Commands(unittest.TestCase):

    def test_that_are_none_are_named(self):
        outcome = mailban("scna", "x")
        self.assertEqual((outcome.returncode, outcome.stdout), (2, b""))
        self.assertEqual(outcome.stderr, b"mailban: unknown command 'scna'; did you mean 'scan'? "
                                         b"(mailban --help lists the commands)\n")
        self.assertIn(b"unknown command 'x\\x1b'", mailban("x\x1b").stderr)

    def test_are_listed_where_none_is_given(self):
        outcome = mailban()
        self.assertEqual(outcome.returncode, 2)
        self.assertIn(b"scan", outcome.stdout)
        self.assertEqual(mailban("--help").stdout, outcome.stdout)


if __name__ == "__main__":
    unittest.main()
