"""A rule with `mode: observe` beside one that bans: noted, listed, stored, and never in the firewall."""

import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

from lines import PROGRAM, ENVIRONMENT, exim_failure, mailban, until
from in_force_test import FIREWALL

GUESSER = "192.0.2.7"


class AnObservedRule(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.folder.chmod(0o755)
        (self.folder / "held").mkdir()
        self.log = self.folder / "mainlog"
        self.log.touch()
        script = self.folder / "firewall"
        script.write_text(FIREWALL, encoding="ascii")
        script.chmod(0o755)
        self.socket = self.folder / "control.sock"
        self.config = self.folder / "mailban.yaml"
        self.config.write_text(f"""
sources: [{{file: {self.log}}}]
rules:
  - {{name: strict, limit: 2, within: 10m, ban: 2h, mode: observe}}
  - {{name: usual, limit: 4, within: 10m, ban: 1h}}
firewall:
  backend: command
  command:
    ban: [{script}, ban, "{{prefix}}"]
    unban: [{script}, unban, "{{prefix}}"]
    list: [{script}, list]
state: {{directory: {self.folder}/state}}
control: {{socket: {self.socket}, group: "{os.getgid()}"}}
""", encoding="ascii")
        self.port = 40000
        self.start()

    def start(self):
        self.daemon = subprocess.Popen((PROGRAM, "run", "--config", self.config), env=ENVIRONMENT,
                                       stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.daemon.stderr.close)
        self.addCleanup(self.daemon.wait)
        self.addCleanup(self.daemon.kill)
        until(lambda: self.call("status").returncode == 0)
        until(lambda: self.json("status")["firewall"]["state"] == "ok")

    def stop(self):
        self.daemon.terminate()
        return self.daemon.communicate(timeout=30)[1]

    def call(self, *words):
        return mailban(*words, "--socket", self.socket, timeout=60)

    def json(self, *words):
        return json.loads(self.call(*words, "--json").stdout)

    def said(self, *words):
        return self.call(*words).stdout.decode()

    def guess(self, times):
        with open(self.log, "a", encoding="ascii") as log:
            for _ in range(times):
                self.port += 1
                log.write(exim_failure(time.time(), GUESSER, f"bob{self.port}", self.port))
        until(lambda: self.json("status")["events"]["auth_failure"] >= self.port - 40000)

    def held(self):
        return [one.name for one in (self.folder / "held").iterdir()]

    def test_is_listed_apart_and_kept_over_a_restart_and_shuts_nobody_out(self):
        self.guess(2)
        observed = until(lambda: self.json("bans", "--observed"))
        self.assertEqual([(one["address"], one["rule"], one["origin"]) for one in observed],
                         [(GUESSER, "strict", "observed")])
        self.assertEqual(self.json("bans"), [])
        self.assertEqual(self.held(), [])
        self.assertIn("not banned", self.said("show", GUESSER))
        self.assertIn("strict (observe)", self.said("show", GUESSER))
        status = self.json("status")
        self.assertEqual((status["active_bans"], status["bans_made"], status["observed_bans"]), (0, 0, 1))
        self.assertIn("Observed  1 ban", self.said("status"))
        self.assertIn("Only observed", self.said("bans", "--observed"))

        self.assertRegex(self.stop(), rf"would ban {GUESSER}/32 until .*: rule strict \(mode observe\)")
        self.start()
        self.assertEqual(self.json("bans", "--observed"), observed)
        self.assertEqual(self.held(), [])

        self.port = 40000  # of the new daemon's counters
        self.guess(2)
        until(self.held)
        self.assertEqual([one["rule"] for one in self.json("bans")], ["usual"])

        events = mailban("events", "--config", self.config, "--kind", "ban", "--json").stdout.splitlines()
        self.assertEqual([(one["rule"], one["origin"]) for one in map(json.loads, events)],
                         [("strict", "observed"), ("usual", "rule")])
        self.assertIn("strict, only observed", mailban("events", "--config", self.config).stdout.decode())
        report = json.loads(mailban("report", "--config", self.config, "--json").stdout)
        self.assertEqual((report["bans"], report["observed_bans"]), (1, 1))
        self.assertEqual({(one["rule"], one["observed"]) for one in report["rules"]},
                         {("strict", True), ("usual", False)})
        self.assertIn("1 ban only observed", mailban("report", "--config", self.config).stdout.decode())

        replay = mailban("replay", "--config", self.config, self.log, "--json").stdout.splitlines()
        self.assertEqual([(one["rule"], one["observed"]) for one in map(json.loads, replay)],
                         [("strict", True), ("usual", False)])
        self.assertIn("strict (observe)", mailban("replay", "--config", self.config, self.log).stdout.decode())

        self.assertEqual(self.call("unban", GUESSER).returncode, 0)
        self.assertEqual(self.json("bans", "--observed"), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
