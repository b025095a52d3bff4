"""`mailban scan` on logs made here: against the pipeline that it succeeds, packed, broken, misused."""

import collections
import fcntl
import gzip
import json
import os
import pathlib
import pty
import random
import select
import shutil
import struct
import subprocess
import tempfile
import termios
import unittest

from lines import property_seed

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = str(os.environ.get("MAILBAN") or HERE / "../../build/dev/mailban")
ENVIRONMENT = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}
PIPELINE = """grep "535 Incorrect" "$1" | awk -F"set_id=" '{print $2}' | sort | uniq -c | sort -n"""


def scan(*arguments, text=None, **environment):
    return subprocess.run((PROGRAM, "scan", *map(str, arguments)), input=text, capture_output=True,
                          timeout=200, check=False, env={**ENVIRONMENT, **environment})


def failure(second, ip, account, port=None):
    """A line of Exim's main log."""
    peer = f"[{ip}]" + (f":{port}" if port else "")
    return (f"2026-11-{1 + second // 86400:02} {second // 3600 % 24:02}:{second // 60 % 60:02}:"
            f"{second % 60:02} dovecot_login authenticator failed for (ylmf-pc) {peer}: 535 "
            f"Incorrect authentication data (set_id={account})")


def well_behaved_log(seed, lines=4000):
    """A main log in which nobody tries to deceive, and how often each account was tried."""
    chance = random.Random(seed)
    accounts = [f"{name}{number}@example.com" for name in ("anna", "info", "o'neill", "bj.rn")
                for number in range(30)] + ["admin", "root", "sales"]
    weights = [chance.expovariate(1) for _ in accounts]
    tried = collections.Counter()
    log = []
    for number in range(lines):
        ip = f"198.51.{chance.randrange(4)}.{chance.randrange(256)}"
        if chance.random() < 0.2:
            ip = f"2001:db8:{chance.randrange(1, 16):x}::{chance.randrange(1, 65536):x}"
        if chance.random() < 0.3:
            account = chance.choices(accounts, weights)[0]
            tried[account] += 1
            log.append(failure(number * 60, ip, account, chance.choice((None, 40000))))
        else:
            log.append(f"2026-11-{1 + number // 1440:02} {number // 60 % 24:02}:{number % 60:02}:00 "
                       f"1wM{number:06}-0001-aB <= anna@example.com H=mx.example.net [{ip}] P=esmtps "
                       f"S={chance.randrange(9999)} id={number}@example.net")
    return "\n".join(log) + "\n", tried


class WithALog(unittest.TestCase):

    def setUp(self):
        self.seed = property_seed()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.text, self.tried = well_behaved_log(self.seed)
        self.log = self.write("exim_mainlog", self.text.encode())

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def found(self, *arguments, code=0, **more):
        outcome = scan("--json", *arguments, **more)
        self.assertEqual(outcome.returncode, code, outcome.stderr)
        return json.loads(outcome.stdout)


class TheOldPipeline(WithALog):

    def old(self):
        outcome = subprocess.run(("sh", "-c", PIPELINE, "sh", str(self.log)), capture_output=True,
                                 timeout=60, check=True, env={**ENVIRONMENT, "LC_ALL": "C"})
        # It leaves the bracket behind the account.
        rows = [row.split(maxsplit=1) for row in outcome.stdout.decode().splitlines()]
        return [(int(count), account.removesuffix(")")) for count, account in rows]

    def test_gives_the_same_accounts_and_counts(self):
        outcome = scan("--accounts", self.log)
        new = [row.split(maxsplit=1) for row in outcome.stdout.decode().splitlines()]
        self.assertGreater(len(new), 50)
        self.assertEqual([(int(count), account) for count, account in new], sorted(self.old()))
        self.assertEqual(outcome.stdout.decode().splitlines()[-1],
                         f"{max(self.tried.values()):7} {new[-1][1]}")

    def test_is_in_the_json_too(self):
        rows = self.found("--top", "0", self.log)["accounts"]
        self.assertEqual({row["account"]: row["failures"] for row in rows},
                         {account: count for count, account in self.old()})
        self.assertEqual({row["account"]: row["attempts"] for row in rows}, dict(self.tried))

    def test_is_deceived_where_scan_is_not(self):
        with open(self.log, "ab") as file:
            file.write(b"2026-11-09 00:00:00 1wMAAAAA-0001-aB <= eve@example.net H=mx.example.net "
                       b"[198.51.0.1] P=esmtp S=1 T=\"535 Incorrect set_id=nobody)\"\n")
        self.assertIn((1, 'nobody)"'), self.old())
        self.assertNotIn(b"nobody", scan("--accounts", self.log).stdout)


