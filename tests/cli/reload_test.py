"""`mailban reload` with another firewall, while the one before is still being set up."""

import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

MAILBAN = os.environ["MAILBAN"]
BAN = "198.51.100.7/32"

# A firewall of files: what it holds is a file a ban. It does nothing as long as there is a file "hold".
FIREWALL = """\
#!/bin/sh
cd "$(dirname "$0")" || exit 1
touch asked
tries=0
while [ -e hold ] && [ "$tries" -lt 300 ]; do sleep 0.1; tries=$((tries + 1)); done
case "$1" in
    list) ls held | tr _ / ;;
    unban) rm -f "held/$(echo "$2" | tr / _)" ;;
    ban) touch "held/$(echo "$2" | tr / _)" ;;
esac
"""


def wait_until(is_true, what, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_true():
            return
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


def assert_lives_on(daemon, seconds=4):
    """An object that went too early is missed when its timer rings."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert daemon.poll() is None, f"the daemon ended with {daemon.returncode}"
        time.sleep(0.05)


class AReload(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.folder.chmod(0o755)
        (self.folder / "mail.log").touch()

    def firewall(self, name):
        place = self.folder / name
        (place / "held").mkdir(parents=True)
        script = place / "firewall"
        script.write_text(FIREWALL, encoding="ascii")
        script.chmod(0o755)
        return place

    def configure(self, place, ports="[25]"):
        script = place / "firewall"
        (self.folder / "mailban.yaml").write_text(f"""
sources: [{{file: {self.folder}/mail.log}}]
firewall:
  backend: command
  ports: {ports}
  command:
    ban: [{script}, ban, "{{prefix}}"]
    unban: [{script}, unban, "{{prefix}}"]
    list: [{script}, list]
state: {{directory: {self.folder}/state}}
control: {{socket: {self.folder}/control.sock, group: "{os.getgid()}"}}
""", encoding="ascii")

    def call(self, *words):
        return subprocess.run([MAILBAN, *words, "--socket", f"{self.folder}/control.sock"],
                              capture_output=True, text=True, timeout=30, check=False)

    def held(self, place):
        return [one.name.replace("_", "/") for one in (place / "held").iterdir()]

    def start(self):
        log = open(self.folder / "daemon.log", "wb")
        self.addCleanup(log.close)
        daemon = subprocess.Popen([MAILBAN, "run", "--config", self.folder / "mailban.yaml"],
                                  stdout=log, stderr=log)
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.kill)
        wait_until(lambda: self.call("status").returncode == 0, "the daemon answers")
        return daemon

    def test_waits_for_the_one_before(self):
        first, second, third = (self.firewall(name) for name in ("first", "second", "third"))
        self.configure(first)
        daemon = self.start()
        self.assertEqual(self.call("ban", BAN).returncode, 0)
        wait_until(lambda: self.held(first) == [BAN], "the first firewall holds the ban")
        (second / "hold").touch()
        self.configure(second)
        self.assertEqual(self.call("reload").returncode, 0)
        wait_until((second / "asked").exists, "the second firewall is being set up")
        self.configure(third)
        self.assertEqual(self.call("reload").returncode, 0)
        self.assertEqual(json.loads(self.call("bans", "--json").stdout)[0]["prefix"], BAN)
        self.assertEqual(self.held(third), [], "two firewalls are worked at once")
        (second / "hold").unlink()
        wait_until(lambda: self.held(third) == [BAN], "the third firewall holds the ban")
        wait_until(lambda: self.held(first) + self.held(second) == [], "the others hold nothing")
        assert_lives_on(daemon)

    def test_with_the_same_programs_waits_as_well(self):
        only = self.firewall("only")
        self.configure(only)
        daemon = self.start()
        self.assertEqual(self.call("ban", BAN).returncode, 0)
        wait_until(lambda: self.held(only) == [BAN], "the firewall holds the ban")
        for ports in ("[25, 465]", "[25, 587]"):
            (only / "hold").touch()
            (only / "asked").unlink()
            self.configure(only, ports)
            self.assertEqual(self.call("reload").returncode, 0)
            if ports == "[25, 465]":
                wait_until((only / "asked").exists, "the firewall is being looked at")
                (only / "asked").touch()
        (only / "hold").unlink()
        wait_until(lambda: json.loads(self.call("status", "--json").stdout)["firewall"]["state"] == "ok",
                   "the firewall is in order")
        self.assertEqual(self.call("unban", BAN).returncode, 0)
        wait_until(lambda: self.held(only) == [], "the ban is gone from the firewall")
        assert_lives_on(daemon)


if __name__ == "__main__":
    unittest.main()
