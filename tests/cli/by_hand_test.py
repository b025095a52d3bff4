"""What an administrator bans and lifts by hand, and what the commands say of it. Needs no root."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.realpath(os.path.join(os.path.dirname(__file__), "../e2e")))

from lab import daemon  # noqa: E402
from lab.daemon import Mailban, append  # noqa: E402

CLIENT, OTHER, BLOCK = "198.51.100.7", "198.51.100.8", "198.51.100.0/24"


class BansByHand(unittest.TestCase):
    """A daemon of its own for each test, with a firewall that only pretends."""

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        append(f"{self.folder}/log", "")
        self.mailban = Mailban(f"{self.folder}/m", "dry-run", f"{self.folder}/log")
        self.enterContext(self.mailban)

    def run_command(self, *words, given=None):
        """A command with this on its standard input."""
        return subprocess.run([daemon.PROGRAM, *words, "--socket", f"{self.folder}/m/control.sock"],
                              input=given, capture_output=True, text=True, check=False,
                              env={**os.environ, "TZ": "Europe/Berlin"})

    def says(self, code, *words, **options):
        done = self.run_command(*words, **options)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def banned(self):
        return sorted(ban["prefix"] for ban in json.loads(self.says(0, "bans", "--json")))

    def test_an_unban_says_which_wider_ban_goes_on(self):
        self.says(0, "ban", CLIENT, BLOCK)
        said = self.says(1, "unban", CLIENT)
        self.assertIn(f"{CLIENT}/32 is still banned", said)
        self.assertIn(f"mailban unban {BLOCK}", said)
        self.assertEqual(self.banned(), [BLOCK])
        # And where there is nothing but the wider one, nothing is changed.
        self.assertIn(f"mailban unban {BLOCK}", self.says(1, "unban", OTHER))
        self.assertEqual(self.banned(), [BLOCK])
        self.says(0, "unban", BLOCK)
        self.assertEqual(self.banned(), [])

    def test_an_unban_of_a_prefix_lifts_what_lies_in_it(self):
        self.says(0, "ban", "198.51.100.10", "198.51.100.11", "198.51.100.200")
        self.assertIn("2 prefixes in 198.51.100.0/28", self.says(0, "unban", "198.51.100.0/28"))
        self.assertEqual(self.banned(), ["198.51.100.200/32"])

    def test_an_unban_is_a_pardon_also_after_a_restart(self):
        append(self.mailban.log, daemon.failure(CLIENT) * 8)
        self.mailban.wait_for_ban(CLIENT)
        self.says(0, "unban", CLIENT)
        self.assertNotIn("number 2", self.says(0, "show", CLIENT))
        counts = [rule["count"] for rule in self.mailban.ask("show", CLIENT)["rules"]]
        self.assertEqual(set(counts), {0})
        self.assertEqual(self.mailban.command("reload").returncode, 0)
        shown = self.mailban.ask("show", CLIENT)
        self.assertEqual({rule["count"] for rule in shown["rules"]}, {0})
        self.assertEqual(shown["next_level"], 1)

    def test_many_targets_come_from_the_command_line_a_file_and_stdin(self):
        path = f"{self.folder}/list"
        append(path, f"# spam run\n{CLIENT}  # one\n\n2001:db8:1::66\n")
        self.says(0, "ban", OTHER, "-f", path, "--for", "1d", "--reason", "spam run")
        self.assertEqual(self.banned(), ["198.51.100.7/32", "198.51.100.8/32", "2001:db8:1::/64"])
        said = self.says(1, "unban", "-f", "-", given=f"{CLIENT}\n203.0.113.9\n{OTHER}\n")
        self.assertIn("203.0.113.9/32 is not banned", said)
        self.assertEqual(self.banned(), ["2001:db8:1::/64"])
        done = self.run_command("unban", "--json", "2001:db8:1::66", "203.0.113.9")
        self.assertEqual(done.returncode, 1)
        first, second = json.loads(done.stdout)
        self.assertEqual((first["target"], first["ok"]), ("2001:db8:1::66", True))
        self.assertEqual((second["ok"], second["error"]), (False, "203.0.113.9/32 is not banned"))
        self.says(0, "allow", CLIENT, OTHER)

    def test_a_mistake_among_the_targets_changes_nothing(self):
        said = self.says(2, "ban", CLIENT, "198.51.100.7/24", "bob")
        self.assertIn("did you mean 198.51.100.0/24?", said)
        self.assertIn("'bob' is neither", said)
        self.assertIn("nothing was changed", said)
        self.assertIn("stdin:2: 'bob'", self.says(2, "ban", "-f", "-", given=f"{CLIENT}\nbob\n"))
        self.assertEqual(self.banned(), [])

    def test_a_dry_run_is_told_wherever_bans_are_listed(self):
        self.says(0, "ban", CLIENT)
        for words in (("bans",), ("show", CLIENT), ("status",), ("ban", OTHER)):
            self.assertIn("DRY RUN: bans are not enforced", self.says(0, *words), words)
        for words in (("show", CLIENT), ("status",)):
            self.assertTrue(json.loads(self.says(0, *words, "--json"))["dry_run"], words)
        self.assertEqual({ban["dry_run"] for ban in json.loads(self.says(0, "bans", "--json"))}, {True})

    def test_the_log_names_reason_and_who_asked_and_times_are_local(self):
        said = self.says(0, "ban", CLIENT, "--reason", "spam run")
        self.assertRegex(said, r"until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}")
        who = "root" if os.geteuid() == 0 else f"uid {os.geteuid()}"
        self.assertRegex(self.mailban.said(), rf"banned {CLIENT}/32 until [^:]*:\d\d:\d\d [+-]\d{{4}} "
                                              rf"by hand \([^)]*{who}\): spam run")
        self.says(0, "unban", CLIENT)
        self.assertRegex(self.mailban.said(), rf"unbanned {CLIENT}/32 by [^:]*{who}")
        self.assertRegex(self.says(0, "show", CLIENT), r"\d\d:\d\d:\d\d \+0[12]00")

    def test_a_ban_says_where_it_holds(self):
        self.assertIn(", only in the firewall", self.says(0, "ban", CLIENT, "--where", "firewall"))
        listed = json.loads(self.says(0, "bans", "--json"))
        self.assertEqual([ban["where"] for ban in listed], ["firewall"])
        said = self.says(1, "ban", OTHER, "--where", "door")
        self.assertIn("the ban would hold nowhere: no mail server can ask, because policy.mode is 'off'", said)
        self.assertEqual(len(self.banned()), 1)
        self.says(2, "ban", OTHER, "--where", "home")

    def test_bans_by_hand_and_by_rule_stand_side_by_side_over_a_restart(self):
        append(self.mailban.log, daemon.failure(CLIENT) * 5)
        self.mailban.wait_for_ban(CLIENT)
        self.says(0, "ban", CLIENT, "--for", "forever")
        origins = [ban["origin"] for ban in json.loads(self.says(0, "bans", "--json"))]
        self.assertEqual(sorted(origins), ["manual", "rule"])
        self.assertEqual(self.mailban.command("reload").returncode, 0)
        shown = self.mailban.ask("show", CLIENT)
        self.assertEqual(sorted(ban["origin"] for ban in shown["bans"]), ["manual", "rule"])


if __name__ == "__main__":
    unittest.main()
