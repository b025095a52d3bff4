"""Killed at any instant, over a live log that is rotated, in the midst of an old one, and on a disk on
which writes, syncs and renames fail or are the last that happens: in the end the state is what an
unbroken run over the same lines has. Needs no root and no machine. MAILBAN_KILLS says how often,
MAILBAN_FAILING_DISK is the library of failing_disk.cpp.
"""

import contextlib
import gzip
import os
import random
import shutil
import sqlite3
import tempfile
import time
import unittest

from lab.daemon import Mailban, append, failure
from lab.seed import property_seed
from lab.shell import start, wait_until
from lab import daemon

KILLS = int(os.environ.get("MAILBAN_KILLS", "15"))
SEED = property_seed(1)
FAILING_DISK = os.environ.get("MAILBAN_FAILING_DISK", "")
LINES_A_KILL = 60
CLIENTS = 40
# Of an old log. A daemon that is never killed reads some hundred thousand a second.
BACKLOG_LINES = min(1_000_000, 20_000 * KILLS)
LIMIT = 7
COLUMNS = ("kind, ip, account, server, service, reply, attempts, client_port, counted, teller")


def failures_in(said):
    """How many calls have failed, as a daemon tells it."""
    return said.count("disk I/O error") + said.count("disk is full")


class Writer:
    """A mail server and a rotation program: counted lines, rename, and packing one rotation later."""

    def __init__(self, log, choose):
        self.log = log
        # Elsewhere: beside the log it would be what became of it, to all appearances.
        self.all = os.path.join(os.path.dirname(log), "whole", "lines")
        os.makedirs(os.path.dirname(self.all))
        self.choose = choose
        self.written = 0
        self.rotations = 0

    def write(self, count):
        lines = ""
        for _ in range(count):
            self.written += 1
            client = f"192.0.2.{self.choose.randrange(1, CLIENTS + 1)}"
            lines += failure(client, account=f"user{self.written}@example.com", port=self.written)
        append(self.all, lines)
        # A line is not always written in one piece.
        cut = self.choose.randrange(len(lines)) if lines else 0
        append(self.log, lines[:cut])
        append(self.log, lines[cut:])

    def rotate(self):
        self.rotations += 1
        for number in range(self.rotations - 1, 0, -1):
            for ending in ("", ".gz"):
                if os.path.exists(f"{self.log}.{number}{ending}"):
                    os.rename(f"{self.log}.{number}{ending}", f"{self.log}.{number + 1}{ending}")
        os.rename(self.log, self.log + ".1")
        append(self.log, "")
        if self.choose.random() < 0.5 and os.path.exists(self.log + ".2"):
            with open(self.log + ".2", "rb") as plain, gzip.open(self.log + ".2.gz", "wb") as packed:
                shutil.copyfileobj(plain, packed)
            os.remove(self.log + ".2")


def write_old_log(path, choose):
    """The lines of an hour, a quarter of them wrong passwords; how many these are."""
    begin = time.time() - 3600
    failures = 0
    with open(path, "w", encoding="ascii") as log:
        for line in range(BACKLOG_LINES):
            at = begin + 3600 * line / BACKLOG_LINES
            if choose.random() < 0.25:
                failures += 1
                client = f"198.{choose.randrange(18, 20)}.{choose.randrange(256)}.{choose.randrange(1, 20)}"
                log.write(failure(client, account=f"user{line}@example.com", port=1024 + line % 60_000, at=at))
            else:
                stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
                log.write(f"{stamp} 1xVd9W-{line:06d}-2q Completed\n")
    return failures


def stored(mailban):
    """How many events are in the store; 0 where there is none yet."""
    path = f"file:{mailban.folder}/state/mailban.db?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(path, uri=True)) as database:
            count, = database.execute("SELECT count(*) FROM events").fetchone()
        return count
    except sqlite3.OperationalError:
        return 0


def state(mailban):
    """What the store holds: bans with their counts, offenders, and events in their order."""
    with sqlite3.connect(f"file:{mailban.folder}/state/mailban.db?mode=ro", uri=True) as database:
        bans = database.execute("SELECT prefix, rule, count, level FROM bans ORDER BY prefix").fetchall()
        offenders = database.execute("SELECT prefix, level FROM offenders ORDER BY prefix").fetchall()
        events = database.execute(f"SELECT {COLUMNS} FROM events ORDER BY id").fetchall()
    database.close()
    return bans, offenders, events


