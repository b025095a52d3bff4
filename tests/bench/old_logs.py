#!/usr/bin/env python3
"""Writes old logs for benchmarks: the same bytes for the same arguments, whatever the machine.

    old_logs.py FOLDER LINES   writes exim.log, postfix.log, dovecot.log and mixed.log, of so many lines each

The forms are mail_load's: a tenth of the lines are wrong passwords, one in a hundred is a login. mixed.log has
Postfix's and Dovecot's lines by turns, as a syslog daemon writes them. There is one address for each hundred lines.
"""

import os
import random
import sys
import time

import mail_load

SEED = 20261129
BEGIN = 1_795_471_200.0  # 2026-11-23 22:00:00 UTC
LINES_A_SECOND = 30
LOGS = {"exim": ("exim",), "postfix": ("postfix",), "dovecot": ("dovecot",), "mixed": ("postfix", "dovecot")}


def write_log(path, servers, lines):
    """`lines` lines of these servers, which take turns."""
    choose = random.Random(SEED)
    clients = mail_load.addresses(choose, max(200, lines // 100))
    choose.shuffle(clients)
    customers = mail_load.addresses(choose, 200)
    if os.path.exists(path):
        os.remove(path)
    logs = [mail_load.Log(path, server, clients, customers, SEED + number) for number, server in enumerate(servers)]
    for first in range(0, lines, LINES_A_SECOND):
        text = []
        for line in range(first, min(first + LINES_A_SECOND, lines)):
            log = logs[line % len(logs)]
            text.append(log.line(log.stamp(BEGIN + first / LINES_A_SECOND)))
        logs[0].write("".join(text))
    for log in logs:
        log.file.close()


def write_logs(folder, lines):
    """The paths by the log's kind."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    paths = {}
    for kind, servers in LOGS.items():
        paths[kind] = os.path.join(folder, kind + ".log")
        write_log(paths[kind], servers, lines)
    return paths


if __name__ == "__main__":
    write_logs(sys.argv[1], int(sys.argv[2]))
