"""The state and the logs when disks fill up, files are damaged, descriptors and watches run out.

Each fault says what was injected; demanded is what was lost (nothing) and what was said. Runs in
namespaces of its own (../firewall/in_namespace), with real nftables and a small disk.
"""

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import time
import unittest

from lab import daemon
from lab.daemon import append, failure
from lab.faults import Faulty, attack, client, damage
from lab.shell import outcome, run, start, wait_until


def writes(mailban):
    """How often it has written to a file."""
    with open(f"/proc/{mailban.process.pid}/io", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("syscw"))


class Faults(Faulty):

    def set_aside(self, mailban):
        return [one for one in os.listdir(f"{mailban.folder}/state")
                if "damaged" in one and not one.endswith(("-wal", "-shm"))]

    # The database is damaged.

    def test_a_damaged_database_at_the_start_lets_nobody_in(self):
        mailban = self.mailban("nftables")
        mailban.start()
        for number in range(20):
            attack(self.log, number)
        mailban.wait_for_ban(client(19))
        before = {one["prefix"]: one["until"] for one in mailban.ask("bans")}
        self.assertEqual(len(before), 20)
        self.assertEqual(mailban.stop(), 0)
        os.remove(self.log)  # the firewall alone remembers
        append(self.log, "")
        damage(f"{mailban.folder}/state/mailban.db")
        in_kernel = run("nft", "list", "table", "inet", "mailban").count("198.51.")
        mailban.start()
        after = mailban.ask("bans")
        self.assertEqual({one["prefix"] for one in after}, set(before))
        self.assertEqual({one["rule"] for one in after}, {"recovered"})
        for one in after:
            self.assertEqual(one["until"][:15], before[one["prefix"]][:15])
        self.assertEqual(run("nft", "list", "table", "inet", "mailban").count("198.51."), in_kernel)
        self.assertEqual(len(self.set_aside(mailban)), 1)
        self.warned(mailban, "a new one was created")
        self.assertIn("20 bans were recovered from the firewall", mailban.said())
        mailban.kill()
        mailban.start()
        self.assertEqual({one["prefix"] for one in mailban.ask("bans")}, set(before))
        self.assertEqual(len(self.set_aside(mailban)), 1)

    def test_a_database_damaged_while_it_runs_loses_nothing(self):
        mailban = self.mailban()
        mailban.start()
        attack(self.log, 1)
        mailban.wait_for_ban(client(1))
        append(self.log, failure(client(3)) * 3)
        wait_until(lambda: self.events(mailban) == 8, "they are stored")
        base = sqlite3.connect(f"{mailban.folder}/state/mailban.db")
        base.execute("ALTER TABLE bans RENAME COLUMN prefix TO strange")
        base.commit()
        base.close()
        attack(self.log, 2)
        mailban.wait_for_ban(client(2))
        wait_until(lambda: len(self.set_aside(mailban)) == 1, "it is set aside")
        self.warned(mailban, "a new one was created")
        mailban.kill()
        mailban.start()
        self.assertEqual(mailban.banned(), [f"{client(1)}/32", f"{client(2)}/32"])
        append(self.log, failure(client(3)) * 2)
        self.assertEqual(mailban.wait_for_ban(client(3))["count"], 5)

    def test_a_reload_that_cannot_read_the_state_changes_nothing(self):
        mailban = self.mailban()
        mailban.start()
        attack(self.log, 1)
        mailban.wait_for_ban(client(1))
        wait_until(lambda: self.events(mailban) == 5, "they are stored")
        base = sqlite3.connect(f"{mailban.folder}/state/mailban.db")
        base.execute("ALTER TABLE events RENAME COLUMN kind TO strange")
        base.commit()
        base.close()
        # A rule that counts in another way is shown the stored events.
        with open(mailban.config, encoding="utf-8") as file:
            before = file.read()
        mailban.write_config(before.replace("within: 10m", "within: 20m"))
        refused = mailban.command("reload")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("the old configuration stays in force", refused.stderr)
        attack(self.log, 2)
        mailban.wait_for_ban(client(2))
        wait_until(lambda: mailban.command("reload").returncode == 0, "it has a new database")
        attack(self.log, 3)
        mailban.wait_for_ban(client(3))
        self.assertEqual(len(mailban.banned()), 3)

    # The disk is full, or read-only.

    def test_a_full_disk_for_the_state_is_waited_out(self):
        mailban = self.mailban()
        self.small_disk(f"{mailban.folder}/state")
        mailban.start()
        attack(self.log, 1)
        mailban.wait_for_ban(client(1))
        with self.filled(f"{mailban.folder}/state"):
            for number in range(2, 60):
                attack(self.log, number, 10)
            mailban.wait_for_ban(client(59))
            self.warned(mailban, "disk is full")
        wait_until(lambda: self.events(mailban) == 5 + 58 * 10, "all of it is written")
        self.assertEqual(self.set_aside(mailban), [])
        mailban.kill()
        mailban.start()
        self.assertEqual(len(mailban.banned()), 59)

    def test_a_full_disk_for_the_state_is_followed_by_who_is_banned_then_however_many_were(self):
        mailban = self.mailban(limit=1)
        with open(mailban.config, "a", encoding="utf-8") as file:
            file.write("limits: {bans: 1000}\nlog: {level: warning}\n")
        self.small_disk(f"{mailban.folder}/state", "64m")
        mailban.start()
        attack(self.log, 1, 1)
        mailban.wait_for_ban(client(1))
        self.assertEqual(self.stored_bans(mailban), {f"{client(1)}/32"})
        # Each displaces another; two changes a ban are more than are kept one by one.
        many = 60_000
        line = failure("IP")
        with self.filled(f"{mailban.folder}/state"):
            # No two neighbours: bans of one block would be merged.
            firsts = [first for first in range(11, 224) if first != 127]
            append(self.log, "".join(
                line.replace("IP", f"{firsts[n % len(firsts)]}.{n // len(firsts) & 255}.{n >> 15}.7")
                for n in range(many)))
            wait_until(lambda: mailban.ask("status")["bans_made"] == many + 1, "all are read", 120)
            self.warned(mailban, "disk is full")
        standing = set(mailban.banned())
        self.assertEqual(len(standing), 1000)
        wait_until(lambda: self.stored_bans(mailban) == standing, "who is banned is written")
        mailban.kill()
        mailban.start()
        self.assertEqual(set(mailban.banned()), standing)

    def test_a_full_disk_for_the_state_is_tried_once_a_second_however_many_lines_come(self):
        mailban = self.mailban()
        self.small_disk(f"{mailban.folder}/state")
        mailban.start()
        with self.filled(f"{mailban.folder}/state"):
            attack(self.log, 1)
            self.warned(mailban, "disk is full")
            control = self.connect(mailban).makefile("rw")
            began, before = time.monotonic(), writes(mailban)
            for number in range(300):
                attack(self.log, number, 1)
                wait_until(lambda seen=number + 6: self.seen(control) == seen, "it is read")
            tries = writes(mailban) - before
            self.assertLess(tries, 10 * (time.monotonic() - began + 2))
        wait_until(lambda: self.events(mailban) == 305, "all of it is written")

    def seen(self, control):
        """How many failures the daemon has seen."""
        control.write('{"verb":"status"}\n')
        control.flush()
        return json.loads(control.readline())["result"]["events"]["auth_failure"]

    def stored_bans(self, mailban):
        """Who is banned as the database has it."""
        with contextlib.closing(sqlite3.connect(f"{mailban.folder}/state/mailban.db")) as base:
            return {row[0] for row in base.execute("SELECT prefix FROM bans WHERE ended IS NULL")}

    def test_a_read_only_state_is_waited_out(self):
        mailban = self.mailban()
        self.small_disk(f"{mailban.folder}/state", "4m")
        mailban.start()
        attack(self.log, 1)
        mailban.wait_for_ban(client(1))
        mailban.stop()
        run("mount", "-o", "remount,ro", f"{mailban.folder}/state")
        refused = outcome(daemon.PROGRAM, "run", "--config", mailban.config, timeout=20)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(f"state database {mailban.folder}/state/mailban.db", refused.stderr)
        run("mount", "-o", "remount,rw", f"{mailban.folder}/state")
        self.assertEqual(self.set_aside(mailban), [])
        mailban.start()
        self.assertEqual(mailban.banned(), [f"{client(1)}/32"])

    def test_a_full_disk_for_the_logs_loses_no_line_that_was_written(self):
        self.small_disk(f"{self.folder}/logs")
        self.log = f"{self.folder}/logs/mainlog"
        append(self.log, "")
        mailban = self.mailban()
        mailban.start()
        with self.filled(f"{self.folder}/logs"):
            with contextlib.suppress(OSError):
                for number in range(1, 2000):
                    attack(self.log, number, 1)
        with open(self.log, "rb") as file:
            whole = file.read().count(b"\n")
        append(self.log, "\n")  # the mail server goes on behind a line that was cut
        attack(self.log, 2001)
        mailban.wait_for_ban(client(2001))
        self.assertGreaterEqual(self.events(mailban), whole + 5)

    # What may not be read, or is no log.

    def test_what_is_no_file_is_refused_and_said(self):
        for make in (os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path)):
            os.remove(self.log) if os.path.isfile(self.log) else None
            make(self.log)
            mailban = self.mailban()
            mailban.process = start(daemon.PROGRAM, "run", "--config", mailban.config,
                                    log=mailban.output)
            wait_until(lambda: mailban.command("status").returncode == 0, "it answers")
            self.warned(mailban, "not a regular file")
            os.rmdir(self.log) if os.path.isdir(self.log) else os.remove(self.log)
            attack(self.log, 1)
            mailban.wait_for_ban(client(1))
            mailban.stop()
            shutil.rmtree(mailban.folder)

    def switched(self, *, is_down):
        """Two lines read, one more unread when the link is switched, two in the other file: five."""
        for name in ("one", "two"):
            append(f"{self.folder}/{name}", "")
        os.remove(self.log)
        os.symlink("one", self.log)
        mailban = self.mailban()
        mailban.start()
        append(f"{self.folder}/one", failure(client(1)) * 2)
        wait_until(lambda: self.events(mailban) == 2, "two are read")
        if is_down:
            mailban.stop()
        append(f"{self.folder}/one", failure(client(1)))
        os.symlink("two", self.log + ".new")
        append(f"{self.folder}/two", failure(client(1)) * 2)
        os.rename(self.log + ".new", self.log)
        if is_down:
            mailban.start()
        self.assertEqual(mailban.wait_for_ban(client(1))["count"], 5)

    def test_a_symbolic_link_that_is_switched_is_followed(self):
        self.switched(is_down=False)

    def test_a_symbolic_link_that_is_switched_meanwhile_is_followed(self):
        self.switched(is_down=True)

    # The kernel has no more to give.

    def test_too_few_descriptors_are_waited_out(self):
        mailban = self.mailban()
        mailban.start()
        held = len(os.listdir(f"/proc/{mailban.process.pid}/fd"))
        run("prlimit", "--pid", str(mailban.process.pid), f"--nofile={held + 1}:4096")
        for turn in range(3):
            attack(self.log, 1, 1)
            os.rename(self.log, f"{self.log}.{3 - turn}")
            append(self.log, "")
        time.sleep(0.3)  # it notices, and cannot open
        run("prlimit", "--pid", str(mailban.process.pid), "--nofile=4096:4096")
        attack(self.log, 1, 2)
        self.assertEqual(mailban.wait_for_ban(client(1))["count"], 5)

    def test_without_watches_the_logs_are_polled(self):
        with self.setting("/proc/sys/user/max_inotify_watches", 0):
            mailban = self.mailban()
            mailban.start()
            # The fault has bitten, and it is told.
            self.assertIn("max_user_watches", str(mailban.ask("status")["warnings"]))
            attack(self.log, 1, 3)
            os.rename(self.log, self.log + ".1")
            attack(self.log, 1, 2)
            self.assertEqual(mailban.wait_for_ban(client(1))["count"], 5)

    # Much at once.

    def test_a_line_without_end_takes_no_memory(self):
        mailban = self.mailban()
        mailban.start()
        megabyte = "x" * (1 << 20)
        with open(self.log, "a", encoding="ascii") as file:
            for _ in range(int(os.environ.get("MAILBAN_LINE_MEGABYTES", "200"))):
                file.write(megabyte)
            file.write("\n")
        attack(self.log, 1)
        mailban.wait_for_ban(client(1), 60)
        with open(f"/proc/{mailban.process.pid}/status", encoding="ascii") as file:
            peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
        self.assertLess(peak, 100 * 1024)
        self.warned(mailban, "over 64 KiB")

    def connect(self, mailban):
        one = socket.socket(socket.AF_UNIX)
        one.settimeout(5)
        one.connect(mailban.socket)
        self.addCleanup(one.close)
        return one

    def test_clients_of_the_control_socket_that_do_no_part_of_theirs(self):
        mailban = self.mailban()
        mailban.start()
        deaf = self.connect(mailban)
        with contextlib.suppress(OSError):
            deaf.setblocking(False)
            for _ in range(10_000):
                deaf.send(b'{"verb":"status"}\n')
        half = self.connect(mailban)
        half.send(b'{"verb":"sta')
        huge = self.connect(mailban)
        with contextlib.suppress(OSError):
            for _ in range(64):
                huge.send(b"x" * 65536)
        many = []
        with contextlib.suppress(OSError):
            for _ in range(1000):
                many.append(self.connect(mailban))
        attack(self.log, 1)
        wait_until(lambda: self.events(mailban) == 5, "the log is read meanwhile")
        for one in many:
            one.close()
        mailban.wait_for_ban(client(1))
        half.send(b'tus"}\n')
        self.assertTrue(half.recv(16))


if __name__ == "__main__":
    unittest.main()