class ACrash(unittest.TestCase):

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.choose = random.Random(SEED)

    def mailban(self, name, log):
        made = Mailban(f"{self.folder}/{name}", "dry-run", log, limit=LIMIT, within="1d", ban="7d")
        with open(made.config, encoding="utf-8") as file:
            text = file.read().replace("group: root", "mode: 0600")
        made.write_config(text)
        self.addCleanup(made.__exit__)
        return made

    def begin(self, mailban):
        """Starts it and waits for nothing."""
        clean = {name: value for name, value in os.environ.items() if name != "JOURNAL_STREAM"}
        mailban.process = start(daemon.PROGRAM, "run", "--config", mailban.config,
                                log=mailban.output, env=clean | mailban.environment)

    def caught_up(self, mailban, lines):
        """Whether every line led to an event that is stored."""
        answer = mailban.command("status")
        if answer.returncode != 0:
            return False
        return stored(mailban) >= lines

    def test_at_any_instant_changes_nothing(self):
        self.break_down(lambda mailban: None, 0.12)

    @unittest.skipUnless(FAILING_DISK, "MAILBAN_FAILING_DISK names no library")
    def test_on_a_disk_that_fails_changes_nothing(self):
        """Left to itself for longer: some failures it has to live through, others end it."""
        def fail_differently(mailban):
            mailban.environment = {
                "LD_PRELOAD": FAILING_DISK, "MAILBAN_DISK": f"{mailban.folder}/state",
                "MAILBAN_DISK_ODDS": str(self.choose.choice((3, 10, 40, 150))),
                "MAILBAN_DISK_SEED": str(self.choose.randrange(1 << 31))}
        said = self.break_down(fail_differently, 1.5)
        self.assertGreater(failures_in(said), 0, "no call has failed")
        print(f"{failures_in(said)} failures were told")

    def test_in_the_midst_of_a_backlog_changes_nothing(self):
        """Most of them before anything more was written, so that many are killed in the same old log."""
        log = f"{self.folder}/mainlog"
        failures = write_old_log(log, self.choose)
        mailban = self.mailban("killed", log)
        longest, kills, amidst, moved = 0.1, 0, 0, 0
        known = 0
        while kills < KILLS and known < failures:
            kills += 1
            self.begin(mailban)
            time.sleep(self.choose.random() * longest)
            mailban.kill()
            before, known = known, stored(mailban)
            moved += known > before
            amidst += 0 < known < failures
            # However fast the machine is, few runs are to get further.
            longest *= 0.3 if known > before else (1.1 if known > 0 else 1.5)
        self.begin(mailban)
        wait_until(lambda: self.caught_up(mailban, failures), "all lines are read", 120)
        self.assertEqual(mailban.stop(), 0)

        unbroken = self.mailban("unbroken", log)
        unbroken.start()
        wait_until(lambda: self.caught_up(unbroken, failures), "all lines are read", 120)
        self.assertEqual(unbroken.stop(), 0)
        found, expected = state(mailban), state(unbroken)
        print(f"seed {SEED}: {kills} kills, {amidst} of them with a part of {failures} failures stored, which {moved} "
              f"runs have brought further; {len(found[0])} bans, {len(expected[0])} in the unbroken run")
        self.assertGreater(amidst, 0, "each kill was before or behind the old log")
        self.assertEqual(len(found[2]), failures)
        for one, other in zip(found, expected):
            self.assertEqual(one, other)

    def break_down(self, before_start, longest):
        """Kills it after at most so many seconds, again and again; `before_start` adds to that."""
        log = f"{self.folder}/mainlog"
        writer = Writer(log, self.choose)
        writer.write(1)
        mailban = self.mailban("killed", log)
        mailban.start()
        wait_until(lambda: self.caught_up(mailban, 1), "the log is known")
        said = []
        for _ in range(KILLS):
            for _ in range(self.choose.randrange(1, 4)):
                writer.write(self.choose.randrange(LINES_A_KILL))
                if self.choose.random() < 0.4:
                    writer.rotate()
            # In its start, in a commit, in the middle of an archive: whatever it is at then.
            time.sleep(self.choose.random() * longest)
            # How far it comes in a time is the machine's to say; but once a call is to fail.
            if int(mailban.environment.get("MAILBAN_DISK_ODDS", "1000")) <= 10 and not any(map(failures_in, said)):
                wait_until(lambda: failures_in(mailban.said()) or mailban.process.poll() is not None or
                           writer.write(1), "a call fails", 60, every=0.2)
            mailban.kill()
            said.append(mailban.said())
            writer.write(self.choose.randrange(LINES_A_KILL))
            if self.choose.random() < 0.4:
                writer.rotate()
            before_start(mailban)
            self.begin(mailban)
        mailban.kill()
        said.append(mailban.said())
        mailban.environment = {}
        self.begin(mailban)
        writer.write(5)
        wait_until(lambda: self.caught_up(mailban, writer.written), "all lines are read", 60)
        self.assertEqual([], [one for one in os.listdir(f"{mailban.folder}/state") if "damaged" in one])
        self.assertEqual(mailban.stop(), 0)

        unbroken = self.mailban("unbroken", writer.all)
        unbroken.start()
        wait_until(lambda: self.caught_up(unbroken, writer.written), "all lines are read", 60)
        self.assertEqual(unbroken.stop(), 0)
        found, expected = state(mailban), state(unbroken)
        print(f"seed {SEED}: {KILLS} kills, {writer.rotations} rotations, {writer.written} lines: "
              f"{len(found[2])} events and {len(found[0])} bans, {len(expected[2])} and "
              f"{len(expected[0])} in the unbroken run")
        self.assertEqual(len(found[2]), writer.written)
        for one, other in zip(found, expected):
            self.assertEqual(one, other)
        return "".join(said)


if __name__ == "__main__":
    unittest.main()
