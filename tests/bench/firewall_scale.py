"""How the firewall keeps up with many: bans at start, in one second, one more, and their ends.

    MAILBAN=build/release/mailban python3 tests/bench/firewall_scale.py [--rounds 3] [--check] [WHAT...]

Runs the real daemon on each real firewall, in the tests' throw-away machine, so it needs root. Each
figure is the least and the median of its rounds; the load of the machine is printed with it.

    start        100,000 bans of an earlier run; nftables emptied meanwhile: from the program's start to
                 all of them in the kernel, beside `nft -f` of the same elements; and with nftables as it was;
                 and one more ban on top of them: from its line to the kernel
    burst        10,000 offenders in one second, from the last of their lines to all bans in the firewall
    burst-ufw    200 offenders, 20 at once, by turns with 200 bare `ufw prepend deny`
    end          1,000 bans of the same second: from their end to the last one gone
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../e2e"))

from kernel_watch import KernelWatch
from lab import daemon, firewalls, machine
from lab.daemon import Mailban, append, failure
from lab.shell import run, wait_until

MANY = 100_000
CROWD = 10_000
BAN_SECONDS = 15


def address(number):
    """One of some million IPv4 addresses."""
    return f"11.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def show(what, seconds, most=None):
    """Prints one figure; whether it is within what is allowed."""
    load = os.getloadavg()[0]
    least, median = min(seconds), statistics.median(seconds)
    allowed = f"   allowed {most:.3f} s" if most is not None else ""
    print(f"{what:<66} least {least * 1000:8.1f} ms   median {median * 1000:8.1f} ms   of {len(seconds)}   "
          f"load {load:.1f}{allowed}", flush=True)
    return most is None or median <= most


def settle(mailban, count, seconds=120):
    """Waits until so many bans stand, and the monotonic time at which they did."""
    def stands():
        firewall = mailban.ask("status")["firewall"]
        return firewall["pending"] == 0 and firewall["enforced_bans"] == count and firewall["state"] == "ok"
    wait_until(stands, f"{count} bans stand", seconds, every=0.005)
    return time.monotonic()


def new_mailban(name, backend, **settings):
    """A daemon that bans at the first wrong password, on an empty log."""
    log = f"/srv/{name}.log"
    append(log, "")
    return Mailban(f"/srv/{name}", backend, log, limit=1, on_stop="keep", **settings)


def lines(first, count):
    """Wrong passwords of so many addresses."""
    return "".join(failure(address(number)) for number in range(first, first + count))


def start(rounds):
    """100,000 bans at start."""
    with firewalls.Nftables():
        mailban = new_mailban("start", "nftables", ban="1d")
        mailban.start()
        append(mailban.log, lines(0, MANY))
        settle(mailban, MANY)
        empty, standing = [], []
        for _ in range(rounds):
            mailban.stop()
            run("nft", "delete", "table", "inet", "mailban")
            began = time.monotonic()
            mailban.start()
            empty.append(settle(mailban, MANY) - began)
            mailban.stop()
            began = time.monotonic()
            mailban.start()
            standing.append(settle(mailban, MANY) - began)
        well = more(mailban, rounds)
        mailban.stop()
        run("nft", "delete", "table", "inet", "mailban")
        script = "/srv/elements.nft"
        with open(script, "w", encoding="ascii") as file:
            file.write("add table inet bare\nadd set inet bare s { type ipv4_addr; flags timeout; }\n")
            file.write("add element inet bare s { " + ", ".join(
                f"{address(number)} timeout 3600s" for number in range(MANY)) + " }\n")
        bare = []
        for _ in range(rounds):
            began = time.monotonic()
            run("nft", "-f", script)
            bare.append(time.monotonic() - began)
            run("nft", "delete", "table", "inet", "bare")
    show("nft -f of 100,000 elements", bare)
    well &= show("nftables: 100,000 bans, kernel emptied -> all in the kernel", empty, 1)
    return show("nftables: 100,000 bans, kernel as it was -> all confirmed", standing, 1) and well


def more(mailban, rounds):
    """One more ban at 100,000."""
    watch = KernelWatch()
    taken = []
    for number in range(rounds * 10):
        one = address(MANY + number)
        watch.forget()
        began = time.monotonic_ns()
        append(mailban.log, failure(one))
        taken.append((watch.wait_for(one, 10) - began) / 1e9)
        settle(mailban, MANY + number + 1)
    return show("nftables: one more at 100,000, line -> kernel", taken, 0.002)


def burst(rounds):
    """10,000 offenders within one second."""
    well = True
    for backend, most in (("nftables", 1), ("firewalld", 3)):
        with firewalls.BY_NAME[backend]():
            taken = []
            for number in range(rounds):
                with new_mailban(f"burst-{backend}-{number}", backend) as mailban:
                    part = CROWD // 20
                    begin = time.monotonic()
                    for tenth in range(20):
                        append(mailban.log, lines(tenth * part, part))
                        time.sleep(max(0, begin + (tenth + 1) * 0.05 - time.monotonic()))
                    began = time.monotonic()
                    taken.append(settle(mailban, CROWD) - began)
                    mailban.command("firewall", "remove", "--config", mailban.config)
            well &= show(f"{backend}: 10,000 offenders in one second -> all in the firewall", taken,
                         most)
    return well


def burst_ufw(_rounds):
    """200 offenders and 200 by hand, by turns of 20, so that both meet the same load and rules."""
    turn = 20
    ours = bare = 0
    with firewalls.Ufw():
        with new_mailban("burst-ufw", "ufw") as mailban:
            for first in range(0, 200, turn):
                began = time.monotonic()
                append(mailban.log, lines(first, turn))
                settled = settle(mailban, first + turn, 300)
                ours += settled - began
                began = time.monotonic()
                for number in range(first, first + turn):
                    run("ufw", "prepend", "deny", "proto", "tcp", "from", address(MANY + number),
                        "to", "any", "port", ",".join(map(str, daemon.PORTS)), "comment", "by hand")
                bare += time.monotonic() - began
    show("ufw: 200 bare commands", [bare])
    return show("ufw: 200 offenders, 20 at once -> all in the firewall", [ours], 1.1 * bare)


def end(rounds):
    """1,000 bans that end in the same second."""
    well = True
    for backend in ("nftables", "firewalld"):
        with firewalls.BY_NAME[backend]():
            taken = []
            for number in range(rounds):
                with new_mailban(f"end-{backend}-{number}", backend, ban=f"{BAN_SECONDS}s") as mailban:
                    append(mailban.log, lines(0, 1000))
                    settle(mailban, 1000)
                    due = max(one["until"] for one in mailban.ask("bans"))
                    wait_until(lambda: held_by_kernel(backend) == 0, "the last ban is gone",
                               BAN_SECONDS + 10, every=0.005)
                    taken.append(time.time() - timestamp(due))
            well &= show(f"{backend}: 1,000 bans' common end -> the last one gone", taken, 1)
    return well


def held_by_kernel(backend):
    """How many of our bans the kernel holds; 1,000 take nft some 20 ms to list."""
    table, name = ("mailban", "banned4") if backend == "nftables" else ("firewalld", "mailban4")
    return run("nft", "list", "set", "inet", table, name).count("11.")


def timestamp(text):
    """RFC 3339 in UTC as seconds."""
    done = subprocess.run(["date", "-u", "-d", text, "+%s.%N"], capture_output=True, text=True,
                          check=True)
    return float(done.stdout)


PARTS = {"start": start, "burst": burst, "burst-ufw": burst_ufw, "end": end}


def main():
    """Measures what is asked for; with --check, exit code 1 when something is too slow."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, choices=range(1, 51), metavar="1-50")
    parser.add_argument("--check", action="store_true", help="fail when slower than promised")
    parser.add_argument("what", nargs="*", default=list(PARTS))
    chosen = parser.parse_args()
    if not os.access(daemon.PROGRAM, os.X_OK):
        sys.exit(f"MAILBAN must name the program to measure; it is '{daemon.PROGRAM}'")
    machine.enter()
    well = [PARTS[one](chosen.rounds) for one in chosen.what]
    return 1 if chosen.check and not all(well) else 0


if __name__ == "__main__":
    sys.exit(main())
