"""`sources: auto`, as it is shipped: whatever logs a machine has, nobody has edited a configuration.

A booted systemd runs the units as they are installed, with the shipped mailban.yaml. It has Debian's Postfix and Dovecot
and no rsyslog: what they say is in the journal alone. Other logs are laid down as other machines have them. Bans are seen
as packets that are dropped.
"""

import json
import os
import shutil
import time

from lab import client, login, network, story
from lab.daemon import append, failure
from lab.installed import CONFIG, STATE, InstalledService
from lab.shell import run, wait_until

LOGS = {"/var/log/mail.log": "adm", "/var/log/exim4/mainlog": "adm"}
CONTAINERS = "/var/lib/docker/containers"
DROP_IN = "/etc/systemd/system/mailban.service.d"
EXAMPLE = "/usr/share/doc/mailban/examples/containers.conf"
DOVECOT = """\
protocols = imap
listen = *
ssl = no
disable_plaintext_auth = no
auth_verbose = yes
mail_location = maildir:/var/mail/%n
passdb {
  driver = passwd-file
  args = /etc/dovecot/users
}
userdb {
  driver = static
  args = uid=mail gid=mail home=/var/mail/%n allow_all_users=yes
}
service auth {
  unix_listener /var/spool/postfix/private/auth {
    mode = 0666
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
"""
POSTFIX = {"smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "dovecot", "smtpd_sasl_path": "private/auth",
           "smtpd_peername_lookup": "no", "inet_interfaces": "all", "inet_protocols": "ipv4",
           "alias_maps": "", "myhostname": "mx.example.com"}


def postfix_failure(address):
    """What rsyslog writes of a wrong password at Postfix, by Debian's template."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    return (f"{stamp}.123456+00:00 mx postfix/smtpd[4711]: warning: unknown[{address}]: SASL LOGIN authentication "
            "failed: authentication failure, sasl_username=bob@example.com\n")


def in_json_file(line):
    """A line of a container's output as Docker's json-file keeps it."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    return json.dumps({"log": line, "stream": "stdout", "time": f"{stamp}.123456789Z"}) + "\n"


