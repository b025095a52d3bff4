"""What the tests of real firewalls have in common: the lab, the probe, and what every ban must do.

They need root, and run in the throw-away machine of tests/e2e/lab: its own mounts, processes and
network, with firewalld and ufw installed there and nowhere else. The first argument, or the variable
FIREWALL_PROBE, names the program firewall_probe.
"""

import collections
import os
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../e2e"))
from lab import client, firewalls, machine, network  # noqa: E402
from lab.shell import run, wait_until  # noqa: E402

PORTS = (25, 465)
OTHER_PORT = 8080


def probe_path():
    """The probe's path, which the lab has to share with its machine."""
    if len(sys.argv) > 1 and os.path.exists(sys.argv[1]):
        os.environ["FIREWALL_PROBE"] = os.path.realpath(sys.argv.pop(1))
    if "FIREWALL_PROBE" not in os.environ:
        sys.exit("usage: this test PATH_OF_FIREWALL_PROBE")
    return os.environ["FIREWALL_PROBE"]


def main():
    """Moves into the lab's machine and runs the tests of the calling module there."""
    os.environ["MAILBAN"] = probe_path()
    machine.enter()
    network.connect_hosts(count=30)
    Listeners().start()
    unittest.main()


class Listeners:
    """Services on the mail ports and on another one; each holds its newest connections open."""

    def start(self):
        """They end with the machine."""
        for port in (*PORTS, OTHER_PORT):
            listening = socket.create_server(("::", port), family=socket.AF_INET6,
                                             dualstack_ipv6=True, backlog=64)
            threading.Thread(target=self._serve, args=(listening,), daemon=True).start()

    def _serve(self, listening):
        held = collections.deque(maxlen=100)
        while True:
            held.append(listening.accept()[0])


