"""5,000 files in one pattern, as a log a day or a log for each host makes: today's is followed at once, the
others cost next to nothing, and one that grows after years is read on from where it stood."""

import datetime
import json
import os
import pathlib
import re
import tempfile
import time
import unittest

import lines
from lines import exim_failure

FILES = 5000
DAY = 86400
IDLE = 10  # seconds


class FiveThousandFiles(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.logs = self.folder / "log"
        self.logs.mkdir()
        self.port = 1024

    def path(self, days_ago):
        day = datetime.date.today() - datetime.timedelta(days=days_ago)
        return self.logs / f"exim-mainlog-{day:%Y%m%d}"

    def make_a_log_a_day(self):
        """Each with failures of its day, that are none of today's."""
        for number in range(FILES):
            at = time.time() - number * DAY
            path = self.path(number)
            path.write_text("".join(exim_failure(at - 60 + each, "203.0.113.5", "bob", 2000 + each) for each in range(5))
                            if number else "")
            os.utime(path, (at, at))

    def add_failures(self, path, ip, count=5):
        with open(path, "a", encoding="ascii") as log:
            for _ in range(count):
                self.port += 1
                log.write(exim_failure(time.time(), ip, f"user{ip}", self.port))

    def banned(self, daemon):
        return {ban["address"] for ban in daemon.ask("bans")}

    def wait_for_ban(self, daemon, ip):
        began = time.monotonic()
        lines.until(lambda: ip in self.banned(daemon))
        return time.monotonic() - began

    def descriptors(self, daemon):
        return len(os.listdir(f"/proc/{daemon.running.pid}/fd"))

    def cpu(self, daemon):
        fields = pathlib.Path(f"/proc/{daemon.running.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def measure(self, daemon, began, what):
        started = time.monotonic() - began
        first = self.cpu(daemon)
        before = time.monotonic()
        lines.until(lambda: time.monotonic() - before >= IDLE)
        idle = (self.cpu(daemon) - first) / (time.monotonic() - before)
        print(f"{what}: started in {started:.2f} s with {first:.2f} s of CPU, {self.descriptors(daemon)} descriptors, "
              f"idle {idle * 100:.2f} % CPU", flush=True)
        self.assertLess(idle, 0.03)

    def rows(self, daemon):
        return {source["file"]: source for source in daemon.status()["sources"]}

    def test_of_a_log_a_day_only_those_of_these_days_are_open(self):
        self.make_a_log_a_day()
        pattern = self.logs / "exim-mainlog-*"
        began = time.monotonic()
        with lines.Daemon(self.folder, [pattern]) as daemon:
            self.add_failures(self.path(0), "192.0.2.7")
            took = self.wait_for_ban(daemon, "192.0.2.7")
            print(f"a ban by today's log {took:.3f} s after its line", flush=True)
            self.measure(daemon, began, f"{FILES} files")
            self.assertLess(self.descriptors(daemon), 50)
            self.assertGreater(self.rows(daemon)[str(pattern)]["idle_files"], FILES - 5)
            for days_ago in (4000, 400, 10):  # they grow after years
                ip = f"198.51.{days_ago % 250}.1"
                self.add_failures(self.path(days_ago), ip)
                print(f"a ban by a log of {days_ago} days ago {self.wait_for_ban(daemon, ip):.3f} s after its line",
                      flush=True)
                self.assertEqual(self.rows(daemon)[str(self.path(days_ago))]["events"], 5)
            tomorrow = self.path(-1)
            self.add_failures(tomorrow, "198.51.100.2")
            self.wait_for_ban(daemon, "198.51.100.2")
            self.assertNotIn("203.0.113.5", self.banned(daemon))
        self.add_failures(self.path(3000), "198.51.100.9", 5)  # while nobody looks
        self.add_failures(self.path(0), "198.51.100.3", 4)
        began = time.monotonic()
        with lines.Daemon(self.folder, [pattern]) as daemon:
            self.wait_for_ban(daemon, "198.51.100.9")
            self.add_failures(self.path(0), "198.51.100.3", 1)
            self.wait_for_ban(daemon, "198.51.100.3")
            self.measure(daemon, began, "after a restart")
            self.assertNotIn("203.0.113.5", self.banned(daemon))
            read = sum(source["events"] for source in daemon.status()["sources"])
            self.assertEqual(read, 10)

    def test_of_a_log_for_each_host_all_are_open_and_the_newest_comes_first(self):
        for number in range(FILES):
            path = self.logs / f"198.18.{number // 250}.{number % 250}"
            path.write_text(exim_failure(time.time() - 3600, f"203.0.{number % 250}.{number // 250}", "bob", 2000))
            os.utime(path, (time.time() - 60 - number, time.time() - 60 - number))
        newest = self.logs / "198.18.3.7"
        os.utime(newest)
        for number, life in enumerate(("all of them written today", "after a restart")):
            began = time.monotonic()
            ip = f"198.51.100.{number}"
            with lines.Daemon(self.folder, [self.logs / "*"]) as daemon:
                written = time.time()
                self.add_failures(newest, ip)
                lines.until(lambda: self.descriptors(daemon) > FILES, 90)  # all are open
                lines.until(lambda: self.is_read(daemon), 90)
                all_took = time.time() - written
                self.measure(daemon, began, life)
            took = self.banned_at(daemon.said, ip) - written
            print(f"a ban by the newest {took:.3f} s after its line, while the others were opened in "
                  f"{all_took:.3f} s", flush=True)
            self.assertLess(took, all_took / 4)

    def banned_at(self, said, ip):
        """By the daemon's log: its socket answers more slowly while it is busy."""
        stamp = re.search(rf"^(\S+ \S+) info: banned {re.escape(ip)}/32 ", said, re.MULTILINE)[1]
        return datetime.datetime.fromisoformat(stamp).replace(tzinfo=datetime.timezone.utc).timestamp()

    def is_read(self, daemon):
        outcome = lines.mailban("status", "--json", "--socket", daemon.socket)
        return all(source["caught_up"] for source in json.loads(outcome.stdout)["sources"])


if __name__ == "__main__":
    unittest.main()