class TheShippedConfiguration(InstalledService):

    HOSTS = 12

    @classmethod
    def prepare(cls):
        with open("/etc/dovecot/dovecot.conf", "w", encoding="ascii") as file:
            file.write(DOVECOT)
        with open("/etc/dovecot/users", "w", encoding="ascii") as file:
            file.write("anna:{PLAIN}right::::::\n")
        run("postconf", "-e", *(f"{name}={value}" for name, value in POSTFIX.items()))

    def setUp(self):
        shutil.rmtree(STATE, ignore_errors=True)
        self.addCleanup(self.forget_logs)
        with open(CONFIG, encoding="utf-8") as file:
            self.assertIn("\nsources: auto\n", file.read())

    def forget_logs(self):
        """Stops the service; no log is left."""
        self.machine.outcome("systemctl", "stop", "mailban")
        for log in LOGS:
            if os.path.exists(log):
                os.remove(log)
        shutil.rmtree("/var/lib/docker", ignore_errors=True)
        shutil.rmtree(DROP_IN, ignore_errors=True)
        self.machine.run("systemctl", "daemon-reload")

    def lay_down(self, log):
        """An empty log, as its distribution has it."""
        os.makedirs(os.path.dirname(log), exist_ok=True)
        with open(log, "w", encoding="ascii"):
            shutil.chown(log, group=LOGS[log])
            os.chmod(log, 0o640)

    def found(self):
        """The logs that the daemon says it found."""
        return {source["file"] for source in self.status()["sources"] if source["auto_detected"]}

    def assert_is_shut_out(self, address, ports=(25, 143)):
        """The client's packets to the mail ports are dropped soon."""
        def is_out():
            return client.unanswered(address, ports, 0.5) == sorted(ports)
        try:
            wait_until(is_out, f"{address} is shut out", 15)
        except AssertionError as late:
            self.fail(f"{late}\n{self.journal()}\n{json.dumps(self.status()['sources'], indent=1)}")

    def guess(self, protocol, address, port, times):
        """So many wrong passwords, each in a connection of its own; the last answer may never come."""
        for guess in range(times):
            line = protocol(address, port)
            line.send_password("PLAIN", "anna", f"wrong{guess}")
            wait_until(lambda made=guess + 1: self.counted(address) >= made, f"guess {guess + 1}", 15)
            line.close()

    def counted(self, address):
        """How many attempts of the address counted."""
        told = json.loads(self.machine.run("mailban", "show", address, "--json"))
        return sum(one["counted"] for one in told["evidence"] if one["kind"] == "auth_failure")

    def test_reads_what_rsyslog_writes(self):
        self.lay_down("/var/log/mail.log")
        self.start_service()
        self.assertIn("/var/log/mail.log", self.found())
        self.assertRegex(self.journal(), "found .*/var/log/mail.log")
        address = network.attacker(1)
        append("/var/log/mail.log", postfix_failure(address) * 5)
        self.assert_is_shut_out(address)

    def test_reads_exims_own_log(self):
        self.lay_down("/var/log/exim4/mainlog")
        self.start_service()
        address = network.attacker(2)
        append("/var/log/exim4/mainlog", failure(address) * 5)
        self.assert_is_shut_out(address)

    def test_reads_what_postfix_and_dovecot_tell_the_journal_alone(self):
        for unit in ("dovecot", "postfix"):
            self.machine.run("systemctl", "start", unit)
            self.addCleanup(self.machine.outcome, "systemctl", "stop", unit)
        wait_until(lambda: all(f":{port} " in run("ss", "-Hltn") for port in (25, 143)), "servers listen", 20)
        self.start_service()
        self.assertLessEqual({"journal unit dovecot.service", "journal unit postfix@-.service"}, self.found())
        checked = self.machine.outcome("mailban", "check", "--as", "mailban").stdout
        self.assertIn("journal unit dovecot.service", checked)
        self.assertNotIn("does not exist", checked)
        self.assertEqual([told for told in self.status()["warnings"] if "No such file" in told], [])
        by_imap, by_smtp = network.attacker(3), network.attacker(4)
        self.guess(login.Imap, by_imap, 143, 5)
        self.guess(login.Smtp, by_smtp, 25, 5)
        self.assert_is_shut_out(by_imap, (143,))
        self.assert_is_shut_out(by_smtp)
        self.assertEqual((self.counted(by_imap), self.counted(by_smtp)), (5, 5))

    def test_counts_once_what_the_journal_and_rsyslogs_file_have(self):
        self.lay_down("/var/log/mail.log")
        self.machine.run("systemctl", "start", "dovecot")
        self.addCleanup(self.machine.outcome, "systemctl", "stop", "dovecot")
        wait_until(lambda: ":143 " in run("ss", "-Hltn"), "Dovecot listens", 20)
        self.start_service()
        address = network.attacker(5)
        self.guess(login.Imap, address, 143, 4)
        wait_until(lambda: self.counted(address) == 4, "four attempts", 10)
        # rsyslog's file of them, a little later.
        said = self.machine.run("journalctl", "--no-pager", "--unit=dovecot", "--output=short-iso-precise")
        append("/var/log/mail.log", "".join(line.replace("+0000 ", "+00:00 ") + "\n"
                                            for line in said.splitlines() if address in line))
        read = f"lines of {address}"
        wait_until(lambda: any(source["file"] == "/var/log/mail.log" and source["events"] >= 4
                               for source in self.status()["sources"]), read, 10)
        self.assertEqual(self.counted(address), 4)

    def test_takes_up_a_log_that_appears(self):
        self.start_service()
        self.assertNotIn("/var/log/mail.log", self.found())
        self.lay_down("/var/log/mail.log")
        self.machine.run("systemctl", "reload", "mailban")
        self.assertIn("/var/log/mail.log", self.found())

    def test_goes_on_where_it_was(self):
        self.lay_down("/var/log/mail.log")
        self.start_service()
        address = network.attacker(6)
        append("/var/log/mail.log", postfix_failure(address) * 3)
        wait_until(lambda: self.counted(address) == 3, "three attempts", 10)
        self.machine.run("systemctl", "restart", "mailban")
        append("/var/log/mail.log", postfix_failure(address))
        wait_until(lambda: self.counted(address) == 4, "a fourth", 10)

    def test_says_what_a_container_host_needs_and_then_reads_its_logs(self):
        folder = f"{CONTAINERS}/{'a' * 64}"
        log = f"{folder}/{'a' * 64}-json.log"
        os.makedirs(folder, mode=0o710)
        for closed in ("/var/lib/docker", CONTAINERS, folder):
            os.chmod(closed, 0o710)
        with open(f"{folder}/config.v2.json", "w", encoding="ascii") as file:
            json.dump({"Name": "/mailserver", "LogPath": log,
                       "Config": {"Image": "mailserver/docker-mailserver:14", "Labels": {}}}, file)
        with open(log, "w", encoding="ascii"):
            os.chmod(log, 0o640)
        checked = self.machine.outcome("mailban", "check", "--as", "mailban").stdout
        self.assertIn(f"{CONTAINERS} is not readable", checked)
        os.makedirs(DROP_IN)
        shutil.copy(EXAMPLE, DROP_IN)
        self.machine.run("systemctl", "daemon-reload")
        self.start_service()
        self.assertIn(log, self.found())
        address = network.attacker(7)
        append(log, in_json_file(postfix_failure(address)) * 5)
        self.assert_is_shut_out(address)

    def test_says_where_a_log_may_not_be_read(self):
        log = "/var/log/mail.log"
        self.lay_down(log)
        self.machine.run("chown", "root:mail", log)
        self.start_service()
        wait_until(lambda: "usermod -aG mail mailban" in self.journal(), "the log says who may read it")
        problem = next(one["problem"] for one in self.status()["sources"] if one["file"] == log)
        self.assertIn("Permission denied", problem)


if __name__ == "__main__":
    story.tell("auto")
