"""A story's end: every attempt that was made is counted, once, in whatever order the logs are read."""

import itertools
import os
import unittest

from . import guessing, network
from .daemon import Mailban, append, failure
from .shell import wait_until

# Far above what any client makes: nobody is to be banned.
LIMIT = 1000


class Counting(unittest.TestCase):
    """Has clients guess at real servers while mailban follows the servers' logs."""

    # Of the network's addresses, those that end a log for mailban and are no client's.
    _enders = [network.customer(number) for number in range(1, 10)]

    @classmethod
    def setUpClass(cls):
        network.connect_hosts(count=120)

    def assert_counts(self, servers, doors, logs):
        """Every client is counted as often as it failed: live, and when the logs are read anew.

        `servers` is entered, and left when all clients have gone, so that the logs are complete.
        """
        for log in logs:
            os.makedirs(os.path.dirname(log), exist_ok=True)
            with open(log, "w", encoding="ascii"):
                pass
        folder = f"/srv/{self.id().rsplit('.', 1)[-1]}"
        clients = guessing.clients_of(doors)
        with Mailban(folder, "dry-run", logs, limit=LIMIT) as mailban:
            try:
                with servers:
                    guessing.guess_all(clients)
            except AssertionError as kept:
                raise AssertionError(f"{kept}\n{complaints(logs)}") from kept
            for ender, log in zip(self._enders, logs):
                self.finish(mailban, ender, log)
            live = [counted(mailban, client.source) for client in clients]
            self.assertEqual(mailban.banned(), [])
        self.print_table(clients, live)
        wrong = [told(client, count, "live") + lines_of(client, logs)
                 for client, count in zip(clients, live) if not client.is_right(count)]
        for order in itertools.permutations(logs):
            wrong += self.retell(folder, clients, order)
        if wrong:
            self.fail("\n".join(wrong))

    def finish(self, mailban, ender, log):
        """Writes a last line and waits until mailban has read it, and so all before it."""
        append(log, failure(ender))
        wait_until(lambda: counted(mailban, ender) == 1, f"mailban has read {log} to its end", 15)

    def retell(self, folder, clients, order):
        """Each log in one piece, one after the other; what was counted wrong."""
        name = "-".join(os.path.basename(log) for log in order)
        copies = [f"{folder}/{name}-{number}.log" for number in range(len(order))]
        for copy in copies:
            append(copy, "")
        with Mailban(f"{folder}/{name}", "dry-run", copies, limit=LIMIT) as mailban:
            for log, copy in zip(order, copies):
                with open(log, encoding="utf-8", errors="surrogateescape") as text:
                    told_before = text.read()
                with open(copy, "a", encoding="utf-8", errors="surrogateescape") as again:
                    again.write(told_before)
                ender = self._enders[copies.index(copy) + len(order)]
                self.finish(mailban, ender, copy)
            return [told(client, count, name) for client in clients
                    if not client.is_right(count := counted(mailban, client.source))]

    def print_table(self, clients, counts):
        """One line a door and way."""
        print(f"\n{'server':<34}{'way':<28}{'made':>10}{'counted':>10}")
        rows = {}
        for client, count in zip(clients, counts):
            row = rows.setdefault((client.door.name, client.way.__name__), [[], []])
            row[0].append(client.made)
            row[1].append(count)
        for (door, way), (made, count) in rows.items():
            print(f"{door:<34}{way.replace('_', ' '):<28}{'+'.join(map(str, made)):>10}"
                  f"{'+'.join(map(str, count)):>10}")


def counted(mailban, address):
    """How many wrong attempts of an address mailban has counted."""
    return sum(one["counted"] for one in mailban.ask("show", address)["evidence"]
               if one["kind"] == "auth_failure")


def told(client, count, reading):
    """What is wrong, for people."""
    return (f"{client.door.name}, {client.way.__name__}, {client.source}: {client.made} attempts made, "
            f"{count} counted ({reading})")


def complaints(logs):
    """What the servers say of themselves, when clients could not make their attempts."""
    lines = []
    for log in logs:
        with open(log, encoding="utf-8", errors="backslashreplace") as text:
            lines += [line.rstrip() for line in text
                      if not any(place in line for place in ("198.51.100.", "2001:db8:a:"))]
    return "\n".join(["what the logs say of no client:", *lines[-30:]])


def lines_of(client, logs):
    """What the logs say of a client, for who has to find out why."""
    lines = [""]
    for log in logs:
        with open(log, encoding="utf-8", errors="backslashreplace") as text:
            lines += [f"    {line.rstrip()}" for line in text if client.source in line]
    return "\n".join(lines)
