"""`mailban explain` on lines whose meaning the corpus tells, on replies, and on hostile text."""

import json
import os
import re
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
PROGRAM = os.environ.get("MAILBAN") or os.path.join(HERE, "../../build/dev/mailban")
CORPUS = os.path.join(HERE, "../corpus/exim.txt")
# Of the lines of the corpus, which the unit tests read one by one, the gate asks for one in so many.
STRIDE = 1 if os.environ.get("MAILBAN_LONG") else 4

FAILURE = "2026-11-23 22:26:28 login authenticator failed for (x) [192.0.2.7]: 535 Incorrect " \
          "authentication data (set_id=bob)"
ESCAPES = {b"r": b"\r", b"t": b"\t", b"\\": b"\\"}


def unescaped(text):
    """The bytes that a line of the corpus stands for."""
    return re.sub(rb"\\(?:x([0-9a-fA-F]{2})|(.))",
                  lambda found: bytes.fromhex(found[1].decode()) if found[1] else ESCAPES[found[2]], text)


def told_lines():
    """(line, what it has to become, whether lines before it may decide that) of the corpus."""
    with open(CORPUS, "rb") as file:
        rows = file.read().split(b"\n")
    by_earlier_lines = False
    for row, after in zip(rows, rows[1:]):
        if row.startswith(b"--- "):
            by_earlier_lines = b"decides" in row
        elif after.startswith(b"=> ") and row and not row.startswith((b"#", b"=> ")):
            yield unescaped(row), after[3:], by_earlier_lines


def explain(*words, text=None):
    """The outcome of `mailban explain`; `text` goes to its standard input."""
    return subprocess.run((PROGRAM, "explain", *words), input=text, capture_output=True, timeout=20,
                          check=False, env={**os.environ, "TZ": "UTC"})

COUNTING_FAILURES = ("password-guessing, slow-guessing, persistent-guessing, spraying, account-under-attack, "
                     "hopping, block-guessing")


class Explain(unittest.TestCase):

    def told(self, *words, text=None):
        """What it says with --json."""
        outcome = explain("--json", *words, text=text)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return json.loads(outcome.stdout)

    def fields(self, *words, text=None):
        """What it says to people: (name, value) of every row."""
        outcome = explain(*words, text=text)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return [(row[:10].strip(), row[10:]) for row in outcome.stdout.decode().splitlines()]


