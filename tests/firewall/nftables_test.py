#!/usr/bin/env python3
"""The nftables backend against packets. See real_firewall.py for what it needs."""

from real_firewall import BackendTest, BansBite, main, network, run


class NftablesTest(BansBite, BackendTest):
    """nftables, beside an administrator's own table that accepts first."""

    backend = "nftables"

    def test_comes_back_after_a_flush(self):
        """`nft flush ruleset` is noticed when the enforcer looks, at the latest."""
        self.probe("add", network.attacker(7))
        run("nft", "flush", "ruleset")
        self.assertIn("No such file", self.probe("list", succeeds=False))
        self.probe("prepare")
        self.assertEqual(self.held(), set())


if __name__ == "__main__":
    main()
