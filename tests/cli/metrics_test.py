"""What Prometheus reads of a daemon, and that the shipped dashboard and alert rules name nothing else."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

from lines import PROGRAM, ENVIRONMENT, exim_failure, mailban, until

CONFIG = pathlib.Path(__file__).parents[2] / "config" / "monitoring"
PROMTOOL = os.environ.get("MAILBAN_PROMTOOL") or shutil.which("promtool")
NOBODY = 65534
NAME = re.compile(r"\bmailban_[a-z_]+\b")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Metrics(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.folder.chmod(0o755)
        self.log = self.folder / "mainlog"
        self.log.touch()
        for name in ("state", "run"):
            (self.folder / name).mkdir()
        self.port = free_port()
        self.door = free_port()
        self.socket = self.folder / "run" / "control.sock"
        self.config = self.folder / "mailban.yaml"
        self.config.write_text(f"""
sources: [{{file: {self.log}}}]
firewall: {{backend: door}}
policy: {{mode: enforce, exim: {{listen: "127.0.0.1:{self.door}"}}}}
http: {{listen: "127.0.0.1:{self.port}"}}
state: {{directory: {self.folder}/state}}
control: {{socket: {self.socket}, group: "{self.user().get("group", os.getgid())}"}}
""", encoding="ascii")
        for name in ("state", "run") if self.user() else ():
            os.chown(self.folder / name, NOBODY, NOBODY)
        daemon = subprocess.Popen((PROGRAM, "run", "--config", self.config), env=ENVIRONMENT,
                                  stderr=subprocess.DEVNULL, **self.user())
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.kill)
        until(lambda: self.status().get("firewall", {}).get("state") == "ok")

    @staticmethod
    def user():
        """The door alone needs no right: the daemon runs as nobody, if these tests run as root."""
        return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}

    def status(self):
        shown = mailban("status", "--json", "--socket", str(self.socket))
        return json.loads(shown.stdout) if shown.returncode == 0 else {}

    def scrape(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=60) as page:
            return page.read().decode()

    def ask(self, line):
        with socket.create_connection(("127.0.0.1", self.door), timeout=60) as server:
            server.sendall(line.encode() + b"\n")
            return server.makefile().read()

    def written(self):
        """All names that a sample may have."""
        names = set()
        for line in self.scrape().splitlines():
            if line.startswith("# TYPE"):
                _, _, name, kind = line.split()
                names |= {name + part for part in ("_bucket", "_sum", "_count")} \
                    if kind == "histogram" else {name}
        return names

    def check_names(self, text):
        named = set(NAME.findall(text))
        self.assertGreater(len(named), 5)
        self.assertEqual(named - self.written(), set())

    def test_the_dashboard_names_what_the_daemon_writes(self):
        text = (CONFIG / "grafana.json").read_text(encoding="ascii")
        panels = json.loads(text)["panels"]
        self.assertEqual(len(panels), len({panel["id"] for panel in panels}))
        self.check_names(text)

    def test_the_alert_rules_name_what_the_daemon_writes(self):
        rules = CONFIG / "mailban.rules.yaml"
        self.check_names(rules.read_text(encoding="ascii"))
        if PROMTOOL:
            checked = subprocess.run((PROMTOOL, "check", "rules", rules), capture_output=True, text=True,
                                     check=False, timeout=60)
            self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_the_door_alone_holds_bans_and_the_metrics_count_them(self):
        with open(self.log, "a", encoding="ascii") as log:
            now = int(subprocess.check_output(("date", "+%s")))
            for number in range(5):
                log.write(exim_failure(now, "192.0.2.7", "bob", 1000 + number))
        until(lambda: self.status()["active_bans"] == 1)
        self.assertEqual(self.ask("192.0.2.7 587 bob"), "deny")
        self.assertEqual(self.ask("192.0.2.8 587 bob"), "allow")
        text = self.scrape()
        for line in ('mailban_policy_late_total{server="exim"} 0',
                     'mailban_events_total{kind="auth_failure",server="exim"} 5',
                     'mailban_bans_total{origin="rule",rule="password-guessing"} 1',
                     'mailban_active_bans{origin="rule"} 1',
                     'mailban_policy_answers_total{server="exim",verdict="deny"} 1',
                     'mailban_policy_answer_seconds_count{server="exim"} 2',
                     'mailban_firewall_ok{backend="door"} 1',
                     'mailban_firewall_enforced_bans 0'):
            self.assertIn(line + "\n", text)
        if PROMTOOL:
            checked = subprocess.run((PROMTOOL, "check", "metrics"), input=text, capture_output=True,
                                     text=True, check=False, timeout=60)
            self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))
        shown = mailban("show", "192.0.2.7", "--socket", str(self.socket)).stdout.decode()
        self.assertIn("banned since", shown)
        listed = json.loads(mailban("bans", "--json", "--socket", str(self.socket)).stdout)
        self.assertEqual(listed[0]["where"], "both")

    def test_a_ban_by_hand_holds_at_the_door(self):
        def ban(*words):
            return mailban("ban", "192.0.2.9", *words, "--socket", str(self.socket))
        refused = ban("--where", "firewall")
        self.assertEqual(refused.returncode, 1)
        self.assertIn(b"firewall.backend is 'door'", refused.stdout + refused.stderr)
        self.assertEqual(self.ask("192.0.2.9 587 bob"), "allow")
        done = ban("--where", "door")
        self.assertEqual(done.returncode, 0)
        self.assertIn(b", only at the door", done.stdout)
        self.assertEqual(self.ask("192.0.2.9 587 bob"), "deny")
        listed = json.loads(mailban("bans", "--json", "--socket", str(self.socket)).stdout)
        self.assertEqual(listed[0]["where"], "door")

    def test_the_check_says_that_there_is_no_firewall(self):
        said = mailban("check", "--config", self.config).stdout.decode()
        self.assertIn("none (backend door): bans hold where mail servers ask", said)

    def test_no_other_page_is_there(self):
        with self.assertRaises(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/other", timeout=60)


if __name__ == "__main__":
    unittest.main()
