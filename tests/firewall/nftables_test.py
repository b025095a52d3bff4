#!/usr/bin/env python3
"""The nftables backend against packets. See real_firewall.py for what it needs."""

from real_firewall import BackendTest, BansBite, main, network, run


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

    def test_says_what_a_flush_took(self):
        """Without an enforcer nothing comes back, and that is told."""
        self.probe("add", network.attacker(7))
        run("nft", "flush", "ruleset")
        self.assertIn("No such file", self.probe("list", succeeds=False))
        self.probe("prepare")
        self.assertEqual(self.held(), set())


if __name__ == "__main__":
    main()
