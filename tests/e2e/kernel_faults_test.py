"""What the kernel gave is taken away while the daemon runs: memory, watches, rights, time, a writable
disk. Each fault says what was injected; demanded is what was lost (nothing) and what was said.

Runs in namespaces of its own (../firewall/in_namespace). MAILBAN_SUSPEND_SECONDS (4) is how long it
is suspended, MAILBAN_FAILING_DISK the library of failing_disk.cpp. The clock is set by libfaketime, for
the daemon alone; its steady clock goes on, as after a suspension or where an administrator sets the time.
"""

import fcntl
import glob
import json
import os
import signal
import sqlite3
import stat
import time
import unittest

from lab import daemon
from lab.daemon import append, failure
from lab.faults import Faulty, attack, client
from lab.service_manager import ServiceManager
from lab.shell import outcome, run, start, wait_until

SUSPENDED = int(os.environ.get("MAILBAN_SUSPEND_SECONDS", "4"))
FAILING_DISK = os.environ.get("MAILBAN_FAILING_DISK", "")
FAKETIME = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)
WITHOUT_OVERRIDE = ("setpriv", "--bounding-set=-dac_override,-dac_read_search",
                    "--inh-caps=-dac_override,-dac_read_search")
HOUR = 3600
INOTIFY = "/proc/sys/user/max_inotify_"


