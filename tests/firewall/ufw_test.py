#!/usr/bin/env python3
"""The ufw backend against a real ufw and packets. See real_firewall.py for what it needs."""

from real_firewall import OTHER_PORT, PORTS, BackendTest, BansBite, main, network, run


class UfwTest(BansBite, BackendTest):
    """Deny rules in front of an administrator's allow rules."""

    backend = "ufw"
    soon = 15

    def test_stands_in_front_of_rules_that_allow(self):
        """The lab's ufw allows mail before any ban; the ban still comes first."""
        self.probe("add", network.attacker(7))
        lines = [line for line in run("ufw", "show", "added").splitlines() if "v6" not in line]
        self.assertIn("comment 'mailban'", lines[1])

    def test_splits_more_ports_than_a_rule_holds(self):
        """Twenty ports make two rules, one ban."""
        many = ",".join(str(port) for port in (25, 465, *range(1000, 1018)))
        self.probe("prepare", ports=many)
        self.probe("add", network.attacker(7), ports=many)
        self.assert_shut_out(network.attacker(7))
        self.assertEqual(self.probe("list", ports=many), f"{network.attacker(7)}/32\n")
        self.assertEqual(run("ufw", "show", "added").count("comment 'mailban'"), 2)
        self.probe("remove", network.attacker(7), ports=many)
        self.assertEqual(run("ufw", "show", "added").count("comment 'mailban'"), 0)

    def test_takes_rules_of_other_ports_over(self):
        """A ban that closed other ports is made one of these ports, without a gap."""
        self.probe("add", network.attacker(7))
        self.assertEqual(self.probe("list", ports="25"), "")
        self.probe("prepare", ports="25")
        self.assertEqual(self.probe("list", ports="25"), f"{network.attacker(7)}/32\n")
        self.assertEqual(run("ufw", "show", "added").count("comment 'mailban'"), 1)

    def test_leaves_rules_that_are_not_its_own(self):
        """Not even one that looks like a ban, but without the comment."""
        run("ufw", "prepend", "deny", "proto", "tcp", "from", "192.0.2.9", "to", "any", "port",
            "25,465")
        self.before = self.firewall.snapshot()
        self.test_leaves_no_trace()
        run("ufw", "delete", "deny", "proto", "tcp", "from", "192.0.2.9", "to", "any", "port",
            "25,465")

    def test_notices_that_the_kernel_lost_its_rules(self):
        """ufw itself would go on listing them."""
        self.probe("add", network.attacker(7))
        run("iptables", "-F", "ufw-user-input")
        self.assertIn("not in the kernel", self.probe("list", succeeds=False))
        self.probe("prepare")
        self.assert_shut_out(network.attacker(7))
        self.assertEqual(self.held(), {f"{network.attacker(7)}/32"})

    def test_comes_back_whoever_took_it(self):
        """Reloaded, switched off and on, reset, flushed behind its back, a rule deleted."""
        attacker = network.attacker(7)
        self.keep(attacker, seconds=60)
        allow = [("ufw", "allow", f"{port}/tcp") for port in (*PORTS, OTHER_PORT)]
        rule = ("deny", "proto", "tcp", "from", attacker, "to", "any", "port", self.ports)
        self.assert_comes_back(
            attacker,
            [("ufw", "reload")],
            [("ufw", "--force", "disable"), ("ufw", "--force", "enable")],
            [("ufw", "--force", "reset"), *allow, ("ufw", "--force", "enable")],
            [("ufw", "--force", "delete", *rule)],
            [("iptables", "-F", "ufw-user-input")],
            [("nft", "flush", "ruleset")])

    def test_says_when_ufw_is_off(self):
        """And does not switch it on."""
        run("ufw", "--force", "disable")
        self.assertIn("not enabled", self.probe("prepare", succeeds=False))
        self.assertIn("inactive", run("ufw", "status"))
        run("ufw", "--force", "enable")


if __name__ == "__main__":
    main()
