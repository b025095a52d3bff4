"""`mailban events`: what happened and what happens, for people, as JSON and as CSV."""

import contextlib
import csv
import io
import json
import os
import pathlib
import select
import signal
import socket
import statistics
import subprocess
import tempfile
import time
import unittest

from lines import ENVIRONMENT, PROGRAM, Daemon, exim_failure, exim_login, mailban, until

GUESSER, OTHER, USER = "198.51.100.7", "198.51.100.8", "203.0.113.5"
RULES = """rules:
  - {{name: guessing, on: auth_failure, by: ip, limit: 3, within: 10m, ban: 1h}}
policy: {{mode: enforce, exim: {{listen: {folder}/exim.sock}}}}
"""


class Follower:
    """`mailban events --follow`, line by line."""

    def __init__(self, daemon, *words):
        self.process = subprocess.Popen(
            (PROGRAM, "events", "--follow", "--socket", daemon.socket, "--config", daemon.config, *words),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate(timeout=10)

    def line(self, seconds=30):
        end = time.monotonic() + seconds
        while b"\n" not in self.buffer:
            left = end - time.monotonic()
            ready, _, _ = select.select([self.process.stdout], [], [], max(left, 0))
            if not ready:
                raise AssertionError(f"no further line; so far: {self.buffer!r}")
            read = os.read(self.process.stdout.fileno(), 65536)
            if not read:
                raise AssertionError(f"it ended: {self.process.communicate()}")
            self.buffer += read
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.decode()

    def event(self):
        return json.loads(self.line())


class TheEvents(unittest.TestCase):

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.log = self.folder / "log"
        self.log.touch()
        self.port = 40000
        self.daemon = self.enterContext(Daemon(self.folder, [self.log], RULES.format(folder=self.folder)))

    def fail(self, ip, account="bob@example.com", times=1):  # pylint: disable=arguments-differ
        for _ in range(times):
            self.port += 1
            with open(self.log, "ab", buffering=0) as log:
                log.write(exim_failure(time.time(), ip, account, self.port).encode())

    def login(self, ip, account="bob@example.com"):
        self.port += 1
        with open(self.log, "ab", buffering=0) as log:
            log.write(exim_login(time.time(), ip, account, self.port).encode())

    def past(self, *words, code=0):
        done = mailban("events", "--config", self.daemon.config, *words)
        self.assertEqual(done.returncode, code, done)
        return (done.stdout if code == 0 else done.stderr).decode()

    def kinds(self, *words):
        return [json.loads(line)["kind"] for line in self.past("--json", *words).splitlines()]

    def is_following(self):
        """Until a follower has its place: `fail` before that would not reach it."""
        until(lambda: self.daemon.status()["control"]["followers"] == 1)

    def test_are_followed_as_they_happen(self):
        with Follower(self.daemon, "--json") as follower:
            self.is_following()
            self.login(USER)
            self.fail(GUESSER, times=3)
            login, *failures, ban = [follower.event() for _ in range(5)]
            self.assertEqual((login["kind"], login["ip"], login["account"]), ("auth_success", USER, "bob@example.com"))
            self.assertEqual([(one["kind"], one["ip"], one["counted"]) for one in failures],
                             [("auth_failure", GUESSER, 1)] * 3)
            self.assertEqual((ban["kind"], ban["address"], ban["rule"]), ("ban", GUESSER, "guessing"))
            mailban("unban", GUESSER, "--socket", self.daemon.socket)
            end = follower.event()
            self.assertEqual((end["kind"], end["address"], end["rule"], end["why"]),
                             ("unban", GUESSER, "guessing", "unbanned"))
            # A login that says what another one has said is stored later, but followed at once.
            self.login(USER)
            self.assertEqual(follower.event()["kind"], "auth_success")

    def stop_and_go_on(self, process):
        """What Ctrl-Z and fg do, while it waits for the daemon."""
        proc = pathlib.Path(f"/proc/{process.pid}")

        def waits():
            with contextlib.suppress(FileNotFoundError):  # it closes what it has no more use for
                has_socket = any(os.readlink(fd).startswith("socket:") for fd in (proc / "fd").iterdir())
                return has_socket and (proc / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
            return None

        until(lambda: waits() == "S")
        for _ in range(5):
            process.send_signal(signal.SIGSTOP)
            until(lambda: waits() == "T")
            process.send_signal(signal.SIGCONT)
            until(lambda: waits() == "S")

    def test_go_on_for_a_follower_that_was_stopped_meanwhile(self):
        self.daemon.running.send_signal(signal.SIGSTOP)
        self.addCleanup(self.daemon.running.send_signal, signal.SIGCONT)
        with Follower(self.daemon, "--json") as follower:
            self.stop_and_go_on(follower.process)
            self.daemon.running.send_signal(signal.SIGCONT)
            self.is_following()
            self.stop_and_go_on(follower.process)
            self.fail(GUESSER)
            self.assertEqual(follower.event()["ip"], GUESSER)

    def test_have_what_a_mail_server_was_told_to_refuse(self):
        with Follower(self.daemon, "--json", "--kind", "answer") as asked, Follower(self.daemon) as shown:
            until(lambda: self.daemon.status()["control"]["followers"] == 2)
            mailban("ban", "192.0.2.99", "--socket", self.daemon.socket)
            self.assertEqual((self.ask("192.0.2.98"), self.ask("192.0.2.99")), (b"allow", b"deny"))
            told = asked.event()
            self.assertLess(told.pop("time"), "9")
            self.assertEqual(told, {"kind": "answer", "ip": "192.0.2.99", "account": "bob@example.com", "daemon": "exim",
                                    "service": "submission", "verdict": "deny", "judged": "deny", "ground": "banned",
                                    "rule": None})
            self.assertIn("192.0.2.99", shown.line())
            self.assertIn("deny, bob@example.com, submission, exim (banned)", shown.line())

    def ask(self, client):
        """As Exim does before it compares a password."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(30)
            line.connect(str(self.folder / "exim.sock"))
            line.sendall(f"{client} 587 bob@example.com\n".encode())
            return line.recv(100)

    def test_reach_a_follower_soon(self):
        with Follower(self.daemon, "--json") as follower:
            self.is_following()
            waits = []
            for number in range(50):
                ip = f"198.18.0.{number}"
                began = time.monotonic()
                self.fail(ip)
                self.assertEqual(follower.event()["ip"], ip)
                waits.append(time.monotonic() - began)
        milliseconds = [round(1000 * wait, 1) for wait in sorted(waits)]
        print(f"\nlog line to follower: median {statistics.median(milliseconds)} ms, "
              f"worst {milliseconds[-1]} ms")
        self.assertLess(statistics.median(waits), 0.25)

    def test_before_and_after_the_begin_are_all_there_and_each_once(self):
        self.fail(GUESSER, times=3)
        until(lambda: self.kinds() == ["auth_failure"] * 3 + ["ban"])
        for number in range(10):
            before = len(self.kinds())
            with Follower(self.daemon, "--json", "--since", "1h") as follower:
                # In the middle of its beginning.
                self.fail(OTHER, "carol@example.com")
                self.fail("198.51.100.9", "carol@example.com")
                seen = [follower.event() for _ in range(before + 2)]
                self.fail(f"198.51.100.{100 + number}", "last@example.com")
                last = [follower.event()]
                while last[-1].get("account") != "last@example.com":
                    last.append(follower.event())
            # A ban may follow the two; nothing comes twice and nothing is missing.
            everything = seen + last
            until(lambda: len(self.kinds()) >= len(everything))
            stored = [json.loads(line) for line in self.past("--json").splitlines()]
            self.assertEqual(sorted(map(json.dumps, everything)), sorted(map(json.dumps, stored)))

    def test_are_filtered_alike_before_and_now(self):
        filters = (("--account", "BOB@example.com"), ("--address", GUESSER), ("--address", "198.51.100.0/24"),
                   ("--rule", "guessing"), ("--kind", "ban"), ("--kind", "auth_success,unban"),
                   ("--address", GUESSER, "--kind", "auth_failure"))
        followers = [self.enterContext(Follower(self.daemon, "--json", *words)) for words in filters]
        until(lambda: self.daemon.status()["control"]["followers"] == len(filters))
        self.login(USER, "alice@example.com")
        self.login(USER)
        self.fail(GUESSER, times=3)
        self.fail(OTHER, "carol@example.com")
        until(lambda: len(self.kinds()) == 7)
        for words, follower in zip(filters, followers):
            stored = [json.loads(line) for line in self.past("--json", *words).splitlines()]
            self.assertNotEqual(stored, [], words)
            self.assertLess(len(stored), 7, words)
            self.assertEqual([follower.event() for _ in stored], stored, words)

    def test_are_told_to_people_in_lines_that_fit_a_terminal(self):
        self.login(USER)
        self.fail(GUESSER, times=3)
        until(lambda: len(self.kinds()) == 5)
        mailban("ban", OTHER, "--for", "forever", "--reason", "spam run", "--socket", self.daemon.socket)
        mailban("unban", GUESSER, "--socket", self.daemon.socket)
        until(lambda: len(self.kinds()) == 7)
        text = self.past()
        self.assertIn(f" auth_success {USER}     bob@example.com, exim ", text)
        self.assertRegex(text, rf"auth_failure {GUESSER}    bob@example.com, exim smtp 535\n")
        self.assertRegex(text, rf"ban          {GUESSER}    guessing, for 1h\n")
        self.assertIn(f"ban          {OTHER}    by hand, forever: spam run\n", text)
        self.assertIn(f"unban        {GUESSER}    unbanned (guessing)\n", text)
        for line in text.splitlines():
            self.assertLessEqual(len(line), 100)

    def test_are_rows_of_csv(self):
        self.fail(GUESSER, 'a "strange", name', times=3)
        until(lambda: len(self.kinds()) == 4)
        rows = list(csv.DictReader(io.StringIO(self.past("--format", "csv"))))
        self.assertEqual([row["kind"] for row in rows], ["auth_failure"] * 3 + ["ban"])
        self.assertEqual({row["ip"] for row in rows}, {GUESSER})
        self.assertEqual(rows[0]["account"], 'a "strange", name')
        self.assertEqual((rows[3]["rule"], rows[3]["account"], rows[0]["rule"]), ("guessing", "", ""))

    def test_are_of_the_time_that_is_wanted(self):
        self.fail(GUESSER)
        until(lambda: len(self.kinds()) == 1)
        self.assertEqual(self.kinds("--since", "1h"), ["auth_failure"])
        self.assertEqual(self.kinds("--until", "1h"), [])
        self.assertEqual(self.kinds("--since", "2099-01-01"), [])

    def test_wrong_usage_is_explained(self):
        self.assertIn("did you mean 'auth_failure'?", self.past("--kind", "auth_fail", code=2))
        self.assertIn("neither an address nor", self.past("--address", "bob", code=2))
        self.assertIn("neither an age", self.past("--since", "yesterday", code=2))
        self.assertIn("--until", self.past("--follow", "--until", "1h", code=2))
        self.assertIn("not running", self.past("--follow", "--socket", f"{self.folder}/none", code=3))
        self.assertIn("--format", self.past("--format", "xml", code=2))

    def test_a_reader_that_stops_reading_delays_nobody(self):
        with Follower(self.daemon, "--json") as stopped:
            self.is_following()
            stopped.process.send_signal(signal.SIGSTOP)
            burst = "".join(exim_failure(time.time(), f"10.{a}.{b}.1", f"{'x' * 200}{b}@example.com", 40000 + b)
                            for a in range(40) for b in range(250))
            with open(self.log, "ab", buffering=0) as log:
                log.write(burst.encode())
            until(lambda: sum(log["lines"] for log in self.daemon.status()["sources"]) >= 10000, 200)
            self.fail(GUESSER, times=3)
            until(lambda: [ban["address"] for ban in self.daemon.ask("bans")] == [GUESSER])
            stopped.process.send_signal(signal.SIGCONT)
            got = lost = 0
            while got + lost < 10000:
                event = stopped.event()
                got += event["kind"] == "auth_failure"
                lost += event.get("lines", 0)
            self.assertGreater(lost, 0)

    def test_end_with_the_daemon(self):
        with Follower(self.daemon) as follower:
            self.is_following()
            self.daemon.stop()
            _, said = follower.process.communicate(timeout=30)
            self.assertEqual(follower.process.returncode, 3)
            self.assertIn(b"the daemon has ended", said)


if __name__ == "__main__":
    unittest.main()