class KernelFaults(Faulty):

    def problem(self, mailban):
        """Why the log is not read."""
        source, = mailban.ask("status")["sources"]
        return source["problem"] or ""

    def start_without_override(self, mailban):
        """Whoever owns a file and may not read it is refused, root or not."""
        mailban.under = WITHOUT_OVERRIDE
        mailban.start()

    # Watches.

    def test_watches_that_run_out_while_it_runs_are_done_without(self):
        mailban = self.mailban()
        mailban.start()
        attack(self.log, 1, 2)
        wait_until(lambda: self.events(mailban) == 2, "the log is watched")
        with self.setting(INOTIFY + "watches", 0):
            for turn in range(3):  # each new file would need a watch
                os.rename(self.log, f"{self.log}.{3 - turn}")
                attack(self.log, 1, 1)
                wait_until(lambda: self.events(mailban) == 3 + turn, "it is read all the same")
            self.warned(mailban, "max_user_watches")
        self.assertEqual(mailban.wait_for_ban(client(1))["count"], 5)
        wait_until(lambda: mailban.ask("status")["warnings"] == [], "it is watched again")

    def test_without_any_inotify_the_logs_are_polled(self):
        with self.setting(INOTIFY + "instances", 0):
            mailban = self.mailban()
            mailban.start()
            self.warned(mailban, "inotify: Too many open files; checking every second")
            attack(self.log, 1, 3)
            os.rename(self.log, self.log + ".1")
            attack(self.log, 1, 2)
            self.assertEqual(mailban.wait_for_ban(client(1))["count"], 5)

    # Rights.

    def test_a_log_that_may_not_be_read_for_a_while_loses_nothing(self):
        mailban = self.mailban()
        self.start_without_override(mailban)
        attack(self.log, 1, 2)
        wait_until(lambda: self.events(mailban) == 2, "it is read")
        os.rename(self.log, self.log + ".1")
        os.close(os.open(self.log, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0))  # so from its birth
        attack(self.log, 1, 1)  # whoever writes it may
        wait_until(lambda: "Permission denied" in self.problem(mailban), "it is said")
        self.assertIn(self.log, self.problem(mailban))
        attack(self.log + ".1", 1, 1)  # and somebody still has the old one
        wait_until(lambda: self.events(mailban) == 3, "the old one is read on")
        os.chmod(self.log, 0o640)
        attack(self.log, 1, 1)
        self.assertEqual(mailban.wait_for_ban(client(1))["count"], 5)
        self.assertEqual((self.problem(mailban), self.events(mailban)), ("", 5))

    def test_a_directory_that_is_closed_for_a_while_loses_nothing(self):
        os.mkdir(f"{self.folder}/logs")
        self.log = f"{self.folder}/logs/mainlog"
        append(self.log, "")
        mailban = self.mailban()
        self.start_without_override(mailban)
        attack(self.log, 1, 2)
        wait_until(lambda: self.events(mailban) == 2, "it is read")
        os.chmod(f"{self.folder}/logs", 0)
        attack(self.log, 1, 1)
        os.rename(self.log, self.log + ".1")
        attack(self.log, 1, 1)
        wait_until(lambda: "Permission denied" in self.problem(mailban), "it is said")
        os.chmod(f"{self.folder}/logs", 0o755)
        attack(self.log, 1, 1)
        self.assertEqual(mailban.wait_for_ban(client(1))["count"], 5)
        self.assertEqual((self.problem(mailban), self.events(mailban)), ("", 5))

    # Memory.

    def test_a_run_without_memory_ends_and_the_next_start_goes_on(self):
        mailban = self.mailban(limit=2)
        mailban.start()
        attack(self.log, 1, 2)
        mailban.wait_for_ban(client(1))
        # As much as it has, and a little: the first crowd does not fit in.
        run("prlimit", "--pid", str(mailban.process.pid), f"--as={self.address_space(mailban) + (4 << 20)}")
        crowd = 60_000
        text = [failure(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", port=number)
                for number in range(crowd)]
        for first in range(0, crowd, 1000):
            append(self.log, "".join(text[first:first + 1000]))
        self.assertEqual(mailban.process.wait(60), 1)  # systemd starts it again
        self.assertIn("out of memory", mailban.said())
        before = self.events(mailban)
        self.assertLess(before, crowd + 2)
        mailban.start()
        wait_until(lambda: self.events(mailban) >= crowd + 2, "the rest is read", 60, 0.2)
        source, = mailban.ask("status")["sources"]
        self.assertEqual((source["bytes_behind"], self.events(mailban)), (0, crowd + 2))
        self.assertEqual(mailban.banned(), [f"{client(1)}/32"])
        print(f"out of memory after {before} of {crowd + 2} events; all of them were told once")

    def address_space(self, mailban):
        """Of the daemon, in bytes."""
        with open(f"/proc/{mailban.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGESIZE")

    # Time.

    def test_what_happens_while_it_is_suspended_is_made_up_for(self):
        mailban = self.mailban("nftables", ban="2s")
        mailban.start()
        attack(self.log, 1)
        mailban.wait_for_ban(client(1))
        mailban.process.send_signal(signal.SIGSTOP)
        for turn in range(SUSPENDED):
            attack(self.log, 2, 2)
            os.rename(self.log, f"{self.log}.{SUSPENDED - turn}")
            time.sleep(1)  # it is suspended for so long
        attack(self.log, 2, 2)
        mailban.process.send_signal(signal.SIGCONT)
        wait_until(lambda: self.events(mailban) == 5 + 2 * (SUSPENDED + 1), "every line is read")
        said = mailban.said()
        self.assertIn(f"expired {client(1)}/32", said)
        self.assertIn(f"banned {client(2)}/32", said)
        wait_until(lambda: mailban.is_settled() and not mailban.banned(), "nobody is out any more")
        self.assertNotIn("198.51.", run("nft", "list", "table", "inet", "mailban"))
        source, = mailban.ask("status")["sources"]
        self.assertEqual((source["rotations"], source["note"]), (SUSPENDED, None))

    def set_clock(self, seconds):
        """From now on the daemon's wall clock is so much ahead."""
        with open(f"{self.folder}/clock.new", "w", encoding="ascii") as file:
            file.write(f"{seconds:+}\n")
        os.replace(f"{self.folder}/clock.new", f"{self.folder}/clock")

    def seconds_left(self):
        """After how many seconds the kernel lets the only attacker in; None: he is not out."""
        listed = json.loads(run("nft", "--json", "list", "table", "inet", "mailban"))["nftables"]
        elements = [one for entry in listed for one in entry.get("set", {}).get("elem", [])]
        return elements[0]["elem"]["expires"] if elements else None

    @unittest.skipUnless(FAKETIME, "there is no libfaketime here")
    def test_a_clock_that_is_set_moves_the_ends_of_bans(self):
        self.set_clock(0)
        mailban = self.mailban("nftables")
        mailban.environment = {"LD_PRELOAD": FAKETIME, "FAKETIME_NO_CACHE": "1",
                               "FAKETIME_TIMESTAMP_FILE": f"{self.folder}/clock",
                               "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        mailban.start()
        attack(self.log, 1)
        until = mailban.wait_for_ban(client(1))["until"]
        self.assertLess(self.seconds_left(), HOUR + 1)
        self.set_clock(-3 * HOUR)
        # The kernel counts on, and would let him in three hours early.
        wait_until(lambda: self.seconds_left() > 4 * HOUR - 60, "the kernel follows the clock", 4)
        self.assertEqual(mailban.wait_for_ban(client(1))["until"], until)
        self.set_clock(HOUR + 1)
        wait_until(lambda: self.seconds_left() is None, "the ban ends with its time", 3)
        self.assertEqual(mailban.banned(), [])
        self.assertIn(f"expired {client(1)}/32", mailban.said())
        attack(self.log, 2)
        mailban.wait_for_ban(client(2))

    # The disk.

    @unittest.skipUnless(FAILING_DISK, "MAILBAN_FAILING_DISK names no library")
    def test_a_disk_that_becomes_read_only_under_it_is_waited_out(self):
        fault = f"{self.folder}/fault"
        mailban = self.mailban()
        mailban.environment = {"LD_PRELOAD": FAILING_DISK, "MAILBAN_DISK": f"{mailban.folder}/state",
                               "MAILBAN_DISK_READ_ONLY_WHILE": fault}
        mailban.start()
        attack(self.log, 1)
        mailban.wait_for_ban(client(1))
        append(fault, "")
        for number in range(2, 50):
            attack(self.log, number)
        mailban.wait_for_ban(client(49))
        self.warned(mailban, "state database")
        self.assertEqual(self.events(mailban), 5)
        os.remove(fault)
        wait_until(lambda: self.events(mailban) == 5 * 49, "all of it is written")
        wait_until(lambda: mailban.ask("status")["warnings"] == [], "all is well again")
        self.assertEqual([one for one in os.listdir(f"{mailban.folder}/state") if "damaged" in one], [])
        mailban.kill()
        mailban.start()
        self.assertEqual(len(mailban.banned()), 49)

    @unittest.skipUnless(FAILING_DISK, "MAILBAN_FAILING_DISK names no library")
    def test_a_disk_that_stands_still_for_a_backup_keeps_nobody_waiting(self):
        backup = f"{self.folder}/backup"
        mailban = self.mailban()
        mailban.environment = {"LD_PRELOAD": FAILING_DISK, "MAILBAN_DISK": f"{mailban.folder}/state",
                               "MAILBAN_DISK_STANDS_STILL_WHILE": backup}
        mailban.start()
        attack(self.log, 1)
        mailban.wait_for_ban(client(1))
        lock = self.enterContext(open(backup, "wb"))
        fcntl.flock(lock, fcntl.LOCK_EX)
        for number in range(2, 10):
            attack(self.log, number)
            wait_until(lambda number=number: f"{client(number)}/32" in mailban.banned(), "it is banned")
        self.warned(mailban, "the disk has not finished a write")
        self.assertEqual(self.events(mailban), 5)
        began = time.monotonic()
        self.assertEqual(mailban.command("ban", client(20)).returncode, 0)
        self.assertEqual(mailban.command("unban", client(2)).returncode, 0)
        self.assertTrue(mailban.ask("show", client(9))["banned"])
        self.assertIn("not yet stored", mailban.command("allow", client(30)).stdout)
        self.assertLess(time.monotonic() - began, 5, "who asks waits for the disk no more")
        self.assertIn("the disk has not finished", mailban.command("reload").stderr)
        attack(self.log, 10)
        wait_until(lambda: f"{client(10)}/32" in mailban.banned(), "it is banned all the same")
        fcntl.flock(lock, fcntl.LOCK_UN)
        wait_until(lambda: self.events(mailban) == 5 * 10, "all of it is written")
        wait_until(lambda: mailban.ask("status")["warnings"] == [], "all is well again")
        mailban.kill()
        mailban.start()
        self.assertEqual(sorted(mailban.banned()),
                         sorted(f"{client(number)}/32" for number in (1, *range(3, 11), 20)))

    # Who is told.

    def test_systemd_is_told_of_a_damaged_database(self):
        manager = self.enterContext(ServiceManager(f"{self.folder}/notify"))
        mailban = self.mailban()
        mailban.environment = manager.environment
        mailban.start()
        attack(self.log, 1)
        mailban.wait_for_ban(client(1))
        wait_until(lambda: manager.status() == "1 banned, firewall dry-run ok", "systemd hears of it")
        base = sqlite3.connect(f"{mailban.folder}/state/mailban.db")
        base.execute("ALTER TABLE bans RENAME COLUMN prefix TO strange")
        base.commit()
        base.close()
        attack(self.log, 2)
        wait_until(lambda: "a new one was created" in manager.status(), "systemd hears of it")
        self.assertIn("2 banned, firewall dry-run ok; state database", manager.status())

    def commanded(self, change, listing, more=""):
        """A daemon whose firewall are programs: one that bans and unbans, one that lists."""
        mailban = self.mailban("command")
        with open(mailban.config, encoding="utf-8") as file:
            text = file.read()
        command = f"  backend: command\n  command: {{ban: {change}, unban: {change}, list: {listing}}}\n"
        mailban.write_config(text.replace("  backend: command\n", command) + more)
        return mailban

    def test_a_hook_is_told_once_of_a_firewall_that_does_nothing(self):
        heard, held, fault = (f"{self.folder}/{name}" for name in ("heard", "held", "fault"))
        for name, text in (("hook", f"echo \"$@\" >>{heard}"), ("list", f"cat {held}"),
                           ("change", f"test ! -e {fault} && echo \"$@\" >>{held}")):
            path = f"{self.folder}/{name}"
            append(path, f"#!/bin/sh\n{text}\n")
            os.chmod(path, stat.S_IRWXU)
        append(heard, "")
        append(held, "")
        manager = self.enterContext(ServiceManager(f"{self.folder}/notify"))
        change = f'["{self.folder}/change", "{{prefix}}"]'
        mailban = self.commanded(change, f'["{self.folder}/list"]', (
            f'hooks: [{{on: [degraded], run: ["{self.folder}/hook", "{{event}}"]}}]\n'))
        mailban.environment = manager.environment
        mailban.start()

        def told():
            with open(heard, encoding="ascii") as file:
                return file.read().split()

        for turn in (1, 2):
            append(fault, "")
            attack(self.log, turn)
            wait_until(lambda: mailban.ask("status")["firewall"]["state"] == "degraded", "it fails", 30)
            wait_until(lambda: len(told()) == turn, "the hook hears of it")
            pings = manager.pings
            wait_until(lambda: manager.pings >= pings + 2, "the daemon has looked twice more")
            self.assertEqual(told(), ["degraded"] * turn)
            os.remove(fault)
            # systemd is told when the daemon itself looks, each second.
            wait_until(lambda: manager.status() == f"{turn} banned, firewall command ok", "it works again", 60)
        self.assertEqual(len(mailban.banned()), 2)

    def test_systemd_hears_the_watchdog_whatever_the_firewall_complains_of(self):
        manager = self.enterContext(ServiceManager(f"{self.folder}/notify"))
        mailban = self.commanded(f'["false", "{{prefix}}", "{"x" * 3000}", "{"y" * 3000}"]', '["true"]')
        mailban.environment = manager.environment
        mailban.start()
        for number in range(1, 5):
            attack(self.log, number)
            wait_until(lambda: manager.status().startswith(f"{number} banned, firewall command degraded: false"),
                       "systemd hears of it", 30)
        pings = manager.pings
        wait_until(lambda: manager.pings >= pings + 2, "the watchdog is pinged")


if __name__ == "__main__":
    unittest.main(verbosity=2)
