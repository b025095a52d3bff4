"""`mailban replay` bans as the daemon does that is fed the same lines: exactly, where these were written
before it looked; but for the moment at which it read them, where it followed them."""

import datetime
import json
import pathlib
import random
import re
import tempfile
import time
import unittest

import lines
from lines import exim_failure, exim_login, postfix_failure

SAID = re.compile(r"banned (\S+) (?:until (\S+ \S+ \S+)|forever): rule ([^,]+), (\d+)(?: \w+)? within \w+"
                  r"(?:, account .*)?, ban number (\d+)(?: \(log .*\))?$")
LATE = 5  # seconds at most from a line to the daemon


def when(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def second_of(said):
    """The local time of a message, "2026-11-28 20:19:08 +0100", as whole seconds."""
    return int(datetime.datetime.strptime(said, "%Y-%m-%d %H:%M:%S %z").timestamp())


def said_bans(said):
    """(prefix, second of its end, rule, count, level) of every ban that the daemon logged, in order."""
    found = [SAID.search(line) for line in said.splitlines() if " banned " in line]
    return [(one[1], one[2] and second_of(one[2]), one[3], int(one[4]), int(one[5])) for one in found]


def replayed(config, logs):
    outcome = lines.mailban("replay", "--json", "--config", config, *logs)
    assert outcome.returncode == 0, outcome.stderr
    return [json.loads(line) for line in outcome.stdout.splitlines()]


def story(chance, begin, step):
    """(time, log, line, whether it is also in the reject log) of attackers, users and a botnet, in
    order; `step` makes a second."""
    told = []
    port = iter(range(1024, 60000))

    def add(at, log, ip, account, kind=exim_failure):
        told.append((begin + at * step + chance.random() * step * 0.9, log, ip, account, kind, next(port)))

    for number in range(3):  # bursts, again and again: escalation
        for burst in range(4):
            for attempt in range(7):
                add(burst * 4000 + number * 7 + attempt, "main", f"198.18.0.{number}", f"name{number}")
    for number in range(3):  # slow ones: five never come within ten minutes
        for attempt in range(14):
            add(60 + attempt * 600 + number, "main", f"198.51.100.{number}", f"slow{number}")
    for attempt in range(6):  # one that sprays
        add(300 + attempt * 70, "main", "203.0.113.9", f"sprayed{attempt}")
    for number in range(9):  # one that hops in its block
        add(500 + number * 40, "main", f"2001:db8:0:{number:x}::1", "hopper")
    for number in range(24):  # a botnet on one mailbox, twice from each address
        add(900 + number * 10, "main", f"203.0.{number % 12}.1", "victim")
    for attempt in range(9):  # a user, who mistypes
        add(2000 + attempt * 30, "main", "198.51.100.99", "anna",
            exim_login if attempt % 3 == 2 else exim_failure)
    for number in range(4):
        for attempt in range(11):
            add(100 + attempt * 45 + number, "postfix", f"198.19.0.{100 + number}", f"other{number}",
                postfix_failure)
    return sorted(told)


class WithLogs(unittest.TestCase):

    def setUp(self):
        self.seed = lines.property_seed()
        self.chance = random.Random(self.seed)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.logs = {name: self.folder / name for name in ("main", "reject", "postfix")}
        for log in self.logs.values():
            log.touch()
        self.written = 0

    def write(self, at, log, ip, account, kind, port):
        line = kind(at, ip, account, port)
        for name in (log, "reject") if kind is exim_failure else (log,):
            with open(self.logs[name], "a", encoding="ascii") as file:
                file.write(line)
            self.written += 1


class OldLines(WithLogs):

    def test_ban_to_the_microsecond_as_the_daemon_bans_for_them(self):
        for event in story(self.chance, time.time() - 5 * 3600, 1):
            self.write(*event)
        with lines.Daemon(self.folder, self.logs.values()) as daemon:
            daemon.wait_for(self.written)
            active = daemon.ask("bans")
        bans = replayed(daemon.config, self.logs.values())
        # The daemon reads one log after the other; the story's logs have attackers in networks of their own.
        self.assertEqual(
            sorted(said_bans(daemon.said), key=str),
            sorted(((ban["prefix"], ban["until"] and int(when(ban["until"])), ban["rule"], ban["count"], ban["level"])
                    for ban in bans), key=str))
        last = {ban["prefix"]: ban for ban in bans}
        for ban in active:
            ours = last[ban["prefix"]]
            self.assertEqual((ours["time"], ours["until"], ours["rule"], ours["count"]),
                             (ban["since"], ban["until"], ban["rule"], ban["count"]))
        self.assertGreater(len(active), 8)
        self.assertGreater(max(ban["level"] for ban in bans), 1)
        self.assertTrue(any(ban["lengthens"] for ban in bans))
        rules = {ban["rule"] for ban in bans}
        self.assertGreaterEqual(rules, {"password-guessing", "slow-guessing", "spraying", "hopping",
                                        "account-under-attack"})
        self.assertNotIn("198.51.100.99/32", last)


class LinesAsTheyAreWritten(WithLogs):

    def test_ban_in_the_same_order_by_the_same_rules_at_the_same_counts(self):
        with lines.Daemon(self.folder, self.logs.values()) as daemon:
            # A story of hours, told in a moment, each line with the stamp at which it is written.
            for _, *event in story(self.chance, 0, 1):
                if event[0] == "main" and event[1].startswith("198.18.0.") and self.chance.random() < 0.5:
                    event = ["postfix", event[1], event[2], postfix_failure, event[4]]
                self.write(time.time(), *event)
                daemon.wait_for(self.written)
            active = daemon.ask("bans")
        bans = replayed(daemon.config, self.logs.values())
        self.assertEqual([(prefix, rule, count, level)
                          for prefix, _, rule, count, level in said_bans(daemon.said)],
                         [(ban["prefix"], ban["rule"], ban["count"], ban["level"]) for ban in bans])
        self.assertGreater(len(bans), 15)
        self.assertTrue(any(ban["lengthens"] for ban in bans))
        last = {ban["prefix"]: ban for ban in bans}
        self.assertEqual(len(active), len(last))
        for ban in active:
            ours = last[ban["prefix"]]
            self.assertEqual((ours["rule"], ours["count"]), (ban["rule"], ban["count"]))
            for mine, its in ((ours["time"], ban["since"]), (ours["until"], ban["until"])):
                self.assertGreater(when(its) - when(mine), -0.002)  # stamps are cut to milliseconds
                self.assertLess(when(its) - when(mine), LATE)


if __name__ == "__main__":
    unittest.main()
