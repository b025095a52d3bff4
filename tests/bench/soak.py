"""A busy day in minutes: 20,000 lines a second of 200,000 attackers, rotated each minute.

    MAILBAN=build/release/mailban tests/firewall/in_namespace python3 -B tests/bench/soak.py

    MAILBAN_SOAK_SECONDS   how long is measured (300)
    MAILBAN_SOAK_WARM      seconds at the same rate before that (60)
    MAILBAN_SOAK_RATE      lines a second (20000)
    MAILBAN_SOAK_ADDRESSES of how many attackers (200000)
    MAILBAN_SOAK_ROTATE    seconds between rotations (60)
    MAILBAN_SOAK_BACKEND   nftables, or dry-run
    MAILBAN_SOAK_FOLDER    where to write (about 3 GB); a temporary folder otherwise

The rules are the shipped ones. Demanded at the end: the daemon has read exactly the lines that were
written and stored exactly the failures and logins they tell of; its resident memory stayed within 2 MB; it kept up.
Told: CPU time, memory, the longest answer to `status`, the growth of the database.

Memory is steady once every table is as full as it gets. So before anything is measured each attacker
fails twelve times, as many as the longest of the shipped rules may have to remember of one client,
within the last hour; all of them have been banned by then, and the table of bans is full, so that each
new ban displaces another. What is left after that is the ring of events which doubles are known by
(65,536, half a minute at this rate) and SQLite's page cache, and the warm-up is longer than both need.
"""

import json
import multiprocessing
import os
import resource
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../e2e"))

import mail_load
from lab import daemon
from lab.daemon import Mailban
from lab.shell import cpu_seconds, outcome, wait_until

SEED = int(os.environ.get("MAILBAN_SOAK_SEED", "1"))
SECONDS = int(os.environ.get("MAILBAN_SOAK_SECONDS", "300"))
WARM = int(os.environ.get("MAILBAN_SOAK_WARM", "60"))
RATE = int(os.environ.get("MAILBAN_SOAK_RATE", "20000"))
mail_load.ADDRESSES = int(os.environ.get("MAILBAN_SOAK_ADDRESSES", mail_load.ADDRESSES))
ROTATE = int(os.environ.get("MAILBAN_SOAK_ROTATE", "60"))
BACKEND = os.environ.get("MAILBAN_SOAK_BACKEND", "nftables")
HISTORY = int(os.environ.get("MAILBAN_SOAK_HISTORY", "12"))
SAMPLE_EVERY = 5
ALLOWED_GROWTH_KB = 2048
KINDS = ("auth_failure", "auth_success")
ABUSE = 6  # connections that Postfix lost: its number in the database
CONFIG = """\
sources: [{{file: {folder}/mainlog}}, {{file: {folder}/mail.log}}]
firewall: {{backend: {backend}}}
limits: {{bans: 50000}}
state: {{directory: {folder}/m/state}}
control: {{socket: {folder}/m/control.sock, mode: 0600}}
log: {{level: warning}}
"""


