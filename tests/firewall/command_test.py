#!/usr/bin/env python3
"""The presets of the command backend against the real tools and packets. See real_firewall.py."""

import os
import shutil
import unittest

import real_firewall
from real_firewall import BackendTest, BansBite, main, network, run

PRESETS = os.path.realpath(os.path.join(os.path.dirname(__file__), "../../config/commands"))


class PresetBites(BansBite):
    """What holds for every preset: what holds for every backend, but for what commands cannot do."""

    backend = "command"
    preset = ""
    soon = 15

    def setUp(self):
        self.options = ("--config", f"{PRESETS}/{self.preset}.yaml")
        super().setUp()

    def test_closes_every_port_if_told_so(self):
        """The presets close the ports that are listed."""
        self.probe("add", network.attacker(7))
        self.assert_shut_out(network.attacker(7))

    def test_leaves_port_25_open_to_a_block_that_did_not_offend_there(self):
        """The presets know one list of ports: whoever is out is out of all of them."""
        self.keep(network.attacker(7) + "@1")
        self.assert_shut_out(network.attacker(7))
        self.assertEqual(self.held(), {f"{network.attacker(7)}/32"})

    def test_closes_port_25_besides_without_opening_the_others(self):
        """There is nothing besides."""

    def test_is_what_auto_chooses(self):
        """It is not: commands have to be named."""
        words = [os.environ["FIREWALL_PROBE"], "auto", "choose"]
        self.assertNotEqual(run(*words), "command\n")

    def test_gives_a_ban_another_end(self):
        """Through an enforcer: a ban that had an end is one without."""
        attacker = network.attacker(7)
        self.probe("add", "--for", "60", attacker)
        self.keep(attacker)
        self.assert_shut_out(attacker)
        self.assertEqual(self.held(), {f"{attacker}/32"})

    def test_mends_what_was_taken(self):
        """Preparing again makes what is missing and keeps what stands."""
        self.probe("add", network.attacker(7))
        self.probe("prepare")
        self.assertEqual(self.held(), {f"{network.attacker(7)}/32"})
        self.assert_shut_out(network.attacker(7))
        self.damage()
        self.probe("list", succeeds=False)
        self.probe("prepare")
        self.probe("add", network.attacker(7))
        self.assert_shut_out(network.attacker(7))


class IpsetTest(PresetBites, BackendTest):
    """ipset and iptables, on a machine without any other firewall."""

    preset = "ipset"

    def setUp(self):
        real_firewall.firewalls.BY_NAME["command"] = real_firewall.firewalls.Iptables
        super().setUp()
        self.addCleanup(self.probe, "remove_all")

    def damage(self):
        """Somebody flushes the chain."""
        run("iptables", "-F", "INPUT")


class NftablesScriptTest(PresetBites, BackendTest):
    """The script around nft, beside an administrator's own table."""

    preset = "nftables"

    def setUp(self):
        real_firewall.firewalls.BY_NAME["command"] = real_firewall.firewalls.Nftables
        os.makedirs("/etc/mailban", exist_ok=True)
        shutil.copy(f"{PRESETS}/nftables-script", "/etc/mailban/nftables-script")
        super().setUp()

    def damage(self):
        """Somebody flushes the chain."""
        run("nft", "flush", "chain", "inet", "mailban_script", "input")


class FirewallCmdTest(PresetBites, BackendTest):
    """firewalld by its command."""

    preset = "firewall-cmd"

    def setUp(self):
        real_firewall.firewalls.BY_NAME["command"] = real_firewall.firewalls.Firewalld
        super().setUp()

    def damage(self):
        """Somebody deletes the policy."""
        run("firewall-cmd", "--permanent", "--delete-policy=mailban")
        run("firewall-cmd", "--reload")


if __name__ == "__main__":
    main()
