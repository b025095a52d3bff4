"""Old logs from where they are: the journal, and the sources of a configuration with all that rotation left."""

import gzip
import json
import os
import pathlib
import tempfile
import unittest

from lines import (dovecot_failure, exim_failure, mailban, postfix_message, write_journal)

BEGIN = 1793491200  # 2026-11-01


class WithLogs(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.journal = self.folder / "journal"

    def write(self, name, content, written=None):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if written is not None:
            os.utime(path, (written, written))
        return path

    def write_mail_journal(self):
        """Three wrong passwords at Dovecot, two at Postfix in turn with them, and others' entries."""
        entries = [(BEGIN - 5, "cron.service", "cron", "hello")]
        for number in range(3):
            entries.append((BEGIN + 10 * number + 0.25, "dovecot.service", "dovecot",
                            dovecot_failure("192.0.2.7", "bob")))
            if number < 2:
                entries.append((BEGIN + 10 * number + 5, "postfix@-.service", "postfix/smtpd",
                                postfix_message("192.0.2.7", "anna")))
        entries.append((BEGIN + 40, "dovecot.service", "dovecot", "master: Dovecot starting up"))
        return write_journal(self.journal, entries)

    def ran(self, *arguments, code=0, **more):
        outcome = mailban(*arguments, **more)
        self.assertEqual(outcome.returncode, code, outcome.stderr)
        return outcome

    def scanned(self, *arguments, **more):
        return json.loads(self.ran("scan", "--json", *arguments, **more).stdout)

    def lines_by_log(self, *arguments):
        return {log["file"]: log["lines"] for log in self.scanned(*arguments)["logs"]}


class TheJournal(WithLogs):

    def test_is_scanned_by_mail_servers_units(self):
        self.write_mail_journal()
        found = self.scanned("--journal", "--directory", self.journal)
        self.assertEqual([(log["file"], log["lines"], log["events"]) for log in found["logs"] if log["lines"]],
                         [(f"journal {self.journal} unit dovecot.service", 4, 3),
                          (f"journal {self.journal} unit postfix@-.service", 2, 2)])
        self.assertEqual(found["kinds"]["auth_failure"], {"events": 5, "attempts": 5})
        self.assertEqual((found["first"], found["last"]),
                         ("2026-11-01T00:00:00.250Z", "2026-11-01T00:00:20.250Z"))

    def test_names_its_part_and_entry_of_each_event(self):
        self.write_mail_journal()
        shown = self.ran("scan", "--events", "--directory", self.journal).stdout
        events = [json.loads(line) for line in shown.splitlines()]
        self.assertEqual([(event["file"].split()[-1], event["line"], event["daemon"], event["account"])
                          for event in events],
                         [("dovecot.service", 1, "dovecot", "bob"), ("dovecot.service", 2, "dovecot", "bob"),
                          ("dovecot.service", 3, "dovecot", "bob"), ("postfix@-.service", 1, "postfix", "anna"),
                          ("postfix@-.service", 2, "postfix", "anna")])

    def test_is_replayed_in_the_order_of_time_with_files(self):
        self.write_mail_journal()
        log = self.write("mainlog", exim_failure(BEGIN + 12, "192.0.2.7", "carl", 1024))
        config = self.write("a.yaml", "rules: [{name: a, limit: 6, within: 1m, ban: 1h}]\n")
        shown = self.ran("replay", "--json", "--config", config, "--directory", self.journal, log).stdout
        self.assertEqual([(json.loads(line)["time"], json.loads(line)["count"]) for line in shown.splitlines()],
                         [("2026-11-01T00:00:20.250Z", 6)])

    def test_is_read_from_a_time_on(self):
        self.write_mail_journal()
        found = self.scanned("--directory", self.journal, "--since", "2026-11-01T00:00:04Z")
        self.assertEqual((found["events"], found["before_since"]), (4, 0))
        self.assertEqual(sum(log["lines"] for log in found["logs"]), 5)
        config = self.write("a.yaml", "rules: [{name: a, limit: 5, within: 1m, ban: 1h}]\n")
        for since, bans in (("2026-11-01T00:00:00Z", 1), ("2026-11-01T00:00:01Z", 0)):
            shown = self.ran("replay", "--json", "--config", config, "--directory", self.journal, "--since", since)
            self.assertEqual(len(shown.stdout.splitlines()), bans)
            told = json.loads(self.ran("tune", "--json", "--directory", self.journal, "--since", since).stdout)
            self.assertEqual(told["guesses"], 5 if bans else 4)

    def test_is_read_by_the_parts_that_a_configuration_names(self):
        self.write_mail_journal()
        config = self.write("a.yaml", "sources: [{journal: {units: [dovecot]}}, {file: /nowhere}]\n")
        found = self.scanned("--config", config, "--journal", "--directory", self.journal)
        self.assertEqual([(log["file"], log["lines"]) for log in found["logs"]],
                         [(f"journal {self.journal} unit dovecot.service", 4)])

    def test_is_told_to_be_missing_or_without_mail(self):
        outcome = self.ran("scan", "--directory", self.folder / "none", code=1)
        self.assertEqual(outcome.stderr.decode(), f"mailban: there is no journal in {self.folder}/none yet\n")
        write_journal(self.journal, [(BEGIN, "cron.service", "cron", "hello")])
        for command in ("scan", "replay", "tune", "explain"):
            outcome = self.ran(command, "--directory", self.journal, code=1)
            self.assertEqual(outcome.stderr, b"mailban: this journal has no entries of mail servers\n")


    def test_that_may_not_be_read_is_told_with_the_group_that_may(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, which drops its rights")
        self.write_mail_journal()
        (self.journal / "system.journal").chmod(0)
        for folder in (self.folder, self.journal):
            folder.chmod(0o755)
        config = self.write("a.yaml", f"sources: [{{journal: {{directory: {self.journal}, units: [dovecot, exim]}}}}]\n")
        config.chmod(0o644)
        # The configuration has to belong to whoever reads it.
        os.chown(config, 65534, 65534)
        for arguments in (("--directory", self.journal), ("--config", config)):
            outcome = mailban("scan", "--json", *arguments, user=65534)
            self.assertEqual(outcome.returncode, 1, outcome.stderr)
            self.assertRegex(outcome.stderr.decode(), f"^mailban: cannot read the journal in {self.journal}: Permission "
                             "denied; put (the user [^ ]+|this user) into the group systemd-journal\n$")


class TheSourcesOfAConfiguration(WithLogs):

    def setUp(self):
        super().setUp()
        failure = [exim_failure(BEGIN + 86400 * day, "192.0.2.7", "bob", 1024 + day) for day in range(4)]
        self.write("mainlog", failure[3], BEGIN + 4 * 86400)
        self.write("mainlog.1", failure[2], BEGIN + 3 * 86400)
        self.write("mainlog.2.gz", gzip.compress(failure[1].encode()), BEGIN + 2 * 86400)
        self.write("mainlog.3.gz", gzip.compress(failure[0].encode()), BEGIN + 86400)
        self.write("mainlog.txt", failure[0])
        self.write_mail_journal()
        self.config = self.write("mailban.yaml", f"""
sources:
  - file: {self.folder}/mainlog
  - file: {self.folder}/absent
  - journal: {{directory: {self.journal}, units: ["postfix@.service", dovecot], identifiers: [dovecot]}}
rules: [{{name: a, limit: 8, within: 10d, ban: 1h}}]
""")

    def test_are_read_where_no_file_is_named(self):
        self.assertEqual(self.lines_by_log("--config", self.config), {
            f"journal {self.journal} unit postfix@*.service": 2, f"journal {self.journal} unit dovecot.service": 4,
            f"journal {self.journal} identifier dovecot": 0, f"{self.folder}/mainlog.3.gz": 1,
            f"{self.folder}/mainlog.2.gz": 1, f"{self.folder}/mainlog.1": 1, f"{self.folder}/mainlog": 1})

    def test_are_replayed_by_time(self):
        shown = self.ran("replay", "--json", "--config", self.config).stdout
        self.assertEqual([json.loads(line)["time"] for line in shown.splitlines()], ["2026-11-03T00:00:00Z"])

    def test_are_read_from_a_time_on_without_what_is_older(self):
        found = self.lines_by_log("--config", self.config, "--since", "2026-11-03T12:00:00Z")
        self.assertEqual({file: lines for file, lines in found.items() if lines},
                         {f"{self.folder}/mainlog.1": 1, f"{self.folder}/mainlog": 1})

    def test_may_all_be_older_than_what_is_asked_for(self):
        config = self.write("b.yaml", f"sources: [{{file: {self.folder}/mainlog}}]\n")
        self.assertEqual(self.lines_by_log("--config", config, "--since", "2026-12-01"), {})

    def test_that_all_are_absent_are_told(self):
        config = self.write("b.yaml", "sources: [{file: /nowhere/a}, {file: /nowhere/b}]\n")
        for command in ("scan", "replay", "tune", "explain"):
            outcome = self.ran(command, "--config", config, code=1)
            self.assertEqual(outcome.stderr.decode(),
                             f"mailban: no log of {config} exists: /nowhere/a, /nowhere/b; name the files to "
                             "read, or use --journal\n")

    def test_are_read_as_they_say(self):
        config = self.write("b.yaml", f"sources: [{{file: {self.folder}/mainlog, parser: postfix}}]\n")
        self.assertEqual(self.scanned("--config", config)["events"], 0)
        self.assertEqual(self.scanned("--config", config, "--parser", "exim")["events"], 4)

    def test_may_be_unreadable_which_is_told_with_who_may_read_them(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, which drops its rights")
        log = self.write("closed", exim_failure(BEGIN, "192.0.2.7", "bob", 1))
        log.chmod(0o640)
        os.chown(log, 0, 4)
        self.folder.chmod(0o755)
        outcome = mailban("scan", log, user=65534)
        self.assertEqual(outcome.returncode, 1)
        self.assertIn(b"Permission denied; it belongs to root:", outcome.stderr)


class LinesOfNoKnownServer(WithLogs):

    def test_are_told_of_and_give_0(self):
        outcome = self.ran("scan", "--json", "-", text=b'{"MESSAGE":1}\n' * 34)
        self.assertEqual(json.loads(outcome.stdout)["events"], 0)
        self.assertEqual(outcome.stderr.decode(),
                         "mailban: standard input: 34 lines, and none of a mail server that mailban knows; "
                         "to see them, run `mailban explain FILE` (--file - for standard input)\n")
        log = self.write("x.log", "Nov 23 22:30:58 mail cron[152]: hello\n")
        for command in ("scan", "replay", "tune"):
            self.assertIn(f"mailban: {log}: 1 line, and none of a mail server".encode(),
                          self.ran(command, log).stderr)

    def test_are_not_those_of_a_server_that_says_nothing_of_clients(self):
        log = self.write("x.log", "Nov 23 22:30:58 mail dovecot: master: Dovecot starting up\n")
        self.assertEqual(self.ran("scan", log).stderr, b"")
        self.assertEqual(self.ran("scan", "/dev/null").stderr, b"")


if __name__ == "__main__":
    unittest.main()
