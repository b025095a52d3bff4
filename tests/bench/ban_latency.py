"""How long from the line that trips a rule, written to the log, to the ban standing in the kernel.

    MAILBAN=build/release/mailban python3 tests/bench/ban_latency.py [--trials 50] [--load 20000] [--check] [FIREWALL...]

Runs the real daemon on a real log and each real firewall, in the tests' throw-away machine, so it
needs root. The clock starts just before write() of the line and stops at the kernel's own report of
the change. With --load, so many other lines a second are written to the same log, a tenth of them wrong
passwords of 200,000 addresses. For ufw every trial is paired with the bare `ufw prepend deny` command for another address.
"""

import argparse
import contextlib
import multiprocessing
import os
import random
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../e2e"))

import mail_load
from kernel_watch import KernelWatch
from lab import daemon, firewalls, machine
from lab.daemon import Mailban, append, failure
from lab.shell import start, wait_until

LIMIT = 5
# Most that is allowed: median and p99 in ms; for ufw the factor over the bare command.
ALLOWED = {"nftables": (5, 20), "firewalld": (30, None)}
ALLOWED_FACTOR = 1.3


def write_lines(path, rate):
    """Goes on until it is ended."""
    clients = mail_load.addresses(random.Random(1), mail_load.ADDRESSES)
    log = mail_load.Log(path, "exim", clients, clients[:mail_load.CUSTOMERS], 1)
    began, written = time.monotonic(), 0
    while True:
        due = int((time.monotonic() - began) * rate)
        log.write_lines(due - written)
        written = due
        time.sleep(1 / mail_load.TICKS)


@contextlib.contextmanager
def load(path, rate):
    """Other lines in the log meanwhile."""
    if rate == 0:
        yield
        return
    writer = multiprocessing.Process(target=write_lines, args=(path, rate), daemon=True)
    size = os.path.getsize(path)
    writer.start()
    wait_until(lambda: os.path.getsize(path) > size, "lines are written", 60)
    try:
        yield
    finally:
        writer.terminate()
        writer.join()


def figures(milliseconds):
    """Median, p99 by nearest rank, and the longest."""
    ordered = sorted(milliseconds)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def show(what, milliseconds):
    """Prints one line of results and returns its median and p99."""
    median, p99 = figures(milliseconds)
    print(f"{what:<44} median {median:8.2f} ms   p99 {p99:8.2f} ms   of {len(milliseconds)}", flush=True)
    return median, p99


def trial(mailban, watch, address):
    """Milliseconds from write() of the tripping line to the ban in the kernel."""
    append(mailban.log, failure(address) * (LIMIT - 1))
    wait_until(lambda: len(mailban.ask("show", address)["evidence"]) == LIMIT - 1,
               "the lines before the last are read")
    last = failure(address).encode()
    log = os.open(mailban.log, os.O_WRONLY | os.O_APPEND)
    watch.forget()
    began = time.monotonic_ns()
    os.write(log, last)
    stands = watch.wait_for(address, 20)
    os.close(log)
    wait_until(mailban.is_settled, "the firewall is at rest", 20)
    return (stands - began) / 1e6


def bare_ufw(watch, address):
    """The same ban by hand: milliseconds until it stands in the kernel, and until ufw has ended."""
    watch.forget()
    began = time.monotonic_ns()
    command = start("ufw", "prepend", "deny", "proto", "tcp", "from", address, "to", "any",
                    "port", ",".join(map(str, daemon.PORTS)), log="/dev/null")
    stands = watch.wait_for(address, 20)
    command.wait(20)
    return (stands - began) / 1e6, (time.monotonic_ns() - began) / 1e6


def measure(firewall, trials, rate):
    """All trials of one firewall; returns whether they are within what is allowed."""
    log = f"/srv/{firewall}.log"
    append(log, "")
    with firewalls.BY_NAME[firewall](), Mailban(f"/srv/{firewall}", firewall, log) as mailban:
        watch = KernelWatch()
        ours, bare = [], []
        with load(log, rate):
            for number in range(1, trials + 1):
                if firewall == "ufw":
                    bare.append(bare_ufw(watch, f"203.0.113.{number}"))
                ours.append(trial(mailban, watch, f"198.51.100.{number}"))
    median, p99 = show(f"{firewall}: line written -> ban in the kernel", ours)
    if firewall != "ufw":
        most, most_p99 = ALLOWED[firewall]
        return median <= most and (most_p99 is None or p99 <= most_p99)
    show("ufw prepend deny, by hand -> in the kernel", [one for one, _ in bare])
    command, _ = show("ufw prepend deny, by hand -> command ended", [one for _, one in bare])
    print(f"{'ufw: factor over the bare command':<44} {median / command:.2f}")
    return median <= ALLOWED_FACTOR * command


def main():
    """Measures the firewalls asked for; with --check, exit code 1 when one is too slow."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=50, choices=range(1, 251), metavar="1-250")
    parser.add_argument("--load", type=int, default=0, metavar="LINES", help="other lines a second")
    parser.add_argument("--check", action="store_true", help="fail when slower than promised")
    parser.add_argument("firewall", nargs="*", default=list(firewalls.BY_NAME))
    chosen = parser.parse_args()
    if not os.access(daemon.PROGRAM, os.X_OK):
        sys.exit(f"MAILBAN must name the program to measure; it is '{daemon.PROGRAM}'")
    machine.enter()
    well = [measure(one, chosen.trials, chosen.load) for one in chosen.firewall]
    return 1 if chosen.check and not all(well) else 0


if __name__ == "__main__":
    sys.exit(main())
