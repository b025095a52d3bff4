"""Mail ports that this machine hands on to a container, by DNAT: bans reach them, or it is noticed.

The container is a network namespace behind a veth pair, as Docker's are. Bans are seen as packets that are
dropped, and the other way round. Needs nftables.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

from lab import client, network, story
from lab.daemon import Mailban, append, failure
from lab.firewalls import Nftables
from lab.shell import run, wait_until

CONTAINER, INSIDE = "container", "10.88.0.2"
SERVICE = """
import socket
listening = socket.create_server(("0.0.0.0", 2525), backlog=64)
while True:
    visitor, _ = listening.accept()
    visitor.sendall(b"220 container\\r\\n")
    visitor.close()
"""
PUBLISHED = """
table ip lab_nat {
    chain prerouting {
        type nat hook prerouting priority dstnat;
        tcp dport { 25, 587 } counter dnat to 10.88.0.2:2525
    }
}
"""


def start_container():
    """A host of its own behind this one, with a service on port 2525."""
    run("ip", "netns", "add", CONTAINER)
    run("ip", "link", "add", "vc", "type", "veth", "peer", "name", "eth0", "netns", CONTAINER)
    run("ip", "addr", "add", "10.88.0.1/24", "dev", "vc")
    run("ip", "link", "set", "vc", "up")
    run("ip", "-n", CONTAINER, "addr", "add", f"{INSIDE}/24", "dev", "eth0")
    run("ip", "-n", CONTAINER, "link", "set", "eth0", "up")
    run("ip", "-n", CONTAINER, "route", "add", "default", "via", "10.88.0.1")
    with open("/proc/sys/net/ipv4/ip_forward", "w", encoding="ascii") as setting:
        setting.write("1")
    return subprocess.Popen(["ip", "netns", "exec", CONTAINER, sys.executable, "-c", SERVICE],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class WhatIsHandedOn(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        network.connect_hosts(count=10)
        cls.enterClassContext(Nftables())
        cls.service = start_container()
        cls.addClassCleanup(cls.service.wait, 10)
        cls.addClassCleanup(cls.service.kill)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="forward-")
        self.log = f"{self.folder}/mainlog"
        append(self.log, "")
        self.mailban = Mailban(f"{self.folder}/mailban", "nftables", self.log)
        self.addCleanup(lambda: self.mailban.process and self.mailban.process.poll() is None
                        and self.mailban.stop())

    def publish(self):
        run("nft", "-f", "-", stdin=PUBLISHED)
        self.addCleanup(run, "nft", "delete", "table", "ip", "lab_nat")
        wait_until(lambda: self.is_greeted(network.customer(1), 25), "the container answers")

    def set_forward(self, value):
        with open(self.mailban.config, encoding="utf-8") as file:
            text = file.read()
        self.mailban.write_config(text.replace("  on_stop:", f"  forward: {value}\n  on_stop:"))

    @staticmethod
    def is_greeted(address, port):
        try:
            with client.connect(address, port, 2.0) as line:
                return line.recv(64).startswith(b"220 container")
        except (client.NoAnswer, client.CutOff, OSError):
            return False

    def health(self):
        """The exit code, and what `health` says."""
        answer = self.mailban.command("health", "--json")
        said = json.loads(answer.stdout)
        self.assertEqual(said["code"], answer.returncode)
        return answer.returncode, said

    def names(self):
        return [one["name"] for one in self.health()[1]["findings"]]

    def attack(self, address):
        append(self.log, failure(address) * 5)
        self.mailban.wait_for_ban(address)

    def test_is_closed_by_itself(self):
        self.publish()
        address = network.attacker(1)
        with self.mailban:
            self.assertTrue(self.is_greeted(address, 25))
            self.attack(address)
            wait_until(lambda: client.unanswered(address, (25, 587), 0.5) == [25, 587],
                       "both published ports are closed")
            self.assertTrue(self.is_greeted(network.customer(1), 587))
            self.assertEqual(self.names(), [])
            self.assertEqual(self.mailban.command("health").returncode, 0)
            self.mailban.command("unban", address)
            wait_until(lambda: self.is_greeted(address, 587), "it is in again")

    def test_is_closed_when_it_appears_later(self):
        address = network.attacker(2)
        with self.mailban:
            self.publish()
            self.attack(address)
            self.mailban.command("reload")
            wait_until(lambda: client.unanswered(address, (25,), 0.5) == [25], "the port is closed", 20)
            self.assertIn("forwards mail ports: 25 (to 10.88.0.2:2525), 587 (to 10.88.0.2:2525)",
                          self.mailban.said())

    def test_is_told_of_where_bans_shall_not_reach_it(self):
        self.publish()
        self.set_forward("false")
        address = network.attacker(3)
        with self.mailban:
            self.assertEqual(self.health()[0], 1)
            self.assertIn("forward", self.names())
            self.attack(address)
            self.assertTrue(self.is_greeted(address, 25))
            end = time.monotonic() + 60
            while "ineffective" not in self.names():
                self.assertLess(time.monotonic(), end, self.mailban.said())
                self.assertTrue(self.is_greeted(address, 25))
                append(self.log, failure(address))
                wait_until(lambda: self.mailban.ask("status")["sources"][0]["bytes_behind"] == 0, "it is read")
            breach = self.mailban.ask("show", address)["ineffective_ban"]
            self.assertEqual((breach["cause"], breach["log"]), ("forwarded", self.log))
            self.assertGreaterEqual(breach["attempts"], 3)
            said = self.mailban.said()
            self.assertIn(f"{address}/32 has been banned for", said)
            self.assertIn(f"(log {self.log})", said)
            self.assertIn("1 of them is ineffective", self.mailban.command("status").stdout)
            found = self.mailban.command("health").stdout
            self.assertTrue(found.startswith("MAILBAN WARNING - "), found)

    def test_is_named_by_check(self):
        self.publish()
        for value, grade in (("auto", "ok"), ("false", "warning")):
            self.mailban = Mailban(f"{self.folder}/{value}", "nftables", self.log)
            self.set_forward(value)
            said = json.loads(run(os.environ.get("MAILBAN", "mailban"), "check", "--json", "--config",
                                  self.mailban.config, check=False))
            found = {one["subject"]: one for one in said}["forward"]
            self.assertEqual(found["grade"], grade, found)
            self.assertIn("25 (to 10.88.0.2:2525)", found["text"])


if __name__ == "__main__":
    story.tell()
