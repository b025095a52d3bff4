"""Runs a command inside the throw-away machine, with a firewall running there if wanted.

    lab_run.py [--firewall nftables|firewalld|ufw] [--hosts] [--exim] -- COMMAND [ARGUMENT...]

Its exit code is the command's; 77 when not run as root. With --hosts there is a network of clients
(namespace `clients`), with --exim a mail server too. Whatever the command does to the machine, its
firewall and network is gone when it ends.
"""

import argparse
import contextlib
import subprocess
import sys

from lab import exim, firewalls, machine, network


def arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--firewall", choices=sorted(firewalls.BY_NAME))
    parser.add_argument("--hosts", action="store_true", help="lay a network of clients")
    parser.add_argument("--exim", action="store_true", help="run a mail server")
    parser.add_argument("--timeout", type=int, default=600, metavar="SECONDS")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def main():
    """Sets the machine up, runs the command there and passes on its exit code."""
    chosen = arguments()
    machine.enter()
    with contextlib.ExitStack() as running:
        if chosen.hosts or chosen.exim:
            network.connect_hosts()
        if chosen.firewall:
            running.enter_context(firewalls.BY_NAME[chosen.firewall]())
        if chosen.exim:
            running.enter_context(exim.Exim())
        return subprocess.run(chosen.command, timeout=chosen.timeout, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