class Logs(WithALog):

    def test_are_the_same_plain_packed_and_piped(self):
        packed = self.write("exim_mainlog.1.gz", gzip.compress(self.text.encode()))
        plain = self.found(self.log)
        others = [self.found(packed), self.found("-", text=self.text.encode()),
                  self.found("-", text=packed.read_bytes())]
        self.assertIsNotNone(shutil.which("zstd"), "the test needs zstd")
        subprocess.run(("zstd", "-q", str(self.log)), check=True, timeout=60)
        others.append(self.found(f"{self.log}.zst"))
        self.assertGreater(plain["events"], 1000)
        names = [other["logs"][0].pop("file") for other in others]
        self.assertEqual(names, [str(packed), "-", "-", f"{self.log}.zst"])
        self.assertEqual(plain["logs"][0].pop("file"), str(self.log))
        self.assertEqual(others, [plain] * 4)

    def test_are_read_the_same_by_one_processor_and_by_several(self):
        processors = os.sched_getaffinity(0)
        if len(processors) == 1:
            self.skipTest("there is one processor")
        self.addCleanup(os.sched_setaffinity, 0, processors)
        # Old ones first, a longer one beside them, and one whose end is missing.
        lines = self.text.splitlines(keepends=True)
        logs = [self.write(f"exim_mainlog.{number}", "".join(lines[number::7] * (1 + 20 * (number == 3))).encode())
                for number in range(70)]
        whole = gzip.compress(os.urandom(100_000) + self.text.encode())
        logs.insert(5, self.write("cut.gz", whole[:-100]))
        ways = (("--json", self.log), ("--events", self.log), ("--json", *logs), ("--events", *logs),
                ("--json", "--since", "2026-11-02", *logs), ("--accounts", *logs))
        for words in ways:
            os.sched_setaffinity(0, processors)
            several = scan(*words)
            os.sched_setaffinity(0, {min(processors)})
            one = scan(*words)
            self.assertEqual((one.returncode, one.stderr), (several.returncode, several.stderr), words[0])
            self.assertTrue(one.stdout == several.stdout, words[0])
            self.assertGreater(len(one.stdout), 100)

    def test_that_tell_the_same_attempt_count_it_once(self):
        reject = self.write("exim_rejectlog", "".join(
            line + "\n" for line in self.text.splitlines() if "535" in line).encode())
        both = self.found("--top", "0", self.log, reject)
        self.assertEqual({row["account"]: row["attempts"] for row in both["accounts"]}, self.tried)
        self.assertEqual(both["kinds"]["auth_failure"],
                         {"events": 2 * sum(self.tried.values()), "attempts": sum(self.tried.values())})

    def test_that_cannot_be_read_are_named_and_the_others_read(self):
        whole = gzip.compress(os.urandom(1000) + self.text.encode())
        cut = self.write("cut.gz", whole[:len(whole) // 2])
        torn = self.write("torn.gz", whole[:200] + bytes(400) + whole[600:])
        gone = self.folder / "gone"
        outcome = scan("--json", gone, cut, torn, self.folder, self.log)
        self.assertEqual(outcome.returncode, 1)
        complaints = sorted(outcome.stderr.decode().splitlines())
        self.assertEqual(len(complaints), 4, complaints)
        self.assertIn(f"mailban: cannot open {gone}: No such file or directory", complaints)
        logs = json.loads(outcome.stdout)["logs"]
        self.assertEqual([log["file"] for log in logs],
                         list(map(str, (gone, cut, torn, self.folder, self.log))))
        for path, log in zip((gone, cut, torn, self.folder), logs):
            self.assertIn(str(path), log["problem"])
            self.assertIn(f"mailban: {log['problem']}", complaints)
        self.assertEqual([log["problem"] is None for log in logs], [False] * 4 + [True])
        self.assertEqual(logs[4]["events"], sum(self.tried.values()))

    def test_that_cannot_be_read_are_named_without_steering_a_terminal(self):
        said = scan("--json", self.folder / "gone\x1b[2J\u009b2J").stderr
        self.assertIn(b"gone\\x1b[2J\\u{9b}2J: No such file", said)
        self.assertNotIn(b"\x1b", said)

    def test_without_a_year_are_of_the_year_they_were_written_in(self):
        line = "Nov  3 10:00:00 mx exim[77]: " + failure(0, "192.0.2.7", "bob")[20:] + "\n"
        log = self.write("mail.log", line.encode())
        os.utime(log, (1604700000, 1604700000))  # 6 November 2020
        self.assertEqual(self.found(log)["first"], "2020-11-03T10:00:00Z")

    def test_have_their_oversized_lines_counted(self):
        log = self.write("long", b"x" * 70000 + b"\n" + failure(0, "192.0.2.7", "bob").encode())
        told = self.found(log)["logs"][0]
        self.assertEqual((told["lines"], told["events"], told["oversized_lines"]), (2, 1, 1))
        self.assertEqual(json.loads(scan("--events", log).stdout)["line"], 2)

    def test_that_tell_more_than_is_remembered_count_each_attempt_once(self):
        # More distinct attempts than the memory for tellings has room for.
        lines = [failure(number // 100, f"198.18.{number // 250 % 250}.{number % 250}",
                         f"user{number}", 1024 + number % 60000) for number in range(270000)]
        text = "\n".join(lines).encode()
        told = self.found(self.write("main", text), self.write("reject", text))
        self.assertEqual(told["kinds"]["auth_failure"], {"events": 540000, "attempts": 270000})


class Events(WithALog):

    def test_are_one_object_a_recognised_line(self):
        outcome = scan("--events", self.log)
        events = [json.loads(line) for line in outcome.stdout.splitlines()]
        self.assertEqual(len(events), sum(self.tried.values()))
        lines = self.text.splitlines()
        for event in events:
            line = lines[event["line"] - 1]
            self.assertIn(f"[{event['ip']}]", line)
            self.assertIn(f"(set_id={event['account']})", line)
        self.assertEqual(list(events[0])[:11], ["file", "line", "kind", "ip", "account", "daemon",
                                                "service", "reply", "enhanced", "attempts", "time"])

    def test_are_utf8_whatever_the_client_sent(self):
        line = failure(0, "192.0.2.7", "@").encode().replace(b"@", b"\xff\xfe\x1b[2J\"")
        log = self.write("raw", line + b"\n")
        outcome = scan("--events", log)
        self.assertEqual(json.loads(outcome.stdout.decode("utf-8"))["account"],
                         "\ufffd\ufffd\x1b[2J\"")
        for arguments in (("--accounts", log), (log,)):
            self.assertNotIn(b"\x1b", scan(*arguments).stdout)

    def test_begin_when_asked_to(self):
        told = self.found("--since", "2026-11-02", self.log)
        self.assertGreaterEqual(told["first"], "2026-11-02T00:00:00Z")
        self.assertEqual(told["events"] + told["before_since"], sum(self.tried.values()))
        self.assertGreater(told["before_since"], 100)
        self.assertEqual(self.found("--since", "2026-11-02T00:00:00Z", self.log), told)
        self.assertEqual(self.found("--since", "36500d", self.log)["before_since"], 0)

    def test_are_those_of_the_servers_that_were_named(self):
        self.assertEqual(self.found("--parser", "postfix", self.log)["events"], 0)
        self.assertEqual(self.found("--parser", "postfix", "--parser", "exim", self.log)["events"],
                         sum(self.tried.values()))


class WrongUsage(unittest.TestCase):

    def test_is_told_and_gives_2(self):
        for arguments in (("--config", "/nonexistent.yaml"), ("--since", "yesterday", "/dev/null"), ("--parser", "exum", "/dev/null"),
                          ("--top", "x", "/dev/null"), ("--accounts", "--json", "/dev/null"),
                          ("--accounts", "--events", "/dev/null")):
            outcome = scan(*arguments)
            self.assertEqual((outcome.returncode, outcome.stdout), (2, b""), arguments)
            self.assertNotEqual(outcome.stderr, b"")

    def test_of_nothing_is_none(self):
        self.assertEqual(scan("/dev/null").returncode, 0)

    def test_of_a_full_disk_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            outcome = subprocess.run((PROGRAM, "scan", "/dev/null"), stdout=full, timeout=60,
                                     stderr=subprocess.PIPE, check=False, env=ENVIRONMENT)
        self.assertEqual(outcome.returncode, 1)


class Terminals(WithALog):

    def test_alone_see_colour_and_progress(self):
        outcome = scan(self.log)
        self.assertNotIn(b"\x1b", outcome.stdout)
        self.assertEqual(outcome.stderr, b"")
        seen = on_terminal(PROGRAM, "scan", str(self.log))
        self.assertIn(b"\x1b[1m", seen)
        self.assertNotIn(b"\x1b[1m", on_terminal(PROGRAM, "scan", str(self.log), NO_COLOR="1"))

    def test_get_blocks_only_where_they_can_show_them(self):
        self.assertIn("█", scan(self.log).stdout.decode())
        plain = scan(self.log, LC_ALL="C").stdout.decode("ascii")
        self.assertIn("####", plain)

    def test_are_filled_and_no_more(self):
        for columns in (60, 80, 150):
            seen = on_terminal(PROGRAM, "scan", str(self.log), columns=columns, LC_ALL="C",
                               NO_COLOR="1")
            bars = [row for row in seen.decode().splitlines() if "##" in row]
            self.assertEqual(max(map(len, bars)), columns - 1)

    def test_see_how_far_a_long_reading_has_come(self):
        # A pipe that stays open while the first lines were read long ago.
        reader, writer = os.pipe()
        terminal, inside = pty.openpty()
        with subprocess.Popen((PROGRAM, "scan", "-"), stdin=reader, stdout=subprocess.DEVNULL,
                              stderr=inside, env=ENVIRONMENT) as process:
            os.close(reader)
            os.close(inside)
            seen = b""
            for _ in range(600):
                os.write(writer, self.text.encode()[:60000])
                if select.select([terminal], [], [], 0.02)[0]:
                    seen += os.read(terminal, 4096)
                if b"lines/s" in seen:
                    break
            os.close(writer)
            self.assertEqual(process.wait(60), 0)
        os.close(terminal)
        self.assertRegex(seen, rb"[0-9,]+ lines/s +[0-9.]+ MB/s")


def on_terminal(*command, columns=80, **environment):
    """What a terminal shows."""
    terminal, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=inside, stderr=inside,
                          env={**ENVIRONMENT, **environment}) as process:
        os.close(inside)
        seen = b""
        while True:
            try:
                more = os.read(terminal, 65536)
            except OSError:  # how Linux says that the other side is closed
                break
            if not more:
                break
            seen += more
        process.wait(60)
    os.close(terminal)
    return seen


if __name__ == "__main__":
    unittest.main()
