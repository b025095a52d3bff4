"""`mailban replay` on logs made here: what it tells, of whom, by which configuration."""

import gzip
import json
import os
import pathlib
import tempfile
import unittest

import lines
from lines import exim_failure, exim_login, mailban, postfix_failure

BEGIN = 1793491200  # 2026-11-01


class WithLogs(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.port = iter(range(1024, 60000))

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def guesses(self, ip, count, begin=0, account="bob"):
        return "".join(exim_failure(BEGIN + begin + number, ip, account, next(self.port))
                       for number in range(count))

    def login(self, ip, at):
        return exim_login(BEGIN + at, ip, "anna@example.com", next(self.port))

    def bans(self, *arguments, code=0, **more):
        outcome = mailban("replay", "--json", *arguments, **more)
        self.assertEqual(outcome.returncode, code, outcome.stderr)
        return [json.loads(line) for line in outcome.stdout.splitlines()]


class Bans(WithLogs):

    def test_are_one_object_each(self):
        log = self.write("mainlog", self.guesses("192.0.2.7", 7) + self.login("192.0.2.7", 100))
        outcome = mailban("replay", "--json", log)
        self.assertEqual(outcome.stdout.decode(),
                         '{"time":"2026-11-01T00:00:04Z","prefix":"192.0.2.7/32","rule":"password-guessing",'
                         '"count":5,"until":"2026-11-01T01:00:04Z","later_success":true,"earlier_success":'
                         'false,"level":1,"decided":"2026-11-01T00:00:04Z","lengthens":false,'
                         '"observed":false}\n')

    def test_end_when_they_are_due_and_grow(self):
        log = self.write("mainlog", "".join(self.guesses("2001:db8::7", 5, hour * 3605)
                                            for hour in (0, 1, 2, 5)))
        config = self.write("mailban.yaml", "rules: [{name: a, limit: 5, within: 10m, ban: 1h}]\n")
        bans = self.bans("--config", config, log)
        self.assertEqual([(ban["prefix"], ban["level"], ban["until"]) for ban in bans],
                         [("2001:db8::/64", 1, "2026-11-01T01:00:04Z"),
                          ("2001:db8::/64", 2, "2026-11-01T03:00:09Z"),
                          ("2001:db8::/64", 3, "2026-11-01T09:00:29Z")])

    def test_do_not_depend_on_the_order_of_the_logs(self):
        ours = [exim_failure(BEGIN + 60 * number, "192.0.2.7", "bob", 1024 + number) for number in range(3)]
        theirs = [postfix_failure(BEGIN + 60 * number + 30, "192.0.2.7", "bob", 77) for number in range(3)]
        logs = [self.write("mainlog", "".join(ours)), self.write("mainlog.1", gzip.compress(self.guesses(
            "192.0.2.8", 5, -7200).encode())), self.write("mail.log", "".join(theirs))]
        bans = self.bans(*logs)
        self.assertEqual(bans, self.bans(*reversed(logs)))
        self.assertEqual([(ban["prefix"], ban["time"]) for ban in bans],
                         [("192.0.2.8/32", "2026-10-31T22:00:04Z"), ("192.0.2.7/32", "2026-11-01T00:02:00Z")])

    def test_are_none_of_the_allowlist_and_its_files(self):
        log = self.write("mainlog", self.guesses("192.0.2.7", 9) + self.guesses("192.0.2.8", 9, 20)
                         + self.guesses("192.0.2.9", 9, 40))
        allowed = self.write("allow.list", "192.0.2.8\n")
        config = self.write("mailban.yaml", f"allow: [192.0.2.7, {allowed}]\n")
        self.assertEqual({ban["prefix"] for ban in self.bans("--config", config, log)}, {"192.0.2.9/32"})

    def test_are_of_lines_that_a_pattern_reads(self):
        log = self.write("app.log", "".join(
            f"2026-11-01T00:00:0{number}Z mx myapp[1]: bad password from 192.0.2.7\n" for number in range(6)))
        patterns = """
patterns:
  - {name: myapp, match: 'bad password from (?P<ip>\\S+)', kind: auth_failure}
"""
        for more in ("", f"sources: [{{file: {log}, parser: myapp}}]\n",
                     f"sources: [{{file: {self.folder}/*.log, parser: [exim, myapp]}}]\n"):
            config = self.write("mailban.yaml", patterns + more)
            self.assertEqual([ban["prefix"] for ban in self.bans("--config", config, log)], ["192.0.2.7/32"])
        elsewhere = self.write("mailban.yaml", patterns + f"sources: [{{file: {log}, parser: exim}}]\n")
        self.assertEqual(self.bans("--config", elsewhere, log), [])
        self.assertEqual(self.bans(log), [])

    def test_come_from_standard_input_too(self):
        self.assertEqual(len(self.bans("-", text=self.guesses("192.0.2.7", 5).encode())), 1)


class ReportsForPeople(WithLogs):

    def test_tell_bans_rules_and_what_got_through(self):
        log = self.write("mainlog", self.guesses("192.0.2.7", 9) + self.login("192.0.2.7", 100))
        told = mailban("replay", log).stdout.decode()
        self.assertRegex(told, r"BANS +ADDRESSES +GUESSES +PASSED +BLOCKED +SHARE +CUSTOMERS +BANNED")
        self.assertRegex(told, r"\n1 +1 +9 +5 +4 +44 % +1 +1 +1\n")
        self.assertRegex(told, r"2026-11-01 00:00:04 \+0000  192.0.2.7/32  ban +password-guessing +5 +1 +"
                               r"2026-11-01 01:00:04 \+0000  after")
        self.assertRegex(told, r"192.0.2.7 +5 +0 +4 +1 +1\n")
        self.assertIn("Bans of addresses that logged in before or after", told)

    def test_say_when_no_login_was_seen(self):
        told = mailban("replay", self.write("mainlog", self.guesses("192.0.2.7", 9))).stdout.decode()
        self.assertIn("contain no login", told)

    def test_show_no_raw_text_of_a_client_or_a_file_name(self):
        line = self.guesses("192.0.2.7", 6, account="@").encode().replace(b"@", b"\x1b[2J\xff\x07")
        log = self.write("main\x1b[31mlog", line)
        config = self.write("mail\x1b[31mban.yaml", "log: {level: info}\n")
        for arguments in (("replay", log), ("replay", "--json", log), ("tune", log), ("tune", "--json", log),
                          ("replay", "--config", config, "--compare", config, log)):
            shown = mailban(*arguments)
            self.assertEqual(shown.returncode, 0, shown.stderr)
            self.assertNotIn(b"\x1b", shown.stdout)
            self.assertNotIn(b"\x07", shown.stdout)
            shown.stdout.decode()


class Comparisons(WithLogs):

    def setUp(self):
        super().setUp()
        self.log = self.write("mainlog", self.guesses("192.0.2.7", 9) + self.login("192.0.2.7", 50)
                              + self.guesses("192.0.2.8", 4, 100))
        self.lax = self.write("lax.yaml", "rules: [{name: lax, limit: 6, within: 10m, ban: 1h}]\n")
        self.strict = self.write("strict.yaml", "rules: [{name: strict, limit: 3, within: 10m, ban: 1h}]\n")

    def test_set_two_configurations_side_by_side(self):
        outcome = mailban("replay", "--json", "--config", self.lax, "--compare", self.strict, self.log)
        told = json.loads(outcome.stdout)
        lax, strict = told["configurations"]
        self.assertEqual((lax["config"], lax["bans"], lax["guesses_passed"], lax["guesses_blocked"], lax["customers_banned"]),
                         (str(self.lax), 1, 10, 3, 1))
        self.assertEqual((strict["bans"], strict["guesses_passed"], strict["guesses_blocked"]), (2, 6, 7))
        self.assertEqual(strict["rules"], [{"rule": "strict", "bans": 2, "lengthened": 0, "prefixes": 2,
                                            "customers": 1, "observed": False}])
        self.assertEqual((told["only_first"], told["only_second"], told["both"]), ([], ["192.0.2.8/32"], 1))

    def test_are_readable(self):
        told = mailban("replay", "--config", self.lax, "--compare", self.strict, self.log).stdout.decode()
        self.assertRegex(told, r"lax.yaml +1 +1 +13 +10 +3 +23 % +1 +1 +1\n")
        self.assertRegex(told, r"strict.yaml +2 +2 +13 +6 +7 +53 % +1 +1 +1\n")
        self.assertIn(f"Banned only by {self.strict}\n192.0.2.8/32\n", told)


class Mistakes(WithLogs):

    def test_in_a_configuration_are_told_with_their_place_and_give_2(self):
        log = self.write("mainlog", self.guesses("192.0.2.7", 9))
        right = self.write("right.yaml", "rules: [{name: a, limit: 3}]\n")
        wrong = self.write("wrong.yaml", "rules:\n  - {name: a, limt: 3}\n")
        for command in (("replay", "--config", wrong), ("tune", "--config", wrong),
                        ("replay", "--config", right, "--compare", wrong)):
            outcome = mailban(*command, log)
            self.assertEqual((outcome.returncode, outcome.stdout), (2, b""), command)
            self.assertIn(f"{wrong}:2:15: ".encode(), outcome.stderr)
            self.assertIn(b"'limit'", outcome.stderr)
        outcome = mailban("replay", "--config", self.folder / "none.yaml", log)
        self.assertEqual(outcome.returncode, 2)
        self.assertIn(b"No such file or directory", outcome.stderr)

    def test_in_usage_give_2(self):
        for arguments in (("replay", "--since", "x"), ("tune", "--since", "x", "/dev/null"), ("replay", "--top", "x", "/dev/null"),
                          ("tune", "--nothing", "/dev/null")):
            self.assertEqual(mailban(*arguments).returncode, 2, arguments)

    def test_a_missing_log_gives_1_and_the_others_count(self):
        log = self.write("mainlog", self.guesses("192.0.2.7", 9))
        gone = self.folder / "gone"
        for command in ("replay", "tune"):
            outcome = mailban(command, "--json", gone, log)
            self.assertEqual(outcome.returncode, 1)
            self.assertEqual(outcome.stderr.decode(),
                             f"mailban: cannot open {gone}: No such file or directory\n")
            self.assertEqual(len(outcome.stdout.splitlines()), 1)
        self.assertEqual(len(self.bans(gone, log, code=1)), 1)

    def test_of_a_full_disk_are_failures(self):
        log = self.write("mainlog", self.guesses("192.0.2.7", 9))
        outcome = mailban("tune", "--html", "/dev/full", log)
        self.assertEqual(outcome.returncode, 1)
        self.assertIn(b"cannot write /dev/full", outcome.stderr)
        outcome = mailban("tune", "--html", self.folder / "none" / "x.html", log)
        self.assertEqual(outcome.returncode, 1)

    def test_nothing_is_banned_by_an_empty_log(self):
        self.assertEqual(self.bans("/dev/null"), [])
        self.assertEqual(mailban("replay", "/dev/null").returncode, 0)
        self.assertEqual(mailban("tune", "/dev/null").returncode, 0)


class TheDoor(WithLogs):
    """`replay --policy`: each attempt is preceded by the question that it would have been."""

    def botnet(self, clients, begin):
        """Each address guesses once at one mailbox."""
        return "".join(exim_failure(BEGIN + begin + number * 60, f"10.{number // 200}.{number % 200}.9",
                                    "anna@example.com", next(self.port)) for number in range(clients))

    def village(self, days):
        return "".join(self.login("192.0.2.7", hour * 3600) for hour in range(days * 24))

    def door(self, *arguments, code=0):
        outcome = mailban("replay", "--policy", "--json", *arguments)
        self.assertEqual(outcome.returncode, code, outcome.stderr)
        return json.loads(outcome.stdout)

    def test_denies_strangers_at_an_account_under_attack(self):
        log = self.write("mainlog", self.village(4) + self.botnet(300, 4 * 86400 + 1))
        found = self.door(log)
        self.assertEqual(found["guesses"], 300)
        self.assertEqual(found["guesses_passed"], 10)
        self.assertEqual(found["guesses_passed_logs_alone"], 300)
        self.assertEqual(found["denied"], {"guesses": 290, "logins": 0})
        self.assertEqual(found["grounds"], {"account_under_attack": {"guesses": 290, "logins": 0}})
        self.assertEqual((found["customers"], found["customers_denied"], found["customers_delayed"]), (1, 0, 0))
        self.assertEqual(found["allowed"], {"guesses": 10, "logins": 96})

    def test_lets_a_user_in_during_an_attack_and_no_traveller(self):
        log = self.write("mainlog", self.village(4) + self.botnet(30, 4 * 86400 + 1) +
                         self.login("192.0.2.7", 4 * 86400 + 1900) + self.login("203.0.113.9", 4 * 86400 + 1901))
        found = self.door(log)
        self.assertEqual(found["denied"]["logins"], 1)
        self.assertEqual((found["customers"], found["customers_denied"]), (2, 1))

    def test_counts_an_attempt_once_that_two_logs_tell(self):
        text = self.village(4) + self.botnet(50, 4 * 86400 + 1)
        found = self.door(self.write("mainlog", text), self.write("rejectlog", self.botnet_again(text)))
        self.assertEqual((found["guesses"], found["guesses_passed"]), (50, 10))

    @staticmethod
    def botnet_again(text):
        return "".join(line for line in text.splitlines(keepends=True) if "535" in line)

    def test_does_not_ask_for_whoever_the_firewall_shuts_out(self):
        found = self.door(self.write("mainlog", self.guesses("198.51.100.7", 50)))
        self.assertEqual(found["blocked"]["guesses"], 45)
        self.assertEqual(found["guesses_passed"], 5)

    def test_asks_where_no_firewall_is(self):
        config = self.write("door.yaml", "sources: auto\nfirewall: {backend: door}\n"
                                         "policy: {mode: enforce, exim: {listen: 127.0.0.1:4003}}\n")
        found = self.door("--config", config, self.write("mainlog", self.guesses("198.51.100.7", 50)))
        self.assertEqual((found["blocked"]["guesses"], found["denied"]["guesses"]), (0, 45))
        self.assertEqual(found["guesses_passed_logs_alone"], 50)
        self.assertEqual(list(found["grounds"]), ["banned"])

    def test_says_it_to_people(self):
        log = self.write("mainlog", self.village(4) + self.botnet(300, 4 * 86400 + 1))
        shown = mailban("replay", "--policy", log).stdout.decode()
        for text in ("As if the mail server had asked before each attempt", "deny", "account under attack",
                     "10 of 300 guesses would have passed (3 %), with logs alone 300 (100 %)",
                     "0 of 1 address that logged in would have been denied at least once, 0 delayed"):
            self.assertIn(text, shown)

    def test_compares_nothing_at_the_same_time(self):
        config = self.write("other.yaml", "sources: auto\n")
        self.assertEqual(mailban("replay", "--policy", "--compare", config, config).returncode, 2)


if __name__ == "__main__":
    unittest.main()
