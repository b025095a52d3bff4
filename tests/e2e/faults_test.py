"""Firewalls that hang, fail or are gone, while attackers go on: nothing is lost, nothing done twice.

Each fault lasts as long as it takes to be told of; MAILBAN_FAULT_SECONDS makes them longer.
"""

import contextlib
import json
import os
import signal
import stat
import subprocess
import time
import unittest

from lab import firewalls, network, story, web
from lab.daemon import PROGRAM, Mailban, append, failure
from lab.service_manager import ServiceManager
from lab.shell import outcome, run, start, wait_until

PORT = web.PORT
HANGING = "sleep 1000"
LOAD_EVERY = 0.25    # seconds between two offenders
HANG_SECONDS = 24    # a call is called slow after 20
FAIL_SECONDS = 6
BACK_SECONDS = 100   # a command that hangs is given up after 60
NEIGHBOUR = 250      # who never did anything


def seconds_of(fault):
    """How long a fault lasts."""
    return max(fault, int(os.environ.get("MAILBAN_FAULT_SECONDS", "0")))


@contextlib.contextmanager
def another_ufw(script):
    """ufw replaced by a shell script; without one, there is none."""
    path = "/usr/sbin/ufw"
    os.rename(path, path + ".real")
    if script:
        with open(path, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\n" + script)
        os.chmod(path, stat.S_IRWXU)
    try:
        yield
    finally:
        os.rename(path + ".real", path)
        outcome("pkill", "--full", HANGING)


@contextlib.contextmanager
def table_of_somebody_else():
    """The kernel refuses whatever is asked for mailban's table: another process owns it."""
    run("nft", "delete", "table", "inet", "mailban")
    with subprocess.Popen(["nft", "-i"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, text=True) as owner:
        owner.stdin.write("add table inet mailban { flags owner; }\n")
        owner.stdin.flush()
        try:
            yield
        finally:
            owner.stdin.close()
            owner.wait(10)


@contextlib.contextmanager
def stopped(firewalld):
    """firewalld answers nothing."""
    firewalld.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        firewalld.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def absent(firewalld):
    """There is no firewalld for a while."""
    firewalld.end()
    try:
        yield
    finally:
        firewalld.begin()


class Faults(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        network.connect_hosts(count=NEIGHBOUR)
        cls.enterClassContext(web.OtherService())

    def suffer(self, backend, fault, seconds):
        """Attackers before, during and after a fault of the firewall; all of them are out in the end."""
        self.firewall = self.enterContext(firewalls.BY_NAME[backend]())
        before = self.firewall.snapshot()
        log = f"/srv/{self.id()}.log"
        append(log, "")
        self.manager = self.enterContext(ServiceManager(f"/srv/{self.id()}.notify"))
        mailban = Mailban(f"/srv/{self.id()}", backend, log, limit=1, ports=(PORT,),
                          environment=self.manager.environment)
        self.enterContext(mailban)
        attackers = [network.attacker(number) for number in range(1, 4)]
        for one in attackers:
            append(log, failure(one))
        wait_until(lambda: self.all_stand(mailban, attackers), "the first bans stand", 20)

        with fault(self.firewall):
            told = self.attack_during(mailban, log, attackers, seconds)
        began = time.monotonic()
        wait_until(lambda: self.all_stand(mailban, attackers), "every ban stands", BACK_SECONDS, 0.1)
        back = time.monotonic() - began
        wait_until(lambda: self.manager.status().endswith(" ok"), "systemd hears that all is well")

        status = mailban.ask("status")
        self.assertEqual(status["bans_made"], len(attackers))
        self.assertEqual(sum(source["events"] for source in status["sources"]), len(attackers))
        self.assertCountEqual(self.shown(mailban), [f"{one}/32" for one in attackers])
        for one in (attackers[0], attackers[-1]):
            self.assertFalse(web.is_reachable(one))
        self.assertTrue(web.is_reachable(network.attacker(NEIGHBOUR)))
        print(f"{self.id().rpartition('.')[2]}: {len(attackers)} bans, none lost, none double; degraded "
              f"after {told:.1f} s; all in force {back:.1f} s after the fault's end")
        self.assertEqual(mailban.stop(60 + 4 * len(attackers)), 0)
        self.assertEqual(self.firewall.snapshot(), before)

    def attack_during(self, mailban, log, attackers, seconds):
        """One more offender every now and then; after how long the status told of the fault."""
        began = time.monotonic()
        end = began + seconds_of(seconds)
        told = None
        while time.monotonic() < end:
            # Other work goes on: its line is read and its ban made, whatever the firewall does.
            one = network.attacker(len(attackers) + 1)
            append(log, failure(one))
            attackers.append(one)
            time.sleep(LOAD_EVERY)
            firewall = mailban.ask("status")["firewall"]
            if firewall["state"] == "degraded":
                self.assertTrue(firewall["reason"])
                self.assertTrue(firewall["since"])
                told = told or time.monotonic() - began
        self.assertIsNotNone(told, "the status never told of the fault")
        self.assertEqual(firewall["state"], "degraded", "the fault is not over")
        wait_until(lambda: f"degraded: {firewall['reason']}" in self.manager.status(),
                   "systemd hears of the fault")
        wait_until(lambda: len(mailban.banned()) == len(attackers), "every ban is made")
        return told

    def shown(self, mailban):
        """What the firewall holds, asked past the daemon."""
        answer = outcome(PROGRAM, "firewall", "show", "--json", "--config", mailban.config)
        if answer.returncode != 0:
            return []
        return [ban["prefix"] for one in json.loads(answer.stdout) for ban in one["bans"]]

    def all_stand(self, mailban, attackers):
        """Whether the daemon says so; what it says is looked at afterwards."""
        firewall = mailban.ask("status")["firewall"]
        return firewall["state"] == "ok" and firewall["pending"] == 0 and \
            firewall["enforced_bans"] == len(attackers)

    def test_a_ufw_that_hangs(self):
        self.suffer("ufw", lambda _: another_ufw(f"exec {HANGING}\n"), HANG_SECONDS)

    def test_a_reload_while_it_starts_is_refused(self):
        """What an earlier run left would be counted twice."""
        self.enterContext(firewalls.Ufw())
        log = "/srv/starting.log"
        append(log, "")
        mailban = Mailban("/srv/starting", "ufw", log)
        with another_ufw(f"exec {HANGING}\n"):
            mailban.process = start(PROGRAM, "run", "--config", mailban.config, log=mailban.output)
            self.addCleanup(mailban.process.wait, 10)
            self.addCleanup(mailban.process.kill)
            wait_until(lambda: mailban.command("status").returncode == 0, "it answers")
            self.assertEqual(mailban.ask("status")["firewall"]["state"], "starting")
            refused = mailban.command("reload")
            self.assertNotEqual(refused.returncode, 0)
            self.assertIn("still starting", refused.stderr)
        wait_until(lambda: mailban.command("reload").returncode == 0, "it has started", BACK_SECONDS)

    def test_a_ufw_that_fails(self):
        self.suffer("ufw", lambda _: another_ufw("echo 'ERROR: nothing works' >&2\nexit 1\n"),
                    FAIL_SECONDS)

    def test_a_ufw_that_is_gone(self):
        self.suffer("ufw", lambda _: another_ufw(""), FAIL_SECONDS)

    def test_a_firewalld_that_hangs(self):
        self.suffer("firewalld", stopped, HANG_SECONDS)

    def test_a_firewalld_that_is_gone(self):
        self.suffer("firewalld", absent, FAIL_SECONDS)

    def test_nftables_that_refuse(self):
        self.suffer("nftables", lambda _: table_of_somebody_else(), FAIL_SECONDS)


if __name__ == "__main__":
    story.tell()
