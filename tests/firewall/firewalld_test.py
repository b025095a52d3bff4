#!/usr/bin/env python3
"""The firewalld backend against a real firewalld, its D-Bus and packets.

See real_firewall.py for what it needs. Zones are changed in the running firewalld of the lab only.
"""

import unittest

from real_firewall import BackendTest, BansBite, main, network, run, wait_until

CABLE = network.CABLE


class FirewalldTest(BansBite, BackendTest):
    """Two ipsets and a policy, whatever zone a client comes through."""

    backend = "firewalld"

    def test_works_in_every_zone(self):
        """Also where the zone itself accepts everything."""
        self.probe("add", network.attacker(7), "2001:db8:a:7::/64")
        for zone in ("public", "trusted", "internal", "dmz"):
            with self.subTest(zone=zone):
                run("firewall-cmd", f"--zone={zone}", f"--change-interface={CABLE}")
                for port in (25, 465, 8080):
                    run("firewall-cmd", f"--zone={zone}", f"--add-port={port}/tcp")
                self.assert_let_in(network.attacker(8))
                self.assert_shut_out(network.attacker(7))
                self.assert_shut_out(network.attacker6(7))
        run("firewall-cmd", "--zone=trusted", "--add-source=198.51.100.0/24")
        self.assert_let_in(network.attacker(8))
        self.assert_shut_out(network.attacker(7))

    def test_takes_many_at_once(self):
        """More than a handful replace the set in one call and lose nobody."""
        self.probe("add", network.attacker(7), "192.0.2.0/28")
        many = [f"203.0.113.{last}" for last in range(50, 150)]
        self.probe("add", *many)
        self.assertEqual(len(self.held()), 102)
        self.assert_shut_out(network.attacker(7))
        self.probe("remove", *many)
        self.assertEqual(self.held(), {f"{network.attacker(7)}/32", "192.0.2.0/28"})

    def test_takes_other_ports(self):
        """Another port set changes the policy and keeps its place."""
        self.probe("prepare", ports="25")
        self.probe("add", network.attacker(7), ports="25")
        self.assert_shut_out(network.attacker(7), ports=(25,))
        self.assert_let_in(network.attacker(7), ports=(465,))

    def test_prepares_without_a_reload_when_all_stands(self):
        """Entries live in the running firewalld alone; a needless reload would lose them."""
        self.probe("add", network.attacker(7))
        self.probe("prepare")
        self.assertEqual(self.held(), {f"{network.attacker(7)}/32"})

    def test_comes_back_after_a_reload(self):
        """firewalld forgets running entries at each reload; its signal brings them back."""
        self.keep(network.attacker(7), "2001:db8:a:7::/64")
        for command in ("--reload", "--complete-reload"):
            run("firewall-cmd", command)
            taken = self.convergence(network.attacker(7))
            print(f"shut out again {taken:.2f} s after firewall-cmd {command}")
            self.assert_shut_out(network.attacker6(7))

    def test_comes_back_whoever_took_it(self):
        """An entry by hand, or firewalld's rules behind its back."""
        attacker = network.attacker(7)
        self.keep(attacker)
        self.assert_comes_back(
            attacker,
            [("firewall-cmd", "--ipset=mailban4", f"--remove-entry={attacker}")],
            [("nft", "delete", "element", "inet", "firewalld", "mailban4", "{", attacker, "}")],
            [("nft", "flush", "ruleset")])

    def test_comes_back_after_a_restart(self):
        """Its name leaves the bus and returns; until then there is nothing to ban with."""
        process = self.keep(network.attacker(7))
        self.firewall.restart()
        taken = self.convergence(network.attacker(7))
        print(f"shut out again {taken:.2f} s after firewalld's restart")
        self.assertIsNone(process.poll())

    def test_says_when_firewalld_is_not_there(self):
        """And does not start it by asking."""
        self.firewall.end()
        wait_until(lambda: run("firewall-cmd", "--state", check=False) != "running\n", "it is gone")
        for verb in ("prepare", "list", "remove_all"):
            self.assertIn("firewalld is not running", self.probe(verb, succeeds=False))
        self.firewall.begin()


if __name__ == "__main__":
    main()
