"""Two password databases of which the second accepts (`mailban scan`, `mailban replay`): nobody has guessed."""

import json
import pathlib
import tempfile
import unittest

from lines import mailban, utc

BEGIN = 1793491200  # 2026-11-01
PAIRS = 1300


def line(at, text):
    return f"{utc(at):%Y-%m-%dT%H:%M:%S}+00:00 mail dovecot: {text}\n"


def refused(at, session, account="bob", said="unknown user"):
    return line(at, f"auth: passwd-file({account},203.0.113.55,<{session}>): {said}")


def login(at, session, account="bob"):
    return line(at, f"imap-login: Login: user=<{account}>, method=PLAIN, rip=203.0.113.55, lip=198.51.100.1, mpid=77, "
                    f"TLS, session=<{session}>")


class TwoDatabases(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.log = pathlib.Path(folder.name) / "mail.log"

    def run_on_log(self, *command, text):
        self.log.write_text(text, encoding="utf-8")
        outcome = mailban(*command, self.log)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return outcome.stdout.decode()

    def events(self, text):
        return [(event["line"], event["kind"]) for event in
                map(json.loads, self.run_on_log("scan", "--events", text=text).splitlines())]

    def test_are_no_guess_where_the_second_accepts(self):
        pairs = "".join(refused(BEGIN + 20 * pair, f"S{pair}") + login(BEGIN + 20 * pair + 1, f"S{pair}")
                        for pair in range(PAIRS))
        self.assertEqual({kind for _, kind in self.events(pairs)}, {"auth_success"})
        found = json.loads(self.run_on_log("scan", "--json", text=pairs))
        self.assertEqual(found["kinds"].get("auth_failure", {"attempts": 0})["attempts"], 0)
        self.assertEqual(self.run_on_log("replay", "--json", text=pairs), "")
        self.assertNotIn("bob", self.run_on_log("scan", "--accounts", text=pairs))

    def test_are_one_where_a_line_alone_tells(self):
        self.assertEqual(self.events(refused(BEGIN, "S") + login(BEGIN + 1, "S")), [(2, "auth_success")])
        self.assertEqual(self.events(refused(BEGIN, "S")), [(1, "auth_failure")])
        self.assertEqual(self.events(refused(BEGIN, "S") + login(BEGIN + 1, "T")),
                         [(1, "auth_failure"), (2, "auth_success")])

    def test_hide_no_guess_at_another_account_or_before_the_last(self):
        guesses = "".join(refused(BEGIN + 3 * guess, f"S{guess}", "victim") + login(BEGIN + 3 * guess + 1, f"S{guess}")
                          for guess in range(5))
        self.assertEqual(len(self.run_on_log("replay", "--json", text=guesses).splitlines()), 1)
        several = "".join(refused(BEGIN + 3 * guess, "S") for guess in range(4)) + login(BEGIN + 12, "S")
        self.assertEqual([kind for _, kind in self.events(several)], 4 * ["auth_failure"] + ["auth_success"])


if __name__ == "__main__":
    unittest.main()
