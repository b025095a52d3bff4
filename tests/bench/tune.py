#!/usr/bin/env python3
"""What `mailban tune` costs beside `mailban scan` and `mailban replay` of the same log.

    MAILBAN=build/release/mailban python3 -B tests/bench/tune.py

    MAILBAN_TUNE_EVENTS   lines of Exim's, each of them an event (1000000)
    MAILBAN_TUNE_ROUNDS   each command runs so often (1)
    MAILBAN_TUNE_FOLDER   where to write; a temporary folder otherwise

The log is of two weeks: 20,000 addresses guess, some much more often than others, and 2,000 customers log in, of whom
each twentieth time one has mistyped the password. Told: medians of the seconds by the clock, of the processor time and of
the most memory that was resident. The rules are the shipped ones.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

import mail_load
from old_logs import BEGIN, SEED

EVENTS = int(os.environ.get("MAILBAN_TUNE_EVENTS", "1000000"))
ROUNDS = int(os.environ.get("MAILBAN_TUNE_ROUNDS", "1"))
MAILBAN = os.path.abspath(os.environ.get("MAILBAN", "build/release/mailban"))
SPAN = 14 * 24 * 3600
GUESSERS = 20_000
CUSTOMERS = 2_000
LOGINS = 0.10
MISTYPED = 0.05  # of the logins


def write_log(path):
    """The log, as Exim writes it."""
    choose = random.Random(SEED)
    clients = mail_load.addresses(choose, GUESSERS)
    choose.shuffle(clients)
    customers = mail_load.addresses(choose, CUSTOMERS)
    log = mail_load.Log(path, "exim", clients, customers, SEED)
    for number in range(EVENTS):
        stamp = log.stamp(BEGIN - SPAN + SPAN * number / EVENTS)
        if choose.random() >= LOGINS:
            which = min(int(choose.paretovariate(0.6)) - 1, GUESSERS - 1)
            log.write(log.fail(which, stamp))
        else:
            who = choose.randrange(CUSTOMERS)
            form = mail_load.EXIM_FAILURE if choose.random() < MISTYPED else mail_load.EXIM_LOGIN
            log.write(log.fill(form, stamp, customers[who], f"customer{who}@example.com"))
    log.file.close()


def measure(argv):
    """Seconds by the clock, of processors, and megabytes, of a whole process."""
    began = time.monotonic()
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{argv[1]} ended with {process.returncode}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    """Writes the log, runs the commands by turns, prints."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    with tempfile.TemporaryDirectory(dir=os.environ.get("MAILBAN_TUNE_FOLDER")) as folder:
        path = os.path.join(folder, "mainlog")
        write_log(path)
        print(f"{EVENTS:,} events, {os.path.getsize(path) / 1e6:,.0f} MB, load {os.getloadavg()[0]:.1f}")
        commands = {name: [MAILBAN, name, "--json", path] for name in ("scan", "replay", "tune")}
        measured = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, argv in commands.items():
                measured[name].append(measure(argv))
        print(f"{'':8}{'s':>9}{'CPU s':>9}{'MB':>7}  CPU, of scan's")
        medians = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in measured.items()}
        for name, (seconds, processor, memory) in medians.items():
            print(f"{name:8}{seconds:9.2f}{processor:9.2f}{memory:7.0f}{processor / medians['scan'][1]:8.1f} times")


if __name__ == "__main__":
    main()
