"""How soon a banned client is shut out again, whatever somebody did to the firewall.

    FIREWALL_PROBE=build/dev/tests/firewall/firewall_probe tests/bench/convergence.py [--trials 10] [FIREWALL...]

An enforcer keeps one client out; each deed takes the ban out of the kernel. The clock runs from the end
of the deed's last command to a new connection that nobody answers while a neighbour's is answered;
each try waits 0.2 s for an answer, which is part of the figure. Runs in the tests' throw-away machine, so it needs root.
"""

import argparse
import os
import statistics
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [os.path.join(HERE, "../e2e"), os.path.join(HERE, "../firewall")]

from lab import client, firewalls, machine, network  # noqa: E402
from lab.shell import outcome, run, start, stop, wait_until  # noqa: E402
import real_firewall  # noqa: E402

BANNED = network.attacker(7)
NEIGHBOUR = network.attacker(8)
PORTS = ",".join(map(str, real_firewall.PORTS))
_RULE = ("deny", "proto", "tcp", "from", BANNED, "to", "any", "port", PORTS)
_ALLOW = [("ufw", "allow", f"{port}/tcp") for port in (25, 465, 8080)]

# What somebody does, by firewall; the seconds that the ban may take to be back.
DEEDS = {
    "nftables": (2, [[("nft", "flush", "ruleset")],
                     [("nft", "delete", "table", "inet", "mailban")],
                     [("nft", "delete", "element", "inet", "mailban", "banned4", "{", BANNED, "}")],
                     [("nft", "flush", "chain", "inet", "mailban", "verdict")]]),
    "firewalld": (2, [[("firewall-cmd", "--reload")],
                      [("firewall-cmd", "--complete-reload")],
                      [("firewall-cmd", "--ipset=mailban4", f"--remove-entry={BANNED}")],
                      [("nft", "delete", "element", "inet", "firewalld", "mailban4", "{", BANNED, "}")],
                      [("nft", "flush", "ruleset")],
                      "restart"]),
    "ufw": (5, [[("ufw", "reload")],
                [("ufw", "--force", "disable"), ("ufw", "--force", "enable")],
                [("ufw", "--force", "reset"), *_ALLOW, ("ufw", "--force", "enable")],
                [("ufw", "--force", "delete", *_RULE)],
                [("iptables", "-F", "ufw-user-input")],
                [("nft", "flush", "ruleset")]]),
}


def is_out():
    """Whether the banned client gets no answer and its neighbour does.

    The neighbour counts because a firewall that is being reloaded answers nobody.
    """
    port = real_firewall.PORTS[0]
    return client.gets_no_answer(BANNED, port, 0.2) and not client.gets_no_answer(NEIGHBOUR, port, 0.2)


def back_since(began, seconds=15):
    """When the ban was back, in seconds after `began`: two tries in a row must say so."""
    end = began + seconds
    while time.monotonic() < end:
        if is_out():
            taken = time.monotonic() - began
            if is_out():
                return taken
    raise AssertionError(f"the banned client is not shut out again within {seconds} s")


def wait_for_rest(name):
    """Until the firewall has been as it should be for a while: no mending is under way."""
    quiet = 0
    end = time.monotonic() + 60
    while quiet < 4:
        if time.monotonic() > end:
            raise AssertionError("the ban does not stand for good within 60 s")
        listed = outcome(os.environ["FIREWALL_PROBE"], "--ports", PORTS, name, "list")
        well = listed.returncode == 0 and BANNED in listed.stdout and is_out()
        quiet = quiet + 1 if well else 0


def trial(name, firewall, deed):
    """Seconds until the ban is back."""
    wait_for_rest(name)
    if deed == "restart":
        firewall.restart()
    else:
        for command in deed:
            run(*command)
    return back_since(time.monotonic())


def measure(name, trials):
    """All deeds of one firewall; whether each median is within what is allowed."""
    most, deeds = DEEDS[name]
    well = True
    with firewalls.BY_NAME[name]() as firewall:
        run(os.environ["FIREWALL_PROBE"], "--ports", PORTS, name, "prepare")
        keeper = start(os.environ["FIREWALL_PROBE"], "--ports", PORTS, name, "keep", "3000", BANNED,
                       log=f"/srv/{name}.log")
        wait_until(is_out, "the ban stands", 20)
        for deed in deeds:
            taken = [trial(name, firewall, deed) for _ in range(trials)]
            what = deed if deed == "restart" else " ".join(deed[-1])
            print(f"{name}: {what:<70} median {statistics.median(taken):5.2f} s   longest "
                  f"{max(taken):5.2f} s   of {trials}   load {os.getloadavg()[0]:.1f}", flush=True)
            well &= statistics.median(taken) <= most
        stop(keeper)
    return well


def main():
    """Measures the firewalls asked for; exit code 1 when one is too slow."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=10, choices=range(1, 51), metavar="1-50")
    parser.add_argument("firewall", nargs="*", default=list(DEEDS))
    chosen = parser.parse_args()
    if not os.access(os.environ.get("FIREWALL_PROBE", ""), os.X_OK):
        sys.exit("FIREWALL_PROBE must name the program firewall_probe")
    os.environ["FIREWALL_PROBE"] = os.path.realpath(os.environ["FIREWALL_PROBE"])
    os.environ["MAILBAN"] = os.environ["FIREWALL_PROBE"]  # the machine shares its folder
    machine.enter()
    network.connect_hosts(count=30)
    real_firewall.Listeners().start()
    return 0 if all([measure(one, chosen.trials) for one in chosen.firewall]) else 1


if __name__ == "__main__":
    sys.exit(main())
