"""A thousand addresses cross the limit in the same second."""

import re
import time
import unittest

from lab import firewalls, network, story
from lab.daemon import Mailban, append, failure
from lab.shell import run, wait_until

# No two of one /24 or /48: bans of neighbours would be merged.
ADDRESSES = [f"198.18.{number}.7" for number in range(1, 251)] + \
            [f"2001:db8:{number:x}:a::25" for number in range(1, 751)]
LIMIT = 5


def memory(pid):
    """What the kernel says of a process's memory now and at most, in MiB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        text = status.read()
    return [int(re.search(rf"{name}:\s+(\d+) kB", text)[1]) / 1024 for name in ("VmRSS", "VmHWM")]


class AThousandAttackers(unittest.TestCase):

    def test_are_all_banned_and_none_twice(self):
        network.connect_hosts(count=1)
        self.enterContext(firewalls.Nftables())
        log = "/srv/many.log"
        append(log, "")
        mailban = self.enterContext(Mailban("/srv/many", "nftables", log, limit=LIMIT))
        idle, _ = memory(mailban.process.pid)
        now = time.time()
        lines = "".join(failure(one, at=now) for _ in range(LIMIT) for one in ADDRESSES)
        began = time.monotonic()
        append(log, lines)
        wait_until(lambda: self.held_by_kernel() == len(ADDRESSES), "the kernel holds every ban", 60)
        took = time.monotonic() - began
        wait_until(mailban.is_settled, "the daemon knows of it")
        resident, highest = memory(mailban.process.pid)
        print(f"{len(ADDRESSES)} bans in the kernel {took:.2f} s after their lines were written; memory "
              f"{idle:.1f} MiB before, {resident:.1f} MiB after, at most {highest:.1f} MiB")
        status = mailban.ask("status")
        self.assertEqual(status["bans_made"], len(ADDRESSES))
        banned = mailban.banned()
        self.assertEqual(len(banned), len(ADDRESSES))
        self.assertEqual(len(set(banned)), len(ADDRESSES))
        self.assertLess(took, 5)
        self.assertLess(highest, 100)

    @staticmethod
    def held_by_kernel():
        """How many elements mailban's sets hold."""
        return run("nft", "list", "table", "inet", "mailban").count("expires")


if __name__ == "__main__":
    story.tell()
