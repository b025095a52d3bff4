#!/usr/bin/env python3
"""How long `mailban scan` takes beside the tools that people search logs with: all in one run, as ratios.

    MAILBAN=build/release/mailban python3 -B tests/bench/scan_speed.py

    MAILBAN_SCAN_LINES    lines of each log (1000000)
    MAILBAN_SCAN_ROUNDS   each tool runs so often, by turns; the table has the medians (5)
    MAILBAN_SCAN_FOLDER   where to write; a temporary folder otherwise

Whole processes with a warm cache, their output thrown away. Tools that are not installed, or fail, are left out.
fail2ban-regex reads the first 50,000 lines; its time is that of as many lines as the others read. The logs are
old_logs.py's. Seconds mean little where something else runs: the load is printed, too.
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import old_logs

LINES = int(os.environ.get("MAILBAN_SCAN_LINES", "1000000"))
ROUNDS = int(os.environ.get("MAILBAN_SCAN_ROUNDS", "5"))
SLOW_LINES = 50_000
# What every failure of the log holds, the client in it, and fail2ban's filter.
WORDS = {"exim": ("535 ", r"\[[0-9a-f.:]*\]:[0-9]* I=", "exim"),
         "postfix": ("SASL LOGIN", r"\[[0-9a-f.:]*\]: SASL", "postfix[mode=auth]"),
         "dovecot": ("auth failed", r"rip=[0-9a-f.:]*", "dovecot")}


def first_lines(path, count):
    """A file of the first lines of another one."""
    short = path + ".head"
    with open(path, "rb") as log, open(short, "wb") as head:
        for _ in range(count):
            head.write(log.readline())
    return short


def tools(kind, path):
    """(name, argument vector, share of the lines that it reads)."""
    mailban = os.path.abspath(os.environ.get("MAILBAN", "build/release/mailban"))
    listed = [("mailban scan --json", [mailban, "scan", "--json", path], 1), ("wc -l", ["wc", "-l", path], 1)]
    if kind not in WORDS:
        return listed
    word, client, fail2ban = WORDS[kind]
    pipeline = f"grep -F '{word}' '{path}' | grep -oE '{client}' | sort | uniq -c | sort -rn | head"
    listed += [("grep -c -F", ["grep", "-c", "-F", word, path], 1),
               ("rg -c -F", ["rg", "-c", "-F", word, path], 1),
               ("grep | grep -o | sort | uniq", ["sh", "-c", pipeline], 1)]
    if shutil.which("fail2ban-regex"):
        few = min(SLOW_LINES, LINES)
        listed.append(("fail2ban-regex", ["fail2ban-regex", first_lines(path, few), fail2ban], few / LINES))
    if shutil.which("sshg-parser"):
        listed.append(("sshg-parser", ["sh", "-c", f"sshg-parser < '{path}'"], 1))
    return [tool for tool in listed if shutil.which(tool[1][0])]


def measure(argv):
    """Seconds by the clock and of processors, for one whole process with its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    # Into a pipe: GNU grep stops at the first match where its output goes to /dev/null.
    subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
                   env={**os.environ, "LC_ALL": "C", "TZ": "UTC"})
    seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(kind, path):
    """Prints one table."""
    listed = tools(kind, path)
    measured = {name: [] for name, _, _ in listed}
    for turn in range(ROUNDS + 1):
        for name, argv, share in listed:
            if share < 1 and turn > 1 or measured[name] is None:
                continue
            try:
                seconds = [value / share for value in measure(argv)]
            except subprocess.CalledProcessError as failure:
                print(f"{name} is left out: exit code {failure.returncode}")
                measured[name] = None
                continue
            if turn > 0 or share < 1:  # the first turn warms the cache
                measured[name].append(seconds)
    medians = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in measured.items() if rows}
    scan = medians["mailban scan --json"]
    size = os.path.getsize(path)
    print(f"\n{kind}: {LINES} lines, {size / 1e6:.0f} MB; load {os.getloadavg()[0]:.1f}")
    print(f"  {'':30} {'seconds':>8} {'CPU':>8} {'scan takes':>11} {'of its CPU':>11}")
    for name, (seconds, cpu) in medians.items():
        print(f"  {name:30} {seconds:8.3f} {cpu:8.3f} {scan[0] / seconds:10.2f}x {scan[1] / max(cpu, 1e-3):10.2f}x")


def main():
    """All logs."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("MAILBAN_SCAN_FOLDER")) as folder:
        for kind, path in old_logs.write_logs(folder, LINES).items():
            compare(kind, path)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