def memory(pid):
    """Resident and resident anonymous memory, in kB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        lines = dict(line.split(":", 1) for line in status)
    return int(lines["VmRSS"].split()[0]), int(lines["RssAnon"].split()[0])


def stored(folder):
    """Of each kind how many events the database holds and how many attempts these tell of; how many
    bans, and its size in MB."""
    path = f"{folder}/m/state/mailban.db"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as base:
        rows = base.execute("SELECT kind, count(*), sum(attempts) FROM events GROUP BY kind").fetchall()
        bans, = base.execute("SELECT count(*) FROM bans").fetchone()
    base.close()
    size = sum(os.path.getsize(path + end) for end in ("", "-wal") if os.path.exists(path + end))
    return {kind: (events, attempts) for kind, events, attempts in rows}, bans, size / 1e6


class Soak:
    """The daemon, watched."""

    def __init__(self, folder):
        self.folder = folder
        self.mailban = Mailban(f"{folder}/m", BACKEND, [])
        self.mailban.write_config(CONFIG.format(folder=folder, backend=BACKEND))
        self.slowest = 0.0
        self.behind = 0
        self.samples = []
        self.mistakes = []

    def status(self):
        """What the daemon says of itself, and how long that took."""
        began = time.monotonic()
        status = self.mailban.ask("status")
        self.slowest = max(self.slowest, time.monotonic() - began)
        return status

    def lines(self):
        """Lines read of each log."""
        return {one["file"]: one["lines"] for one in self.status()["sources"]}

    def demand(self, condition, text):
        """Notes what is not as it has to be."""
        print(("  well: " if condition else "WRONG: ") + text, flush=True)
        if not condition:
            self.mistakes.append(text)

    def sample(self, began, is_measured):
        """One look at the daemon; printed, and kept if it counts."""
        status = self.status()
        resident, anonymous = memory(self.mailban.process.pid)
        behind = sum(one["bytes_behind"] for one in status["sources"])
        user, system = cpu_seconds(self.mailban.process.pid)
        firewall = status["firewall"]
        print(f"{time.monotonic() - began:7.1f} s  resident {resident} kB  anonymous {anonymous} kB  "
              f"behind {behind} B  bans {status['active_bans']} of {status['bans_made']}  pending "
              f"{firewall['pending']}  held {firewall['enforced_bans']}  tracked {status['tracked']}  "
              f"CPU {user:.1f} + {system:.1f} s", flush=True)
        if is_measured:
            self.samples.append(resident)
            self.behind = max(self.behind, behind)

    def watch(self, writer):
        """Looks on until the writer has ended."""
        began = time.monotonic()
        cpu_before = None
        while writer.is_alive():
            elapsed = time.monotonic() - began
            is_measured = elapsed >= WARM
            if is_measured and cpu_before is None:
                cpu_before = (elapsed, cpu_seconds(self.mailban.process.pid))
                self.slowest = 0.0
            self.sample(began, is_measured)
            writer.join(SAMPLE_EVERY)
        span = time.monotonic() - began - cpu_before[0]
        used = [now - then for now, then in zip(cpu_seconds(self.mailban.process.pid), cpu_before[1])]
        print(f"CPU: {used[0]:.1f} s user and {used[1]:.1f} s system in {span:.0f} s: "
              f"{100 * sum(used) / span:.1f} % of one processor", flush=True)

    def compare(self, written):
        """The daemon's counts against the generator's."""
        expected = {path: log["lines"] for path, log in written["logs"].items()}
        def has_read_all():
            read = self.lines()
            return read if all(read[path] >= count for path, count in expected.items()) else None
        try:
            wait_until(has_read_all, "all lines are read", 60, 0.5)
        except AssertionError as late:
            self.demand(False, str(late))
        time.sleep(2)  # for lines that would be read twice
        read = self.lines()
        for path, count in expected.items():
            self.demand(read[path] == count, f"{path}: {read[path]} lines read of {count} written")
        events = self.status()["events"]
        kinds, bans, size = stored(self.folder)
        for number, kind in enumerate(KINDS):
            count = sum(log[kind] for log in written["logs"].values())
            self.demand(events[kind] == count, f"{kind}: {events[kind]} events of {count}")
            rows, attempts = kinds.get(number, (0, 0))
            if kind == "auth_failure":
                self.demand(rows == count, f"{kind}: {rows} stored of {count}")
            else:
                self.demand(attempts <= count, f"{kind}: {rows} stored, which tell of {attempts} of {count}")
        total = sum(rows for rows, _ in kinds.values())
        print(f"database: {size:.0f} MB for {total} events and {bans} bans: "
              f"{1e6 * size / total:.0f} bytes an event", flush=True)
        self.demand(set(kinds) <= {*range(len(KINDS)), ABUSE}, f"of {total} stored events nothing else is there")
        rotations = sum(log["rotations"] for log in written["logs"].values())
        seen = sum(one["rotations"] for one in self.status()["sources"])
        self.demand(seen == rotations, f"{seen} rotations seen of {rotations}")

    def compare_logins(self, written):
        """Once it was stopped, every login is told of."""
        kinds, _, _ = stored(self.folder)
        count = sum(log["auth_success"] for log in written["logs"].values())
        self.demand(kinds[1][1] == count, f"auth_success: {kinds[1][1]} told of in the end, of {count}")

    def judge(self, written):
        """What was measured against what is allowed."""
        growth = max(self.samples) - min(self.samples)
        self.demand(growth <= ALLOWED_GROWTH_KB,
                    f"resident memory {min(self.samples)} to {max(self.samples)} kB after the warm-up, "
                    f"within {growth} kB; first {self.samples[0]}, last {self.samples[-1]} kB")
        self.demand(self.slowest < 1, f"the longest answer to status took {1000 * self.slowest:.0f} ms")
        self.demand(self.behind < 64 << 20, f"at most {self.behind / 1e6:.1f} MB behind")
        status = self.status()
        for source in status["sources"]:
            self.demand(not source["problem"] and not source["note"], f"{source['file']}: no problem")
        self.demand(not status["warnings"], f"warnings: {status['warnings']}")
        self.demand(status["bans_made"] > 0, f"{status['bans_made']} bans were made, "
                                             f"{status['active_bans']} stand")
        self.demand(written["late"] < 5, f"the generator was at most {written['late']:.2f} s late")


def main():
    """Warms up, measures, compares; the exit code says whether all was well."""
    daemon.READY_SECONDS = 600  # it is ready when it has read the history
    with tempfile.TemporaryDirectory(dir=os.environ.get("MAILBAN_SOAK_FOLDER")) as folder:
        print(f"seed {SEED}, {RATE} lines/s, {mail_load.ADDRESSES} addresses, {BACKEND}, {WARM} s and "
              f"{SECONDS} s", flush=True)
        logs = mail_load.make_logs(folder, SEED)
        for log in logs:
            log.write_history(HISTORY, time.time() - 3600)
        soak = Soak(folder)
        began = time.monotonic()
        with soak.mailban:
            history = {log.path: log.written["lines"] for log in logs}
            wait_until(lambda: soak.lines() == history, "the history is read", 600, 0.5)
            print(f"history: {sum(history.values())} failures read and stored within "
                  f"{time.monotonic() - began:.1f} s of the start", flush=True)
            report = f"{folder}/written"
            writer = multiprocessing.Process(
                target=mail_load.keep_writing, args=(logs, RATE, WARM + SECONDS, ROTATE, report))
            writer.start()
            soak.watch(writer)
            with open(report, encoding="ascii") as file:
                written = json.load(file)
            soak.compare(written)
            soak.judge(written)
        soak.compare_logins(written)
        outcome("nft", "delete", "table", "inet", "mailban")
    generator = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"the generator and commands used {generator.ru_utime + generator.ru_stime:.0f} s of CPU")
    return 1 if soak.mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
