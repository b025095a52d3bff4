"""The installed service in a booted machine, an attacker's packets included."""

import json
import os
import shutil
import unittest

from . import client, network, web
from .boot import BootedMachine
from .daemon import PROGRAM, append, failure
from .shell import run, wait_until

BUILD = os.environ.get("MAILBAN_BUILD") or os.path.dirname(PROGRAM)
LOG = "/var/log/mailban-story.log"
CONFIG = "/etc/mailban/mailban.yaml"
STATE = "/var/lib/mailban"
PORT = web.PORT


class InstalledService(unittest.TestCase):
    """To be derived from: the units as they are installed, and a log that belongs to adm.

    HOSTS is how many attackers there are. `prepare` is called before the machine is booted.
    """

    HOSTS = 1

    @classmethod
    def prepare(cls):
        """What has to be there when the machine is booted."""

    @classmethod
    def setUpClass(cls):
        network.connect_hosts(count=cls.HOSTS)
        cls.enterClassContext(web.OtherService())
        run("cmake", "--install", BUILD, "--prefix", "/usr", timeout=120)
        cls.prepare()
        cls.machine = cls.enterClassContext(BootedMachine())
        cls.machine.run("systemd-sysusers")
        cls.machine.run("systemctl", "start", "mailban-ufw.socket")

    def setUp(self):
        shutil.rmtree(STATE, ignore_errors=True)
        # As distributions have their mail logs: the service is not root.
        with open(LOG, "w", encoding="ascii"):
            shutil.chown(LOG, group="adm")
            os.chmod(LOG, 0o640)

    @staticmethod
    def configuration(backend):
        """What an administrator would write; the banned port is that of the lab's other service."""
        return f"""\
sources:
  - {{file: {LOG}, parser: exim}}
rules:
  - {{name: password-guessing, on: auth_failure, by: ip, limit: 5, within: 10m, ban: 1h}}
firewall: {{backend: {backend}, ports: [{PORT}], on_stop: remove}}
"""

    def configure(self, text):
        """Replaces the configuration; nobody is told."""
        with open(CONFIG, "w", encoding="utf-8") as file:
            file.write(text)

    def begin(self, backend):
        """Starts the service with this back end; it is stopped when the test ends."""
        self.configure(self.configuration(backend))
        self.addCleanup(self.machine.outcome, "systemctl", "stop", "mailban")
        self.start_service()
        self.assertEqual(self.machine.property("mailban", "ActiveState"), "active")

    def start_service(self):
        """Until its logs are open: systemd takes it for started before that, when its bans stand."""
        started = self.machine.outcome("systemctl", "start", "mailban")
        self.assertEqual(started.returncode, 0, started.stderr + self.journal())
        wait_until(lambda: self.status()["firewall"]["state"] != "starting", "the logs are open", 20)

    def journal(self, unit="mailban"):
        """What a unit has said."""
        return self.machine.run("journalctl", "--no-pager", f"--unit={unit}", "--lines=40")

    def status(self):
        """What the daemon tells of itself."""
        return json.loads(self.machine.run("mailban", "status", "--json"))

    @staticmethod
    def is_out(address):
        """Whether a client's packets are dropped."""
        return client.unanswered(address, (PORT,), 0.5) == [PORT]

    def attack(self, address):
        """Five wrong passwords in the log, and the ban that has to follow, packets and all."""
        self.assertTrue(web.is_reachable(address))
        append(LOG, failure(address) * 5)
        try:
            wait_until(lambda: self.is_out(address), f"{address} is shut out", 15)
        except AssertionError as late:
            self.fail(f"{late}\n{self.journal()}\n{self.journal('mailban-ufw')}")
