#!/usr/bin/env python3
"""The nftables backend against packets. See real_firewall.py for what it needs."""

import socket
import threading

from real_firewall import BackendTest, BansBite, main, network, run

from lab import namespaces

CONTAINER = "container"
INSIDE = "172.31.0.2"
PUBLISHED = 587  # what clients connect to; the container listens elsewhere
PORTS = "25,465,587"


class NftablesTest(BansBite, BackendTest):
    """nftables, beside an administrator's own table that accepts first."""

    backend = "nftables"

    def test_comes_back_at_once(self):
        """Whatever somebody does to the table."""
        attacker = network.attacker(7)
        self.keep(attacker, "2001:db8:a:7::/64")
        self.assert_comes_back(
            attacker,
            [("nft", "flush", "ruleset")],
            [("nft", "delete", "table", "inet", "mailban")],
            [("nft", "delete", "element", "inet", "mailban", "banned4", "{", attacker, "}")],
            [("nft", "flush", "chain", "inet", "mailban", "verdict")])
        self.assert_shut_out(network.attacker6(7))

    def test_covers_what_is_forwarded_if_told_so(self):
        """A port that a container publishes: DNAT, then FORWARD, past the input chain."""
        self.publish_a_container()
        self.before = self.firewall.snapshot()
        attacker, other = network.attacker(7), network.attacker(8)
        self.probe("prepare", ports=PORTS)
        self.probe("add", attacker, ports=PORTS)
        self.assert_let_in(attacker, ports=(PUBLISHED,))
        self.options = ("--forward",)
        self.probe("prepare", ports=PORTS)
        self.assertEqual(self.probe("list", ports=PORTS), f"{attacker}/32\n")
        self.assert_shut_out(attacker, ports=(25, PUBLISHED))
        self.assert_let_in(other, ports=(25, PUBLISHED))
        self.assert_let_in(attacker, ports=(8080,))
        self.reach_from_the_container(attacker)
        self.probe("remove_all", ports=PORTS)
        self.assertEqual(self.firewall.snapshot(), self.before)

    def publish_a_container(self):
        """A network of its own behind this host, as Docker makes them; cleared away at the end."""
        self.probe("remove_all")
        run("ip", "netns", "add", CONTAINER)
        self.addCleanup(run, "ip", "netns", "del", CONTAINER)
        run("ip", "link", "add", "vdocker", "type", "veth", "peer", "name", "eth0", "netns", CONTAINER)
        run("ip", "addr", "add", "172.31.0.1/24", "dev", "vdocker")
        run("ip", "link", "set", "vdocker", "up")
        run("ip", "-n", CONTAINER, "addr", "add", f"{INSIDE}/24", "dev", "eth0")
        run("ip", "-n", CONTAINER, "link", "set", "eth0", "up")
        run("ip", "-n", CONTAINER, "route", "add", "default", "via", "172.31.0.1")
        with open("/proc/sys/net/ipv4/ip_forward", "w", encoding="ascii") as setting:
            setting.write("1")
        run("nft", "-f", "-", stdin=f"""
            table ip docker {{
                chain prerouting {{
                    type nat hook prerouting priority dstnat;
                    ip daddr {network.SERVER} tcp dport {PUBLISHED} dnat to {INSIDE}:2525
                }}
                chain postrouting {{
                    type nat hook postrouting priority srcnat;
                    ip saddr 172.31.0.0/24 masquerade
                }}
                chain forward {{ type filter hook forward priority filter; accept; }}
            }}""")
        with namespaces.inside_network(f"/run/netns/{CONTAINER}"):
            listening = socket.create_server((INSIDE, 2525), backlog=64)
        self.serve(listening)

    def serve(self, listening):
        """Accepts connections until the test ends."""
        held = []
        threading.Thread(target=lambda: [held.append(listening.accept()[0]) for _ in range(50)],
                         daemon=True).start()

    def reach_from_the_container(self, banned):
        """Mail that goes out to a banned host still goes: its answers are no knocking."""
        with network.among_clients():
            listening = self.enterContext(socket.create_server((banned, 25)))
        self.serve(listening)
        with namespaces.inside_network(f"/run/netns/{CONTAINER}"):
            line = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        with line:
            line.settimeout(3)
            line.connect((banned, 25))

    def test_says_what_a_flush_took(self):
        """Without an enforcer nothing comes back, and that is told."""
        self.probe("add", network.attacker(7))
        run("nft", "flush", "ruleset")
        self.assertIn("the table mailban is missing", self.probe("list", succeeds=False))
        self.probe("prepare")
        self.assertEqual(self.held(), set())


if __name__ == "__main__":
    main()