class ALine(Explain):

    def test_of_the_corpus_is_read_as_it_has_to_be(self):
        events = silent = 0
        for line, meaning, by_earlier_lines in list(told_lines())[::STRIDE]:
            told = self.told("-", text=line + b"\nsecond line")
            if told["type"] == "reply":  # The later half of a line, which begins with a code.
                self.assertEqual(meaning, b"nothing", line)
            elif told["event"] is None:
                silent += 1
                self.assertTrue(meaning == b"nothing" or by_earlier_lines, line)
                self.assertIn(told["no_event_reason"], ("no_header", "unknown_server", "unreadable_timestamp", "not_an_event", "ambiguous"))
                self.assertFalse(told["counts"])
            else:
                events += 1
                said = f"{told['event']['ip']} {told['event']['kind']}"
                self.assertEqual(said.encode(), b" ".join(meaning.split(b" ")[:2]), line)
                self.assertEqual(told["counts"], told["event"]["kind"] in
                                 ("auth_failure", "relay_denied", "unknown_recipient", "abuse"))
                self.assertIsNone(told["no_event_reason"])
        self.assertGreater(events, 40 // STRIDE)
        self.assertGreater(silent, 20 // STRIDE)

    def test_is_told_field_by_field(self):
        fields = dict(self.fields(FAILURE))
        self.assertEqual(fields["stamp"], "2026-11-23 22:26:28")
        self.assertEqual(fields["time"], "2026-11-23T22:26:28Z")
        self.assertEqual(fields["server"], "exim")
        self.assertEqual(fields["client"], "192.0.2.7")
        self.assertEqual(fields["account"], "bob")
        self.assertTrue(fields["kind"].startswith("auth_failure: "))
        self.assertTrue(fields["reporter"].startswith("front_end: "))
        self.assertTrue(fields["code"].startswith("535: "))
        self.assertEqual(fields["counts"], "for rules " + COUNTING_FAILURES)

    def test_that_is_nobodys_is_told_to_be(self):
        fields = dict(self.fields("Nov 23 22:30:58 mail cron[152]: hello"))
        self.assertEqual((fields["program"], fields["pid"], fields["server"], fields["event"]),
                         ("cron", "152", "none", "none"))
        self.assertIn("program", fields["why"])

    def test_can_be_said_to_be_of_a_server(self):
        line = FAILURE.replace("2026-11-23 22:26:28", "Nov 23 22:26:28 mail mta[1]:")
        self.assertIsNone(self.told(line)["event"])
        self.assertEqual(self.told("--parser", "exim", line)["event"]["ip"], "192.0.2.7")

    def test_counts_by_the_rules_of_a_configuration(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
            config.write("sources: [{file: /nowhere}]\n"
                         "rules: [{name: back-end, on: auth_unavailable, limit: 3, within: 1m, ban: 1h}]\n")
            config.flush()
            self.assertEqual(self.told("--config", config.name, FAILURE)["rules"], [])
            down = FAILURE.replace("535 Incorrect authentication data", "435 Unable to authenticate at present")
            self.assertEqual(self.told("--config", config.name, down + ": x")["rules"], ["back-end"])
            self.assertEqual(self.told(down + ": x")["rules"], [])

    def test_steers_no_terminal(self):
        hostile = b"a\x1b]0;x\x07\xff\x9b\xc2\x9b\xe2\x80\xae\r"
        line = FAILURE.encode().replace(b"(x)", b"(" + hostile + b")").replace(b"bob", hostile)
        outcome = explain("-", text=line)
        self.assertEqual(outcome.returncode, 0)
        self.assertIsNone(re.search(rb"[\x00-\x09\x0b-\x1f\x7f-\xff]", outcome.stdout), outcome.stdout)
        self.assertIn(b"account   a\\x1b]0;x\\x07\\xff\\x9b\\u{9b}\\u{202e}\\x0d\n", outcome.stdout)
        self.assertEqual(self.told("-", text=line)["event"]["ip"], "192.0.2.7")
        # Nor does the JSON, which people look at, too; a terminal may take U+009B for an escape.
        raw = explain("--json", "-", text=line).stdout
        self.assertIsNone(re.search(rb"[\x00-\x09\x0b-\x1f\x7f-\xff]", raw), raw)
        self.assertEqual(json.loads(raw)["event"]["account"], "a\x1b]0;x\x07\ufffd\ufffd\x9b\u202e\r")


class AReply(Explain):

    def test_is_told_in_words(self):
        rows = self.fields("535 5.7.8 Authentication failed")
        codes = [value for name, value in rows if name == "code"]
        self.assertEqual([code.split(":")[0] for code in codes], ["535", "5.7.8"])
        self.assertTrue(all("permanent" in code and "RFC 4954" in code for code in codes))
        self.assertIn(("", "auth_failure counts for rules " + COUNTING_FAILURES), rows)

    def test_that_is_temporary_is_no_wrong_password(self):
        told = self.told("454 4.7.0 Temporary authentication failure")
        self.assertEqual(told["code"]["class"], "temporary")
        self.assertEqual(told["kinds"], [{"kind": "auth_unavailable", "rules": []}])
        self.assertEqual(self.told("4.7.1")["kinds"], [])

    def test_may_be_either_code_alone_or_unknown(self):
        self.assertEqual(self.told("535")["code"]["code"], 535)
        self.assertEqual(self.told("5.1.1")["enhanced"]["code"], "5.1.1")
        self.assertEqual(len(self.told("550 relaying denied")["kinds"]), 3)
        self.assertIsNone(self.told("557 x")["code"]["name"])


class WrongUsage(unittest.TestCase):

    def test_ends_with_two(self):
        for words in (("--since", "x"), ("",), ("--parser", "fax", "535"), ("--config", "/nonexistent.yaml", "535"),
                      ("535", "5.7.8")):
            outcome = explain(*words)
            self.assertEqual(outcome.returncode, 2, words)
            self.assertEqual(outcome.stdout, b"", words)
            self.assertTrue(outcome.stderr, words)
        self.assertEqual(explain("-", text=b"").returncode, 2)

    def test_is_not_a_line_too_long(self):
        outcome = explain("-", text=b"x" * 65537)
        self.assertEqual((outcome.returncode, outcome.stdout), (1, b""))
        self.assertEqual(explain("-", text=b"x" * 65536).returncode, 0)


if __name__ == "__main__":
    unittest.main()
