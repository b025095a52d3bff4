"""From a fresh Debian with a mail server to the first ban of a real attacker: commands and seconds.

Exim with rsyslog's files, and Dovecot without any syslog daemon. It takes the package from
build/roots/SUITE/build/package, so it runs with MAILBAN_LONG=1 only; MAILBAN_SUITE names the release.
"""

import json
import os
import shutil
import sys
import time
import unittest

from lab import fresh, machine
from lab.shell import outcome, run, wait_until
from package_test import BUILT, SUITE, the_package

PROGRAM = os.path.realpath(__file__)
# Nobody's password is right here; Exim compares it with nothing.
EXIM_CONFIGURATION = r"""
primary_hostname = mail.example.org
log_file_path = /var/log/exim4/%slog
acl_smtp_rcpt = accept
begin acl
begin routers
begin transports
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = false
  server_set_id = $auth2
"""


def guess(server, protocol):
    """Guesses until the server can be reached no longer; prints how many guesses it answered."""
    import imaplib
    import smtplib
    import ssl
    answered = 0
    end = time.monotonic() + 200
    context = ssl._create_unverified_context()  # pylint: disable=protected-access
    while time.monotonic() < end:
        try:
            if protocol == "smtp":
                with smtplib.SMTP(server, 25, timeout=3) as client:
                    client.ehlo("guesser.example")
                    client.docmd("AUTH", "PLAIN AGJvYgB3cm9uZw==")
                    answered += 1
            else:
                client = imaplib.IMAP4_SSL(server, 993, ssl_context=context, timeout=20)
                try:
                    client.login("bob", f"wrong{answered}")
                except imaplib.IMAP4.error as error:
                    if isinstance(error, imaplib.IMAP4.abort):
                        raise OSError("cut") from error
                answered += 1
                client.shutdown()
        except (OSError, smtplib.SMTPException):
            if answered:
                break
            time.sleep(0.2)
    print(answered)


class AFreshMachine(unittest.TestCase):

    def first_ban(self, servers, prepare, protocol):
        package = the_package()
        with fresh.FreshDebian(SUITE, [package], servers) as booted, booted.attacker() as (enter, server):
            booted.run("apt-get", "-q", "install", "-y", "--no-install-recommends", *servers)
            prepare(booted)
            before = booted.nft("list", "ruleset")
            commands = (("apt-get", "-q", "install", "-y", package.replace(BUILT, "/packages")),
                        ("mailban", "setup", "--yes"))
            began = time.monotonic()
            said = [booted.run(*command) for command in commands]
            ready = time.monotonic() - began
            self.assertIn("mailban runs and bans from now on", said[1])
            self.assertEqual(booted.property("mailban", "ActiveState"), "active")
            self.assertEqual(booted.property("mailban", "UnitFileState"), "enabled")
            answered = run(*enter, sys.executable, "-B", PROGRAM, "guess", server, protocol, timeout=260).strip()
            taken = time.monotonic() - began
            bans = json.loads(booted.run("mailban", "bans", "--json"))
            status = booted.outcome("mailban", "status").stdout
            self.assertEqual([ban["address"] for ban in bans], ["198.51.100.66"], status)
            self.assertNotEqual(booted.nft("list", "ruleset"), before)
            port = "25" if protocol == "smtp" else "993"
            closed = outcome(*enter, "timeout", "3", "bash", "-c", f"exec 3<>/dev/tcp/{server}/{port}")
            self.assertNotEqual(closed.returncode, 0, "the server can be reached")
            print(f"{SUITE}, {protocol}: {len(commands)} commands, ready after {ready:.1f} s, "
                  f"banned after {taken:.1f} s and {answered} guesses, rule {bans[0]['rule']}", flush=True)
            self.assertIn("MAILBAN_EVENT", booted.run("journalctl", "-u", "mailban", "-o", "json", "MAILBAN_EVENT=ban"))
            self.assertIn("Subject: 198.51.100.66/32 was banned",
                          booted.run("journalctl", "-x", "--no-pager", "MAILBAN_EVENT=ban"))

    def test_with_exim(self):
        def prepare(booted):
            booted.run("sh", "-c", f"cat > /etc/exim4/exim4.conf <<'END'\n{EXIM_CONFIGURATION}END\n")
            booted.run("sh", "-c", "printf \"QUEUERUNNER='combined'\\nQUEUEINTERVAL='30m'\\n\" >> /etc/default/exim4")
            booted.run("systemctl", "restart", "exim4")
            wait_until(lambda: booted.outcome("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/25").returncode == 0,
                       "Exim listens", 30)
        self.first_ban(["exim4-daemon-light"], prepare, "smtp")

    def test_with_dovecot_and_no_syslog_daemon(self):
        def prepare(booted):
            self.assertNotEqual(booted.outcome("systemctl", "cat", "rsyslog").returncode, 0)
            booted.run("systemctl", "restart", "dovecot")
            wait_until(lambda: booted.outcome("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/993").returncode == 0,
                       "Dovecot listens", 30)
        self.first_ban(["dovecot-imapd", "postfix", "ssl-cert"], prepare, "imap")


if __name__ == "__main__":
    if sys.argv[1:2] == ["guess"]:
        sys.exit(guess(*sys.argv[2:]))
    if os.environ.get("MAILBAN_LONG") != "1":
        sys.exit(print("skipped: only with MAILBAN_LONG=1") or machine.SKIPPED)
    if os.geteuid() != 0 or not all(map(shutil.which, ("debootstrap", "systemd-nspawn", "nft"))):
        sys.exit(print("skipped: needs root, debootstrap, systemd-nspawn and nft") or machine.SKIPPED)
    unittest.main(verbosity=2)
