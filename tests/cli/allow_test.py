"""Who is never banned, as an administrator says it while the daemon runs. Needs no root."""

import os
import socket
import sqlite3
import struct
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.realpath(os.path.join(os.path.dirname(__file__), "../e2e")))

from lab import daemon  # noqa: E402
from lab.daemon import Mailban, append  # noqa: E402
from lab.shell import wait_until  # noqa: E402

STRANGER, FRIEND = "192.0.2.7", "198.51.100.7"


class Story(unittest.TestCase):
    """A daemon of its own for each test, with a firewall that only pretends."""

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        append(f"{self.folder}/log", "")
        self.mailban = Mailban(f"{self.folder}/m", "dry-run", f"{self.folder}/log")
        with open(self.mailban.config, encoding="utf-8") as file:
            self.config = file.read().replace(", group: root", "")
        if os.geteuid() == 0:
            self.config = self.config.replace("control.sock}", "control.sock, group: root}")
        else:
            self.config = self.config.replace("control.sock}", f"control.sock, group: {own_group()}}}")
        self.configure()

    def configure(self, allow="[]"):
        """Writes the configuration with this allowlist."""
        self.mailban.write_config(self.config + f"allow: {allow}\n")

    def guess(self, address, times=5):
        append(self.mailban.log, daemon.failure(address) * times)

    def do(self, *words):
        """A command that has to succeed; what it said."""
        done = self.mailban.command(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def trusted(self, address):
        return self.mailban.ask("show", address)["trusted_as"]

    def origins(self, address):
        return [entry["origin"] for entry in self.mailban.ask("allow")["entries"]
                if entry["address"] == address]

    def warns(self, text):
        return any(text in warning for warning in self.mailban.ask("status")["warnings"])

    def wait_for_freedom(self, address):
        wait_until(lambda: f"{address}/32" not in self.mailban.banned(), f"{address} is let in", 15)


class AnAllowlist(Story):

    def test_said_by_hand_lets_in_at_once_and_is_kept_over_restart_and_reload(self):
        with self.mailban as running:
            self.guess(FRIEND)
            running.wait_for_ban(FRIEND)
            said = self.do("allow", FRIEND, "--reason", "our monitor")
            self.assertIn(f"unbanned {FRIEND}/32", said)
            self.assertEqual(running.banned(), [])
            self.guess(FRIEND, 20)
            self.guess(STRANGER)
            running.wait_for_ban(STRANGER)
            self.assertEqual(running.banned(), [f"{STRANGER}/32"])
            self.assertEqual(running.command("reload").returncode, 0)
            self.assertEqual(self.origins(FRIEND), ["by hand"])
        with self.mailban as running:
            self.assertEqual(self.trusted(FRIEND), "allowed by hand: our monitor")
            self.do("allow", "--remove", FRIEND)
            self.assertIsNone(self.trusted(FRIEND))
            self.assertEqual(self.origins(FRIEND), [])
        with self.mailban:
            self.assertIsNone(self.trusted(FRIEND))

    def test_said_for_a_while_ends_by_itself(self):
        with self.mailban:
            self.do("allow", FRIEND, "--for", "2s")
            self.assertEqual(self.origins(FRIEND), ["by hand"])
            wait_until(lambda: not self.origins(FRIEND), "the time is over", 15)
            self.guess(FRIEND)
            self.mailban.wait_for_ban(FRIEND)

    def test_is_listed_with_every_origin(self):
        self.configure("[203.0.113.0/24]")
        with self.mailban:
            self.do("allow", FRIEND)
            origins = {entry["origin"] for entry in self.mailban.ask("allow", "--list")["entries"]}
            self.assertLessEqual({"loopback", "configuration", "by hand"}, origins)
            listed = self.do("allow")
            self.assertRegex(listed, r"203\.0\.113\.0/24 +configuration")
            self.assertRegex(listed, FRIEND.replace(".", r"\.") + " +by hand")

    def test_file_lets_in_whomever_it_comes_to_name_without_a_reload(self):
        path = f"{self.folder}/allow.list"
        append(path, "203.0.113.0/24\n")
        self.configure(f"[{path}]")
        with self.mailban as running:
            self.guess(FRIEND)
            running.wait_for_ban(FRIEND)
            append(path, f"no address\n{FRIEND}  # the office\n")
            self.wait_for_freedom(FRIEND)
            self.assertEqual(self.trusted(FRIEND), f"allowlist {path}:3")
            self.assertIn(f"unbanned as trusted {FRIEND}/32", running.said())
            self.assertTrue(self.warns(f"{path}:2:1: this line is 'no address'"))
            os.rename(path, f"{path}.aside")
            wait_until(lambda: self.warns("its earlier entries stay allowed"), "it warns", 15)
            self.assertEqual(self.trusted(FRIEND), f"allowlist {path}:3")
            append(path, "203.0.113.0/24\n")
            wait_until(lambda: self.trusted(FRIEND) is None, "the file is read again", 15)
            self.assertFalse(self.warns(path))

    def test_name_that_does_not_resolve_keeps_what_an_earlier_run_knew_of_it(self):
        # No name server is ever asked for a name that ends so (RFC 7686).
        name = "office.onion"
        self.configure(f"[{name}, mail.onion]")
        with self.mailban:
            self.assertIsNone(self.trusted(FRIEND))
            wait_until(lambda: self.warns(f"{name} does not resolve since"), "it warns", 15)
        with sqlite3.connect(f"{self.mailban.folder}/state/mailban.db") as database:
            database.execute("INSERT INTO host_addresses VALUES (?, ?)", (name, FRIEND))
        database.close()
        with self.mailban as running:
            self.assertEqual(self.trusted(FRIEND), f"allowlist {name}")
            wait_until(lambda: self.warns("1 known address stays allowed"), "it warns", 15)
            self.assertEqual(running.command("reload").returncode, 0)
            self.assertEqual(self.origins(FRIEND), ["host name"])
            self.configure("[mail.onion]")
            self.assertEqual(running.command("reload").returncode, 0)
            self.assertIsNone(self.trusted(FRIEND))
            self.configure(f"[{name}]")
            self.assertEqual(running.command("reload").returncode, 0)
            self.assertIsNone(self.trusted(FRIEND))

    def test_holds_the_default_gateways(self):
        with open("/proc/net/route", encoding="ascii") as routes:
            rows = [row.split() for row in routes.read().splitlines()[1:]]
        gateways = {socket.inet_ntoa(struct.pack("=I", int(row[2], 16))) for row in rows
                    if row[1] == row[7] == "00000000" and row[2] != "00000000"}
        with self.mailban as running:
            trusted = {entry["address"] for entry in running.ask("allow")["entries"]
                       if entry["origin"] == "default gateway"}
            self.assertLessEqual(gateways, trusted)
            for gateway in gateways:
                self.assertEqual(self.trusted(gateway), "default gateway")
                self.assertIn("default gateway", running.command("ban", gateway).stderr)

    def test_holds_the_proxies_and_reports_failures_that_come_through_them(self):
        self.mailban.write_config(self.config + f"proxies: [{FRIEND}]\n")
        with self.mailban as running:
            self.assertEqual(self.origins(FRIEND), ["proxy"])
            self.guess(FRIEND, 40)
            wait_until(lambda: self.warns(f"40 failed logins came from {FRIEND} (proxy)"), "the warning", 15)
            self.assertEqual(running.banned(), [])
            self.assertIn("proxy", running.command("ban", FRIEND).stderr)

    def test_refuses_what_would_end_all_bans_and_says_what_to_do(self):
        with self.mailban as running:
            for wide in ("0.0.0.0/0", "::/0", "2000::/3"):
                refused = running.command("allow", wide)
                self.assertEqual(refused.returncode, 1)
                self.assertIn("dry-run", refused.stderr)
            self.assertEqual(running.command("allow", "mail.example.net").returncode, 2)
            self.assertEqual(running.command("allow", "--remove", FRIEND).returncode, 1)
            self.assertEqual(running.command("allow", "--for", "1h").returncode, 2)
            self.assertEqual(running.command("allow", FRIEND, "--remove", FRIEND).returncode, 2)


class Show(Story):
    """What `mailban show` says of one address."""

    def test_tells_all_that_there_is_to_know(self):
        with self.mailban as running:
            self.guess(STRANGER, 3)
            wait_until(lambda: running.ask("show", STRANGER)["rules"][0]["count"] == 3, "it counts", 15)
            self.guess(STRANGER, 2)
            running.wait_for_ban(STRANGER)
            shown = running.ask("show", STRANGER)
            self.assertEqual([ban["prefix"] for ban in shown["bans"]], [f"{STRANGER}/32"])
            self.assertEqual([one["command"] for one in shown["remedies"]],
                             [f"mailban unban {STRANGER}/32", f"mailban allow {STRANGER}"])
            self.assertEqual(shown["next_level"], 2)
            self.assertEqual(shown["rules"][0]["limit"], 5)
            self.assertEqual(len(shown["evidence"]), 5)
            self.assertEqual(shown["logins"], [])
            text = self.do("show", STRANGER)
            for part in ("banned", "password-guessing", f"mailban allow {STRANGER}", "NEXT BAN",
                         "bob@example.com", "Evidence, newest first"):
                self.assertIn(part, text)
            for remedy in shown["remedies"]:
                self.do(*remedy["command"].split()[1:])
                self.assertFalse(running.ask("show", STRANGER)["banned"])
                running.command("allow", "--remove", STRANGER)
                self.do("ban", STRANGER)

    def test_shows_accounts_safely_on_a_terminal(self):
        append(self.mailban.log, daemon.failure(STRANGER, account="a\x1b[31mb\x07\u009b2J\u202e"))
        with self.mailban as running:
            wait_until(lambda: running.ask("show", STRANGER)["evidence"], "it is read", 15)
            for words in (("show", STRANGER), ("show", STRANGER, "--json")):
                text = self.do(*words)
                self.assertEqual([c for c in text if c != "\n" and not " " <= c <= "~"], [], text)

    def test_shows_what_an_administrator_wrote_safely_where_it_is_a_reason_to_refuse(self):
        with self.mailban as running:
            self.do("allow", FRIEND, "--reason", "ours\x1b[2J")
            refused = running.command("ban", FRIEND)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("allowed by hand: ours\\x1b[2J", refused.stderr)
            self.assertNotIn("\x1b", refused.stderr)


def own_group():
    """The name of the group that this test runs as."""
    import grp  # pylint: disable=import-outside-toplevel
    return grp.getgrgid(os.getegid()).gr_name


if __name__ == "__main__":
    unittest.main(verbosity=2)
