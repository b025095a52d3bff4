"""The installed service where there is nothing to see: who says so, and in which words.

A booted systemd runs the units as they are installed.
"""

import json
import os
import shutil

from lab import story
from lab.daemon import append, failure
from lab.installed import CONFIG, LOG, InstalledService
from lab.shell import wait_until

HOME = "/home/joe"
DROP_IN = "/etc/systemd/system/mailban.service.d"


def configuration(source):
    return f"""\
sources: [{{file: {source}}}]
firewall: {{backend: nftables, ports: [25], on_stop: remove}}
"""


class TheHealth(InstalledService):

    def start(self, source):
        """The service on one log."""
        self.configure(configuration(source))
        self.addCleanup(self.machine.outcome, "systemctl", "stop", "mailban")
        self.start_service()

    def check(self, *more):
        """The exit code, and the findings by their subject."""
        done = self.machine.outcome("mailban", "check", "--json", *more)
        return done.returncode, {one["subject"]: one for one in json.loads(done.stdout)}

    def health(self):
        done = self.machine.outcome("mailban", "health")
        return done.returncode, done.stdout

    def status_text(self):
        return self.machine.property("mailban", "StatusText")

    def test_is_critical_without_a_daemon(self):
        code, said = self.health()
        self.assertEqual(code, 2)
        self.assertTrue(said.startswith("MAILBAN CRITICAL - "), said)

    def test_is_ok_where_a_mail_server_logs(self):
        append(LOG, failure("192.0.2.9"))
        self.start(LOG)
        wait_until(lambda: self.health()[0] == 0, "it is well", 20)
        code, said = self.health()
        self.assertRegex(said, r"^MAILBAN OK - 0 banned, firewall nftables ok \| bans=0;;;0 failures=1c;;;0 ")
        self.assertEqual(self.check("--as", "mailban")[0], 0)

    def test_is_critical_where_no_log_exists(self):
        self.configure(configuration("/var/log/no-such.log"))
        code, found = self.check()
        self.assertEqual(code, 1)
        self.assertEqual(found["sources"]["grade"], "wrong")
        self.assertIn("the only log, /var/log/no-such.log, does not exist: mailban can ban nobody",
                      found["sources"]["text"])
        self.start("/var/log/no-such.log")
        wait_until(lambda: self.health()[0] == 2, "it is blind", 20)
        self.assertIn("blind: the only log, /var/log/no-such.log, does not exist", self.health()[1])
        wait_until(lambda: self.status_text().startswith("CRITICAL: blind: "), "systemctl status says so", 20)
        self.assertEqual(self.journal().count("blind: the only log"), 1)
        status = self.machine.run("mailban", "status")
        self.assertIn("CRITICAL: blind: the only log", status)
        # The log appears, with the first line of a mail server.
        with open("/var/log/no-such.log", "w", encoding="ascii") as log:
            log.write(failure("192.0.2.9"))
        self.addCleanup(os.remove, "/var/log/no-such.log")
        shutil.chown("/var/log/no-such.log", group="adm")
        os.chmod("/var/log/no-such.log", 0o640)
        wait_until(lambda: self.health()[0] == 0, "it sees", 20)
        wait_until(lambda: "no longer blind" in self.journal(), "the log says so", 20)

    def test_names_what_the_unit_hides(self):
        os.makedirs(HOME, exist_ok=True)
        os.chmod(HOME, 0o755)
        self.addCleanup(shutil.rmtree, HOME)
        log = f"{HOME}/mail.log"
        append(log, failure("192.0.2.9"))
        os.chmod(log, 0o644)
        self.configure(configuration(log))
        for more in ((), ("--as", "mailban")):
            code, found = self.check(*more)
            self.assertEqual(code, 1)
            self.assertEqual(found[f"log {log}"]["grade"], "wrong")
            self.assertIn("ProtectHome=yes of mailban.service hides /home; a drop-in with "
                          "ProtectHome=read-only", found[f"log {log}"]["text"])
        self.start(log)
        wait_until(lambda: self.health()[0] == 2, "it is noticed", 20)
        os.makedirs(DROP_IN)
        self.addCleanup(self.machine.run, "systemctl", "daemon-reload")
        self.addCleanup(shutil.rmtree, DROP_IN)
        with open(f"{DROP_IN}/home.conf", "w", encoding="ascii") as file:
            file.write("[Service]\nProtectHome=read-only\n")
        self.machine.run("systemctl", "daemon-reload")
        self.assertEqual(self.check("--as", "mailban")[0], 0)
        self.machine.run("systemctl", "restart", "mailban")
        wait_until(lambda: self.health()[0] == 0, "it sees", 20)

    def test_names_a_configuration_that_the_next_start_would_refuse(self):
        append(LOG, failure("192.0.2.9"))
        self.start(LOG)
        wait_until(lambda: self.health()[0] == 0, "it is well", 20)
        with open(CONFIG, "a", encoding="utf-8") as file:
            file.write("no_such_key: 1\n")
        self.assertNotEqual(self.machine.outcome("mailban", "reload").returncode, 0)
        wait_until(lambda: self.health()[0] == 1, "it is told", 20)
        self.assertIn("the next start would fail", self.health()[1])


if __name__ == "__main__":
    story.tell()
