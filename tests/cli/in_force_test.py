"""A change is answered when the firewall has carried it out, or says that it is pending."""

import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

from lines import PROGRAM, ENVIRONMENT, mailban, until

BAN = "198.51.100.7/32"

# A firewall of files: what it holds is a file a ban. It does nothing as long as there is a file "hold".
FIREWALL = """\
#!/bin/sh
cd "$(dirname "$0")" || exit 1
tries=0
while [ -e hold ] && [ "$tries" -lt 90 ]; do sleep 0.1; tries=$((tries + 1)); done
case "$1" in
    list) ls held | tr _ / ;;
    unban) rm -f "held/$(echo "$2" | tr / _)" ;;
    ban) touch "held/$(echo "$2" | tr / _)" ;;
esac
"""


class AChange(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.folder.chmod(0o755)
        (self.folder / "held").mkdir()
        (self.folder / "mail.log").touch()
        script = self.folder / "firewall"
        script.write_text(FIREWALL, encoding="ascii")
        script.chmod(0o755)
        self.socket = self.folder / "control.sock"
        config = self.folder / "mailban.yaml"
        config.write_text(f"""
sources: [{{file: {self.folder}/mail.log}}]
firewall:
  backend: command
  command:
    ban: [{script}, ban, "{{prefix}}"]
    unban: [{script}, unban, "{{prefix}}"]
    list: [{script}, list]
state: {{directory: {self.folder}/state}}
control: {{socket: {self.socket}, group: "{os.getgid()}"}}
""", encoding="ascii")
        daemon = subprocess.Popen((PROGRAM, "run", "--config", config), env=ENVIRONMENT,
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.kill)
        until(lambda: self.call("status").returncode == 0)
        until(lambda: json.loads(self.call("status", "--json").stdout)["firewall"]["state"] == "ok")

    def call(self, *words):
        return mailban(*words, "--socket", self.socket, timeout=60)

    def held(self):
        return [one.name.replace("_", "/") for one in (self.folder / "held").iterdir()]

    def test_is_in_force_when_it_is_answered(self):
        for _ in range(5):
            self.assertEqual(self.call("ban", BAN).returncode, 0)
            self.assertEqual(self.held(), [BAN])
            done = json.loads(self.call("unban", BAN, "--json").stdout)
            self.assertEqual(self.held(), [])
            self.assertEqual(done, {"message": f"unbanned {BAN}; the record is cleared", "changed": [BAN],
                                    "still_banned_by": [], "pending": False})
        self.call("ban", BAN)
        self.assertEqual(self.call("allow", BAN).returncode, 0)
        self.assertEqual(self.held(), [])

    def test_is_pending_while_the_firewall_hangs_and_nobody_else_waits(self):
        self.call("ban", BAN)
        (self.folder / "hold").touch()
        with subprocess.Popen((PROGRAM, "unban", BAN, "--json", "--socket", self.socket), env=ENVIRONMENT,
                              stdout=subprocess.PIPE, text=True) as unban:
            until(lambda: json.loads(self.call("bans", "--json").stdout) == [])
            self.assertIsNone(unban.poll(), "it waits for the firewall")
            began = time.monotonic()
            self.assertEqual(self.call("status").returncode, 0)
            self.assertLess(time.monotonic() - began, 4, "status waits for the firewall, too")
            done = json.loads(unban.communicate(timeout=30)[0])
            self.assertEqual(unban.returncode, 0)
        self.assertTrue(done["pending"])
        self.assertIn(f"unbanned {BAN}; the record is cleared; not yet in force: firewall command", done["message"])
        self.assertEqual(self.held(), [BAN])
        (self.folder / "hold").unlink()
        until(lambda: self.held() == [])


if __name__ == "__main__":
    unittest.main()