class BackendTest(unittest.TestCase):
    """One real firewall, and the probe that drives our backend of it."""

    backend = ""
    options = ()  # of the probe, besides the ports
    soon = 15  # seconds within which a lost ban is back on a loaded machine; alone it takes 0.2 to 0.7
    ports = ",".join(str(port) for port in PORTS)

    def setUp(self):
        self.firewall = firewalls.BY_NAME[self.backend]()
        self.enterContext(self.firewall)
        self.before = self.firewall.snapshot()
        self.probe("prepare")

    def probe(self, *words, ports=None, succeeds=True):
        """Runs one verb of our backend; returns what it printed."""
        done = subprocess.run(self._words(words, ports), capture_output=True, text=True,
                              timeout=120, check=False)
        self.assertEqual(done.returncode == 0, succeeds, done.stdout + done.stderr)
        return done.stdout if succeeds else done.stderr

    def keep(self, *prefixes, seconds=30):
        """An enforcer that keeps `prefixes` out until the test ends."""
        process = subprocess.Popen(self._words(("keep", str(seconds), *prefixes), None),
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        while "keeping" not in process.stdout.readline():
            self.assertIsNone(process.poll())
        return process

    def _words(self, words, ports):
        return [os.environ["FIREWALL_PROBE"], "--ports", ports or self.ports, *self.options,
                self.backend, *words]

    def held(self):
        """The prefixes that our backend says are banned."""
        return {line.split()[0] for line in self.probe("list").splitlines()}

    def assert_shut_out(self, source, ports=PORTS):
        """No mail port answers `source`."""
        for port in ports:
            self.assertTrue(client.gets_no_answer(source, port, 0.3), f"{source} to port {port}")

    def assert_let_in(self, source, ports=(*PORTS, OTHER_PORT)):
        """Every port answers `source`."""
        for port in ports:
            client.connect(source, port, 2).close()

    def is_shut_out(self, source):
        """Whether a new connection to the first mail port gets no answer."""
        return client.gets_no_answer(source, PORTS[0], 0.2)

    def assert_comes_back(self, source, *deeds):
        """Each deed takes the ban out of the kernel; a running enforcer puts it back by itself."""
        for deed in deeds:
            for command in deed:
                run(*command)
            taken = self.convergence(source)
            print(f"{self.backend}: shut out again {taken:.2f} s after {' '.join(deed[-1])}", flush=True)
            self.assertLess(taken, self.soon)

    def convergence(self, source):
        """Seconds until `source` is shut out again."""
        began = time.monotonic()
        wait_until(lambda: self.is_shut_out(source), f"{source} is shut out again", seconds=30)
        return time.monotonic() - began


class BansBite:
    """What holds for every backend; mixed into the tests of each."""

    def test_shuts_an_address_out_of_the_mail_ports_alone(self):
        """One IPv4 client is out, its neighbour and every other port are not touched."""
        self.assert_let_in(network.attacker(7))
        self.probe("add", network.attacker(7))
        self.assert_shut_out(network.attacker(7))
        self.assert_let_in(network.attacker(7), ports=(OTHER_PORT,))
        self.assert_let_in(network.attacker(8))
        self.assertEqual(self.held(), {f"{network.attacker(7)}/32"})

    def test_shuts_a_whole_subnet_out(self):
        """An IPv6 /64 and an IPv4 block are out, the next ones are not."""
        self.probe("add", "2001:db8:a:7::/64", "198.51.100.8/29")
        self.assert_shut_out(network.attacker6(7))
        self.assert_shut_out(network.attacker(9))
        self.assert_let_in(network.attacker6(8))
        self.assert_let_in(network.attacker(16))

    def test_leaves_port_25_open_to_a_block_that_did_not_offend_there(self):
        """A /48 that is out of the other ports delivers mail; one of its clients that is out of all does not."""
        self.probe("add", "2001:db8:a::/48@1", network.attacker(9) + "@1")
        for source in (network.attacker6(7), network.attacker6(8), network.attacker(9)):
            self.assert_let_in(source, ports=(25, OTHER_PORT))
            self.assert_shut_out(source, ports=(465,))
        self.probe("add", "2001:db8:a:7::/64")
        self.assert_shut_out(network.attacker6(7))
        self.assert_let_in(network.attacker6(8), ports=(25, OTHER_PORT))
        self.assertEqual(sorted(self.probe("list").splitlines()),
                         ["198.51.100.9/32 @1", "2001:db8:a:7::/64", "2001:db8:a::/48 @1"])
        self.probe("remove", "2001:db8:a::/48@1", network.attacker(9) + "@1", "2001:db8:a:7::/64")
        self.assert_let_in(network.attacker6(8))
        self.assertEqual(self.held(), set())

    def test_closes_port_25_besides_without_opening_the_others(self):
        """A ban that comes to close more: the client is never let in meanwhile, and its connection to 25 ends."""
        block = "2001:db8:a:7::/64"
        line = self.enterContext(client.connect(network.attacker6(7), 25))
        process = subprocess.Popen(self._words(("widen", "8", block + "@1", network.attacker(9) + "@1"), None),
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        while "keeping" not in process.stdout.readline():
            self.assertIsNone(process.poll())
        self.assert_let_in(network.attacker(9), ports=(25,))
        process.stdin.write("\n")
        process.stdin.flush()
        while "widened" not in process.stdout.readline():
            self.assertIsNone(process.poll())
        attempts = 0
        while not client.gets_no_answer(network.attacker6(7), 25, 0.05):
            self.assert_shut_out(network.attacker6(7), ports=(465,))
            attempts += 1
            self.assertLess(attempts, 20)
        for source in (network.attacker6(7), network.attacker(9)):
            wait_until(lambda source=source: client.gets_no_answer(source, 25, 0.2), f"{source} is out of 25", seconds=5)
            self.assert_shut_out(source)
        line.settimeout(2)
        with self.assertRaises(ConnectionResetError):
            line.recv(1)
        wait_until(lambda: sorted(self.probe("list").splitlines()) == ["198.51.100.9/32", block],
                   "the ban is in one place", seconds=5)

    def test_lets_in_whoever_is_unbanned(self):
        """A ban that is lifted leaves nothing in the way."""
        self.probe("add", network.attacker(7), "2001:db8:a:7::/64")
        self.probe("remove", network.attacker(7), "2001:db8:a:7::/64", network.attacker(9))
        self.assert_let_in(network.attacker(7))
        self.assert_let_in(network.attacker6(7))

    def test_may_be_told_everything_twice(self):
        """Adding what is there and removing what is not are no errors."""
        for _ in range(2):
            self.probe("add", network.attacker(7), "2001:db8:a:7::/64")
        self.assertEqual(len(self.held()), 2)
        for _ in range(2):
            self.probe("remove", network.attacker(7), "2001:db8:a:7::/64")
        self.assertEqual(self.held(), set())

    def test_closes_every_port_if_told_so(self):
        """With all ports nothing answers, and back again."""
        self.probe("prepare", ports="all")
        self.probe("add", network.attacker(7), ports="all")
        self.assert_shut_out(network.attacker(7), ports=(*PORTS, OTHER_PORT))
        self.probe("remove", network.attacker(7), ports="all")
        self.assert_let_in(network.attacker(7))

    def test_ends_connections_that_are_open(self):
        """A banned client's open connection is reset, its neighbour's goes on."""
        mine = [self.enterContext(client.connect(one(7), 25))
                for one in (network.attacker, network.attacker6)]
        other = self.enterContext(client.connect(network.attacker(8), 25))
        self.keep(network.attacker(7), "2001:db8:a:7::/64")
        for line in mine:
            line.settimeout(2)
            with self.assertRaises(ConnectionResetError):
                line.recv(1)
        other.settimeout(0.3)
        with self.assertRaises(TimeoutError):
            other.recv(1)

    def test_leaves_no_trace(self):
        """After remove_all the whole ruleset is what it was before prepare."""
        self.probe("add", network.attacker(7), "2001:db8:a:7::/64", "192.0.2.0/28")
        self.assertNotEqual(self.firewall.snapshot(), self.before)
        self.probe("remove_all")
        self.assertEqual(self.firewall.snapshot(), self.before)
        self.probe("remove_all")

    def test_is_what_auto_chooses(self):
        """The backend that fits is found without being named."""
        words = [os.environ["FIREWALL_PROBE"], "auto", "choose"]
        self.assertEqual(run(*words), self.backend + "\n")
