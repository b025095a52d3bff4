"""What a backlog costs the disk: a log that is there already, read through the daemon once.

    MAILBAN=build/release/mailban python3 -B tests/bench/backlog.py

    MAILBAN_BACKLOG_LINES      lines of Exim's (1000000)
    MAILBAN_BACKLOG_EVENTS     which part of them are wrong passwords (0.28)
    MAILBAN_BACKLOG_CLIENTS    of how many addresses these are (100000)
    MAILBAN_BACKLOG_FOLDER     where to write; a temporary folder otherwise

Told: bytes that the daemon handed to write calls and bytes that went to the disk (/proc/PID/io), its CPU
time and peak memory, and what the database takes an event. The rules are the shipped ones.
"""

import os
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../e2e"))

import mail_load
from lab.daemon import Mailban
from lab.shell import cpu_seconds

LINES = int(os.environ.get("MAILBAN_BACKLOG_LINES", "1000000"))
EVENTS = float(os.environ.get("MAILBAN_BACKLOG_EVENTS", "0.28"))
CLIENTS = int(os.environ.get("MAILBAN_BACKLOG_CLIENTS", "100000"))
MOST_SECONDS = 600
CONFIG = """\
sources: [{{file: {folder}/mainlog}}]
firewall: {{backend: dry-run}}
state: {{directory: {folder}/m/state}}
control: {{socket: {folder}/m/control.sock, mode: 0600}}
log: {{level: warning}}
"""


def write_log(folder):
    """The log of the last hour; what is in it."""
    mail_load.ADDRESSES, mail_load.FAILURES = 2 * CLIENTS, EVENTS
    log = mail_load.make_logs(folder, 1)[0]
    now = time.time()
    for first in range(0, LINES, 1000):
        stamp = log.stamp(now - 3600 + 3600 * first / LINES)
        log.write("".join(log.line(stamp) for _ in range(1000)))
    return log.written


def numbers(path):
    """The lines "name: number" of a file of /proc."""
    with open(path, encoding="ascii") as file:
        lines = (line.split(":", 1) for line in file)
        return {name: int(rest.split()[0]) for name, rest in lines if rest.split()[:1] and rest.split()[0].isdigit()}


class Reading(Mailban):
    """A daemon that is ready when it has read `lines` of its log."""

    lines = 0

    def await_start(self):
        """Who asks for the status has all written that waits: so only when it seems to have nothing to do."""
        began, used = time.monotonic(), -1.0
        while used < sum(cpu_seconds(self.process.pid)) or \
                sum(source["lines"] for source in self.ask("status")["sources"]) < self.lines:
            if self.process.poll() is not None or time.monotonic() - began > MOST_SECONDS:
                raise AssertionError(f"the log was not read within {MOST_SECONDS} s:\n{self.said()}")
            used = sum(cpu_seconds(self.process.pid))
            time.sleep(0.03)


def main():
    """Writes the log, has it read, tells."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("MAILBAN_BACKLOG_FOLDER")) as folder:
        written = write_log(folder)
        mailban = Reading(f"{folder}/m", "dry-run", [])
        mailban.write_config(CONFIG.format(folder=folder))
        mailban.lines = written["lines"]
        began = time.monotonic()
        with mailban:
            process = f"/proc/{mailban.process.pid}"
            seconds = time.monotonic() - began
            time.sleep(1.5)
            processor = sum(cpu_seconds(mailban.process.pid))
            moved, memory = numbers(f"{process}/io"), numbers(f"{process}/status")
            bans = mailban.ask("status")["bans_made"]
        path = f"{folder}/m/state/mailban.db"
        with sqlite3.connect(path) as base:
            events, = base.execute("SELECT count(*) FROM events").fetchone()
        base.close()
        size = os.path.getsize(path)
        print(f"{written['lines']} lines, {written['bytes'] / 1e6:.0f} MB, read in {seconds:.2f} s, "
              f"{processor:.2f} s of CPU; {events} events stored, {bans} bans made")
        print(f"written: {moved['wchar'] / 1e6:.0f} MB handed over, "
              f"{moved['write_bytes'] / 1e6:.0f} MB to the disk")
        print(f"peak memory {memory['VmHWM'] / 1024:.0f} MB; database {size / 1e6:.1f} MB, "
              f"{size / max(events, 1):.0f} bytes an event")


if __name__ == "__main__":
    main()
