"""The daemon is exchanged and reconfigured; a banned client that never stops knocking never gets in."""

import glob
import resource
import select
import socket
import threading
import time
import unittest

from lab import firewalls, network, web
from lab.story import tell
from lab.daemon import Mailban, append
from lab.shell import wait_until

PORT = web.PORT
BANNED = network.attacker(7)
EVERY = 0.004  # seconds between two knocks
HELD = 0.6     # seconds a knock may be answered in


class Knocker:
    """Opens a connection every few milliseconds, and counts those that somebody accepted."""

    def __init__(self, source):
        self._source = source
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._knock, daemon=True)
        self._began = time.monotonic()
        self.tried = 0
        self.accepted = []  # at which second

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def seconds(self):
        """How long it has been knocking."""
        return time.monotonic() - self._began

    def _knock(self):
        waiting = []
        while not self._stop.wait(EVERY):
            with network.among_clients():
                line = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            line.bind((self._source, 0))
            line.setblocking(False)
            line.connect_ex((network.SERVER, PORT))
            self.tried += 1
            waiting.append((time.monotonic(), line))
            while waiting and waiting[0][0] < time.monotonic() - HELD:
                self._settle(*waiting.pop(0))
        for at, line in waiting:
            self._settle(at, line)

    def _settle(self, at, line):
        watch = select.poll()
        watch.register(line, select.POLLOUT)
        answered = watch.poll(0)
        if answered and line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
            self.accepted.append(round(at - self._began, 3))
        line.close()


class Exchange:
    """What holds for every firewall; mixed into the tests of each."""

    backend = ""

    def test_never_opens_a_gap(self):
        self.enterContext(firewalls.BY_NAME[self.backend]())
        log = f"/srv/{self.backend}.log"
        append(log, "")
        mailban = Mailban(f"/srv/{self.backend}", self.backend, log, on_stop="keep", ports=(PORT,))
        self.addCleanup(mailban.__exit__)
        mailban.start()
        mailban.command("ban", BANNED)
        wait_until(mailban.is_settled, "the ban stands")
        with Knocker(network.attacker(8)) as honest:
            wait_until(lambda: honest.tried >= 20, "an honest client knocks")
        self.assertEqual(len(honest.accepted), honest.tried)

        story = []
        with Knocker(BANNED) as knocker:
            deeds = {"stopped": mailban.stop, "started": mailban.start, "killed": mailban.kill,
                     "started again": mailban.start, "reloaded": lambda: self.reload(mailban, ""),
                     "reloaded with a comment": lambda: self.reload(mailban, "# one\n# two\n"),
                     "reloaded with more ports": lambda: self.reload(mailban, "", ports=(25, PORT)),
                     "reloaded with a rule of its own ports": lambda: self.add_rule(mailban)}
            for what, deed in deeds.items():
                so_far = knocker.tried
                began = knocker.seconds()
                deed()
                wait_until(lambda: knocker.tried > so_far + 100, "it knocks on", 20)
                story.append(f"{what} at {began:.2f} s: {knocker.tried - so_far} knocks")
        accepted = knocker.accepted
        print(f"{self.backend}: {knocker.tried} knocks, accepted {len(accepted)}; "
              f"{'; '.join(story)}", flush=True)
        self.assertFalse(accepted, f"first at {accepted[:1]} s, last at {accepted[-1:]} s")
        self.assertEqual(mailban.banned(), [f"{BANNED}/32"])
        self.assert_leaves_nothing_behind()

    def assert_leaves_nothing_behind(self):
        """What a firewall keeps for good names nobody."""

    def add_rule(self, mailban):
        """Another rule with a set of ports that the firewall does not know yet."""
        with open(mailban.config, encoding="utf-8") as file:
            text = file.read()
        rule = ("rules:\n  - {name: readers, on: auth_failure, by: ip, limit: 50, within: 1d, "
                f"ban: 1h, ports: [{PORT}, 2525]}}\n")
        mailban.write_config(text.replace("rules:\n", rule))
        self.put_in_force(mailban)

    def reload(self, mailban, comment, ports=(PORT,)):
        """Another text, perhaps with other ports, put in force."""
        with open(mailban.config, encoding="utf-8") as file:
            text = file.read()
        listed = ", ".join(map(str, ports))
        mailban.write_config(comment + text.replace(f"ports: [{PORT}]", f"ports: [{listed}]"))
        self.put_in_force(mailban)

    def put_in_force(self, mailban):
        """Reloads, and waits until the firewall has it."""
        done = mailban.command("reload")
        self.assertEqual(done.returncode, 0, done.stderr)
        wait_until(mailban.is_settled, "the reload is in force", 20)


def made_for(name):
    """The tests for one firewall."""
    return type(name.capitalize(), (Exchange, unittest.TestCase), {"backend": name})


Nftables, Ufw = (made_for(name) for name in ("nftables", "ufw"))


class Firewalld(Exchange, unittest.TestCase):
    backend = "firewalld"

    def assert_leaves_nothing_behind(self):
        """A ban that is permanent would come back after its end, with firewalld's next reload."""
        for file in glob.glob("/etc/firewalld/ipsets/mailban*.xml"):
            with open(file, encoding="utf-8") as text:
                self.assertNotIn("<entry", text.read(), file)


def setUpModule():
    """One cable and one service for all."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
    network.connect_hosts()
    unittest.enterModuleContext(web.OtherService())


if __name__ == "__main__":
    tell()
